"""A pattern as a value: what one line of text such as `S2 C2·96 C3·192 M7·384 M2·768` says, and nothing it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hybridgraph.graph.values import Literal_, Ramp

Option = Literal_ | Ramp
"""What an option can hold: a literal, or numbers evenly spaced over the repeats of its stage."""

Span = tuple[int, int]
"""Where something stands in the text: position and length, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stem, a stage or the head. None is what the text leaves out.

    `letter` is a name from the table of letters; `number` is the depth of a stage, and what the table says for a
    stem. `options` are the block's parameters by name, in the order of their names. `places` says where in the text
    the letter, each number and each option stand.
    """

    letter: str
    number: int | None = None
    width: int | None = None
    stride: int | None = None
    options: tuple[tuple[str, Option], ...] = ()
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    @property
    def bare(self) -> bool:
        """Whether there is nothing but the letter."""
        return self.number is None and self.width is None and self.stride is None and not self.options


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A whole pattern. `drop` is the rate of stochastic depth that is reached at the end of the net."""

    stages: tuple[Part, ...]
    stem: Part | None = None
    head: Part | None = None
    drop: float | None = None
    text: str = field(default="", compare=False, repr=False)

    @property
    def letters(self) -> str:
        """The stages' letters alone, such as C-C-T-T: what a design is called."""
        return "-".join(part.letter for part in self.stages)

    @property
    def bare(self) -> bool:
        """Whether there is nothing but letters."""
        parts = [self.stem, *self.stages, self.head]
        return self.drop is None and all(part is None or part.bare for part in parts)
