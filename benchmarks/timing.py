"""Times and peaks that can be compared: pairs in turn, medians, ratios of one run."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Work = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured figure; `note` says what it is compared with or what it should reach."""

    name: str
    value: float
    unit: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Medians of two pieces of work in seconds, and the median of the ratios within the pairs.

    `cpu_ratio` is the same of processor time, which other programs on the machine disturb less.
    """

    first: float
    second: float
    ratio: float
    cpu_ratio: float


def seconds(work: Work, device: torch.device | None = None) -> float:
    """How long one call takes, in seconds, with the device's queue empty before and after."""
    _settle(device)
    start = time.perf_counter()
    work()
    _settle(device)
    return time.perf_counter() - start


def interleaved(first: Work, second: Work, *, pairs: int, device: torch.device | None = None) -> Pair:
    """Both in turn, the order swapped each time, so that what else the machine does meets both alike."""
    for work in (first, second):
        work()
    times: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for index in range(pairs):
        if index % 2:
            late = clocks(second, device)
            times.append((clocks(first, device), late))
        else:
            early = clocks(first, device)
            times.append((early, clocks(second, device)))
    return Pair(
        first=median(a for (a, _), _ in times),
        second=median(b for _, (b, _) in times),
        ratio=median(b / a for (a, _), (b, _) in times),
        cpu_ratio=median(b / a for (_, a), (_, b) in times),
    )


def clocks(work: Work, device: torch.device | None = None) -> tuple[float, float]:
    """Seconds on the wall's clock and of processor time."""
    start = time.process_time()
    wall = seconds(work, device)
    return wall, time.process_time() - start


def _settle(device: torch.device | None) -> None:
    if device is not None and device.type == "cuda":
        torch.cuda.synchronize(device)


def peak_bytes(work: Work, device: torch.device) -> int:
    """The most bytes that tensors made during the call held at one time.

    On CUDA the allocator tells; on the processor the storages of all results are followed, which leaves out what a
    kernel needs for itself.
    """
    if device.type == "cuda":
        work()
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        work()
        _settle(device)
        return int(torch.cuda.max_memory_allocated(device) - before)
    work()
    with Follower() as follower:
        work()
    return follower.peak


def _key(storage: torch.UntypedStorage) -> int:
    return storage._cdata  # noqa: SLF001  (torch has no public identity of a storage without an address, as on meta)


class Follower(TorchDispatchMode):
    """Adds up the living storages of every result."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._living: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        before = {
            _key(t.untyped_storage()) for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)
        }
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self._follow(tensor.untyped_storage(), before)
        return result

    def give(self, tensors: Iterable[torch.Tensor]) -> None:
        """Count what is there already as well, until it goes."""
        for tensor in tensors:
            self._follow(tensor.untyped_storage(), set())

    def _follow(self, storage: torch.UntypedStorage, before: set[int]) -> None:
        key = _key(storage)
        if key in before or key in self._living:
            return
        self._living.add(key)
        self.now += storage.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._release, key, storage.nbytes())

    def _release(self, key: int, count: int) -> None:
        self._living.discard(key)
        self.now -= count


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch compute on this many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
