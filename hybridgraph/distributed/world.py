"""What the processes of a training tell one another beside gradients: sums, decisions, words.

All of it goes over gloo in double precision, so that every process goes on with the same bits. Each of these calls
is made by all processes at the same point of their work.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed as dist

from hybridgraph.distributed.place import Place
from hybridgraph.errors import HybridGraphError, RunError, TrainingError

Told = TypeVar("Told")

PATIENCE = timedelta(minutes=2)
"""After so long without a word another process counts as gone. One that dies is noticed at once."""
_READING = timedelta(hours=6)
"""How long one process may read pictures while others wait for it."""


_LOOK_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The processes of this training, seen from one of them."""

    place: Place = field(default_factory=Place)
    words: dist.ProcessGroup | None = None
    patient: dist.ProcessGroup | None = None

    @property
    def is_first(self) -> bool:
        """Whether this process writes."""
        return self.place.is_first

    @property
    def is_alone(self) -> bool:
        """Whether there are no others."""
        return self.place.is_alone

    @property
    def size(self) -> int:
        """How many processes there are."""
        return self.place.size

    def summed(self, *numbers: float) -> tuple[float, ...]:
        """The sums of these numbers over all processes."""
        if self.is_alone:
            return numbers
        both = torch.tensor(numbers, dtype=torch.float64)
        dist.all_reduce(both, group=self.words)
        return tuple(both.tolist())

    def any(self, flag: bool) -> bool:
        """Whether any process says yes."""
        return flag if self.is_alone else self.summed(float(flag))[0] > 0

    def agreed(self, flag: bool, waits: Callable[[], bool]) -> bool:
        """Whether any process says yes; all wait together, in looks of half a second, while one of them has to."""
        if self.is_alone:
            return flag
        while True:
            asked, waiting = self.summed(float(flag), float(waits()))
            if asked or not waiting:
                return asked > 0
            time.sleep(_LOOK_S)

    def told(self, value: Told) -> Told:
        """What the first process says."""
        return self.gathered(value)[0]

    def gathered(self, value: Told) -> list[Told]:
        """What each process says, by rank."""
        if self.is_alone:
            return [value]
        values: list[Told] = [value] * self.size
        dist.all_gather_object(values, value, group=self.words)
        return values

    def first(self, work: Callable[[], Told], otherwise: Told) -> Told:
        """What the first process makes; the others answer `otherwise`. An error of the first is raised by all."""
        if self.is_alone:
            return work()
        made, error = otherwise, None
        if self.is_first:
            try:
                made = work()
            except HybridGraphError as raised:
                error = raised
        told = self.gathered(None if error is None else (error.message, error.hint, _number(error)))[0]
        if error is not None:
            raise error
        if told is not None:
            message, hint, number = told
            raise RunError(message, hint) from (OSError(number, message) if number else None)
        return made

    @contextlib.contextmanager
    def in_turn(self) -> Iterator[None]:
        """Let the first process of each machine go ahead, so that the others find what it keeps on the disk."""
        if not self.is_alone and self.place.local_rank:
            dist.barrier(group=self.patient)
        yield
        if not self.is_alone and not self.place.local_rank:
            dist.barrier(group=self.patient)


ALONE = World()


@contextlib.contextmanager
def join(place: Place, *, is_cuda: bool = False) -> Iterator[World]:
    """Meet the other processes. Raises TrainingError when they do not come."""
    if place.is_alone:
        yield ALONE
        return
    backend = "cpu:gloo,cuda:nccl" if is_cuda else "gloo"
    try:
        dist.init_process_group(backend, rank=place.rank, world_size=place.size, timeout=PATIENCE)
        words = dist.new_group(backend="gloo", timeout=PATIENCE)
        patient = dist.new_group(backend="gloo", timeout=_READING)
    except (RuntimeError, ValueError) as error:
        first = (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
        raise TrainingError(
            f"Process {place.rank} of {place.size} did not meet the others: {first}.",
            "Check the address and port of the first machine, and that all are started alike.",
        ) from error
    try:
        yield World(place=place, words=words, patient=patient)
    finally:
        dist.destroy_process_group()


def is_parting(error: BaseException) -> bool:
    """Whether the error says that another process is gone or does not answer."""
    if isinstance(error, dist.DistError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and any(word in text for word in _PARTING)


_PARTING = ("gloo", "NCCL", "Connection closed by peer", "Connection reset by peer", "Broken pipe")


def _number(error: BaseException) -> int:
    """The system's number of what lies behind an error; 0 where it is nothing of the system's."""
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, OSError) and reason.errno:
            return int(reason.errno)
        reason = reason.__cause__
    return 0
