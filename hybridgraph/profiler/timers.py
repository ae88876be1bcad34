"""Timers around the modules of nodes, hung up for one forward pass and taken down after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.utils.hooks import RemovableHandle

from hybridgraph.graph.model import Path
from hybridgraph.places import Places
from hybridgraph.profiler.clocks import Clock, Mark


class Timers:
    """Times each node in a forward pass; the repeats of a node are added up.

    `at_work` is the node that was entered last and not left: where a pass broke off.
    """

    def __init__(self, places: Places, clock: Clock) -> None:
        self._places = places
        self._clock = clock
        self._marks: list[tuple[Path, Mark, Mark]] = []
        self._entered: Mark = None
        self.at_work: Path | None = None

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Timers are at their places inside this context."""
        handles: list[RemovableHandle] = []
        for path, modules in self._places.items():
            for module in modules:
                handles += self._hang(path, module)
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def read(self) -> dict[Path, float]:
        """Microseconds of each node since the last reading."""
        self._clock.wait()
        times = dict.fromkeys(self._places, 0.0)
        for path, start, end in self._marks:
            times[path] += self._clock.elapsed_us(start, end)
        self._marks.clear()
        return times

    def _hang(self, path: Path, module: nn.Module) -> tuple[RemovableHandle, RemovableHandle]:
        def enter(_module: nn.Module, _inputs: object) -> None:
            self.at_work = path
            self._entered = self._clock.mark()

        def leave(_module: nn.Module, _inputs: object, _output: object) -> None:
            self._marks.append((path, self._entered, self._clock.mark()))
            self.at_work = None

        return module.register_forward_pre_hook(enter), module.register_forward_hook(leave)
