"""Requests to stop: the file `stop` in the run folder, SIGTERM and SIGINT."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Self

from hybridgraph.runs.store import STOP_FILE

_Handler = Callable[[int, FrameType | None], object] | int | None


class StopAskedError(Exception):
    """Raised where work without steps of its own (reading pictures) is asked to stop."""


class StopRequests:
    """Listens while it is entered; the work asks `requested()` between its steps.

    A signal does no more than leave a mark, so that no step and no file is cut in the middle. Outside the main
    thread only the file counts, because Python delivers signals there alone.
    """

    def __init__(self, run: Path, *, is_first: bool = True) -> None:
        """Of several processes only the first takes the file away."""
        self._file = run / STOP_FILE
        self._is_first = is_first
        self.agree: Callable[[bool], bool] = lambda heard: heard
        """What makes of what this process heard the answer of all."""
        self.waits: Callable[[], bool] = lambda: False
        """Whether something keeps the first of several processes from going on: a disk without room for its log."""
        self._signalled = False
        self._before: dict[signal.Signals, _Handler] = {}

    def requested(self) -> bool:
        """Whether somebody asked to stop; several processes ask this together and hear the same."""
        return self.agree(self.heard())

    def heard(self) -> bool:
        """Whether somebody asked this process to stop."""
        return self._signalled or self._file.exists()

    def raise_if_heard(self) -> None:
        """Raise StopAskedError if somebody asked this process to stop."""
        if self.heard():
            raise StopAskedError

    def __enter__(self) -> Self:
        if self._is_first:
            self._file.unlink(missing_ok=True)  # left by a process that was killed before it could answer
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._mark)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._is_first:
            self._file.unlink(missing_ok=True)

    def _mark(self, _number: int, _frame: FrameType | None) -> None:
        self._signalled = True
