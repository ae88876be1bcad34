"""Work for several processes that decode pictures, handed back in order whatever their number and speed."""

from __future__ import annotations

import json
import math
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BufferedReader
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from hybridgraph.errors import DataError

PATIENCE_S = 120.0
"""How long one piece may take: a disk that wakes up, not one that is gone."""
_PIECE = 16  # pictures in one task
_AHEAD = 2  # batches that are decoded before they are asked for
_WAITING_BYTES = 2**29
"""What decoded pictures that wait to be taken may occupy together."""
_MOST = 8
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a picture, by its place among the paths; `is_unreadable` where it alone is to blame."""

    place: int
    message: str
    is_unreadable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Decoded pictures (N, C, S, S) uint8, black at the places of faults."""

    images: NDArray[np.uint8]
    faults: tuple[Fault, ...]


def how_many() -> int:
    """As many processes as there are cores for them, without a crowd."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(2, min(_MOST, count))


class Pool:
    """Processes that decode pictures; a context manager, at whose end they are gone.

    What waits to be taken is bounded: two batches, or half a gibibyte.
    """

    def __init__(self, image_size: int, channels_in: int, processes: int) -> None:
        self._shape = (channels_in, image_size, image_size)
        self._count = max(1, processes)
        self._workers: list[_Worker] = []

    def __enter__(self) -> Pool:
        try:
            self._workers = [_Worker(self._shape) for _ in range(self._count)]
        except OSError as error:
            self._end()
            raise DataError(
                f"No process that reads pictures could be started: {error.strerror or error}."
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def decode(self, batches: Sequence[Sequence[Path]]) -> Iterator[Piece]:
        """Each batch decoded, in order. Raises DataError when a process dies, or is silent for too long."""
        tasks = deque(
            (number, batch[start : start + _PIECE])
            for number, batch in enumerate(batches)
            for start in range(0, len(batch), _PIECE)
        )
        given: deque[tuple[int, _Worker, int]] = deque()
        gathered: list[Piece] = []
        most = max(map(len, batches), default=0) * _AHEAD
        room = _WAITING_BYTES // (_PIECE * math.prod(self._shape))
        each = max(2, min(-(-most // _PIECE), room) // self._count + 1)
        for number in range(len(batches)):
            while True:
                self._give(tasks, given, each)
                if not given or given[0][0] != number:
                    break
                _, worker, count = given.popleft()
                gathered.append(worker.take(count))
            yield _joined(gathered)
            gathered = []

    def _give(
        self, tasks: deque[tuple[int, Sequence[Path]]], given: deque[tuple[int, _Worker, int]], each: int
    ) -> None:
        while tasks:
            worker = min(self._workers, key=lambda one: one.waiting)
            if worker.waiting >= each:
                return
            number, paths = tasks.popleft()
            worker.give(paths)
            given.append((number, worker, len(paths)))

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()
        self._workers = []

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes."""
        return tuple(worker.process.pid for worker in self._workers)


@dataclass(slots=True, eq=False)
class _Worker:
    """One process; a thread takes its answers off its hands, so that it never waits to be heard."""

    shape: tuple[int, int, int]
    process: subprocess.Popen[bytes] = field(init=False)
    waiting: int = field(init=False, default=0)
    _answers: queue.SimpleQueue[Piece | None] = field(init=False, default_factory=queue.SimpleQueue)
    _asked: deque[Sequence[Path]] = field(init=False, default_factory=deque)
    _listener: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        channels, side, _ = self.shape
        paths = (str(_ROOT), os.environ.get("PYTHONPATH", ""))
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "hybridgraph.data.workers", str(side), str(channels)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def give(self, paths: Sequence[Path]) -> None:
        """Ask for these pictures."""
        self._asked.append(paths)
        self.waiting += 1
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps([str(path) for path in paths]).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            return  # it has died, which is said when its answer is missed

    def take(self, count: int) -> Piece:
        """The next answer. Raises DataError when it does not come."""
        paths = self._asked[0]
        try:
            piece = self._answers.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise DataError(
                f"A process that reads pictures has been silent for {PATIENCE_S:.0f} s over {paths[0]} "
                f"or one of the {count} after it.",
                "Check the disk, then resume.",
            ) from None
        if piece is None:
            code = self.process.wait()
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            raise DataError(
                f"A process that reads pictures {how}, over {paths[0]} or one of the {count} after it.",
                "Check the memory and the disk, then resume.",
            )
        self._asked.popleft()
        self.waiting -= 1
        return piece

    def end(self) -> None:
        """Kill the process and wait until it is gone."""
        self.process.kill()
        self.process.wait()
        self._listener.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was still to be said to it

    def _listen(self) -> None:
        answers, picture = self.process.stdout, math.prod(self.shape)
        assert isinstance(answers, BufferedReader)
        while (told := _answer(answers)) is not None:
            count, faults = told
            data = _exactly(answers, count * picture)
            if data is None:
                break
            images = np.frombuffer(data, np.uint8).reshape(count, *self.shape)
            self._answers.put(Piece(images=images, faults=faults))
        self._answers.put(None)


def _answer(pipe: BufferedReader) -> tuple[int, tuple[Fault, ...]] | None:
    """How many pictures come, and what is wrong with them; None at the end."""
    head = _exactly(pipe, 8)
    told = None if head is None else _exactly(pipe, int.from_bytes(head, "little"))
    if told is None:
        return None
    count, *faults = json.loads(told)
    return count, tuple(
        Fault(place=place, message=message, is_unreadable=is_unreadable)
        for place, message, is_unreadable in faults
    )


def _exactly(pipe: BufferedReader, count: int) -> bytearray | None:
    """So many bytes; None where the pipe ends before."""
    data = bytearray(count)
    view, done = memoryview(data), 0
    while done < count:
        got = pipe.readinto(view[done:])
        if not got:
            return None
        done += got
    return data


def _joined(pieces: Sequence[Piece]) -> Piece:
    faults: list[Fault] = []
    before = 0
    for piece in pieces:
        faults += [replace(fault, place=before + fault.place) for fault in piece.faults]
        before += len(piece.images)
    return Piece(images=np.concatenate([piece.images for piece in pieces]), faults=tuple(faults))
