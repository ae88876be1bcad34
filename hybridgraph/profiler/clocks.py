"""Marks in time on a device: a processor's are its own clock, a GPU's lie in the stream of its work."""

from __future__ import annotations

import time
from typing import Any, Protocol

import torch

Mark = Any
"""A moment, as the clock that made it understands it."""


class Clock(Protocol):
    """Sets marks in the work of a device and reads them when it is done."""

    def mark(self) -> Mark:
        """Now, in the device's order of work."""

    def wait(self) -> None:
        """Return when all work before is done."""

    def elapsed_us(self, start: Mark, end: Mark) -> float:
        """Microseconds between two marks; only after `wait`."""


class HostClock:
    """The clock of the processor. `device` mps is waited for at each mark, since it works in its own time."""

    def __init__(self, device: torch.device) -> None:
        self._is_mps = device.type == "mps"

    def mark(self) -> int:
        """The time in nanoseconds, once the device has caught up."""
        self.wait()
        return time.perf_counter_ns()

    def wait(self) -> None:
        """Return when the device has caught up."""
        if self._is_mps:
            torch.mps.synchronize()

    def elapsed_us(self, start: int, end: int) -> float:
        """Microseconds between two marks."""
        return (end - start) / 1e3


class ThreadClock:
    """The time that the processor gave to the calling thread: on one thread of torch about what an idle machine takes.

    It leaves out what other programs do, and also what other threads of torch do.
    """

    def mark(self) -> int:
        """The thread's time in nanoseconds."""
        return time.thread_time_ns()

    def wait(self) -> None:
        """There is nothing to wait for."""

    def elapsed_us(self, start: int, end: int) -> float:
        """Microseconds between two marks."""
        return (end - start) / 1e3


class CudaClock:
    """CUDA events: they are recorded in the stream, so nothing waits between the nodes."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def mark(self) -> torch.cuda.Event:
        """An event at this place in the stream."""
        event = torch.cuda.Event(enable_timing=True)
        event.record(torch.cuda.current_stream(self._device))
        return event

    def wait(self) -> None:
        """Return when the stream is done."""
        torch.cuda.synchronize(self._device)

    def elapsed_us(self, start: torch.cuda.Event, end: torch.cuda.Event) -> float:
        """Microseconds between two events that the stream has passed."""
        milliseconds: float = start.elapsed_time(end)
        return 1e3 * milliseconds


def clock_of(device: torch.device) -> Clock:
    """The clock that fits a device."""
    return CudaClock(device) if device.type == "cuda" else HostClock(device)
