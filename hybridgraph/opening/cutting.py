"""Where a program can be cut: places that one value alone crosses. Between two of them lies an atom.

A residual block is one atom, a plain convolution another; a block of the catalogue is one or a few in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybridgraph.opening.program import Program
from hybridgraph.operations import INPUT, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Steps from one value to another. `steps` begin with what is computed from weights alone."""

    enters: str
    gives: str
    steps: tuple[Step, ...]


class Chain:
    """A program as atoms in a row."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._from_weights = {step.result: step for step in program.steps if step.result not in program.live}
        self.steps = [step for step in program.steps if step.result in program.live]
        needed = self._needed()
        self.steps = [step for step in self.steps if step.result in needed]
        self.cuts = self._cuts()
        """Values at the borders, the pictures first and the result last."""
        places = {step.result: index + 1 for index, step in enumerate(self.steps)} | {INPUT: 0}
        self._places = [places[cut] for cut in self.cuts]

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def run(self, first: int, last: int) -> Run:
        """The atoms from `first` up to `last`, which is left out."""
        live = self.steps[self._places[first] : self._places[last]]
        return Run(enters=self.cuts[first], gives=self.cuts[last], steps=(*self._prepared(live), *live))

    def _needed(self) -> set[str]:
        wanted = {self.program.gives}
        for step in reversed(self.steps):
            if step.result in wanted:
                wanted.update(step.uses())
        return wanted

    def _prepared(self, live: Sequence[Step]) -> list[Step]:
        """The steps on weights alone that these need, in order."""
        wanted: set[str] = {used for step in live for used in step.uses()}
        found = []
        for name, step in reversed(self._from_weights.items()):
            if name in wanted:
                found.append(step)
                wanted.update(step.uses())
        return found[::-1]

    def _cuts(self) -> list[str]:
        live = self.program.live
        last = {INPUT: -1}
        for index, step in enumerate(self.steps):
            for used in step.uses():
                if used in live:
                    last[used] = index
        cuts, open_values = [INPUT], {INPUT}
        for index, step in enumerate(self.steps):
            open_values.add(step.result)
            open_values = {one for one in open_values if last.get(one, -1) > index or one == step.result}
            if open_values == {step.result} and self._fits(step.result):
                cuts.append(step.result)
        if cuts[-1] != self.program.gives:
            cuts.append(self.program.gives)
        return cuts

    def _fits(self, name: str) -> bool:
        """Whether a value can travel along a wire: the batch in front, one to three axes behind."""
        first, second = self.program.shapes[name]
        one, other = self.program.batches
        return 2 <= len(first) <= 4 and (first[0], second[0]) == (one, other) and first[1:] == second[1:]
