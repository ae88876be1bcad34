"""Timers around the modules of nodes, hung up for one pass and taken down after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import nn
from torch.utils.hooks import RemovableHandle

from hybridgraph.places import Spot
from hybridgraph.profiler.clocks import Clock, Mark


class Timers:
    """Times each repeat of each node in a forward pass.

    `at_work` is the node that was entered last and not left: where a pass broke off.
    """

    def __init__(self, spots: Mapping[Spot, nn.Module], clock: Clock) -> None:
        self._spots = spots
        self._clock = clock
        self._marks: list[tuple[Spot, Mark, Mark]] = []
        self._entered: Mark = None
        self.at_work: Spot | None = None

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Timers are at their places inside this context."""
        handles: list[RemovableHandle] = []
        for spot, module in self._spots.items():
            handles += self._hang(spot, module)
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def read(self) -> dict[Spot, float]:
        """Microseconds of each spot since the last reading."""
        self._clock.wait()
        times = dict.fromkeys(self._spots, 0.0)
        for spot, start, end in self._marks:
            times[spot] += self._clock.elapsed_us(start, end)
        self._marks.clear()
        return times

    def _hang(self, spot: Spot, module: nn.Module) -> tuple[RemovableHandle, RemovableHandle]:
        def enter(_module: nn.Module, _inputs: object) -> None:
            self.at_work = spot
            self._entered = self._clock.mark()

        def leave(_module: nn.Module, _inputs: object, _output: object) -> None:
            self._marks.append((spot, self._entered, self._clock.mark()))
            self.at_work = None

        return module.register_forward_pre_hook(enter), module.register_forward_hook(leave)
