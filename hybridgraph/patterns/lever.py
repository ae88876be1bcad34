"""Between convolution alone and attention alone: the layouts that a design could have, stage by stage.

CoAtNet's study of layouts (Dai et al. 2021, section 2.2) compares C-C-C-C, C-C-C-T, C-C-T-T, C-T-T-T and a transformer
alone: one stage after the other attends, from the last one on, where the map is small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hybridgraph.patterns.letters import BY_NAME
from hybridgraph.patterns.model import Part, Pattern

CONVOLVING, ATTENDING = "C", "T"
_TOKENS = frozenset({"E", "V"})
"""Letters that need stages of their own kind around them, so that no other stage becomes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """`stops` are patterns of a design from the most local to the most global; it has the one `at` now."""

    stops: tuple[Pattern, ...]
    at: int


def lever(pattern: Pattern) -> Lever:
    """The layouts of the pattern's stages: at each stop one more of them attends, counted from the last.

    The stop of as many as attend now is the pattern itself, also where these are not the last. A stage that changes
    keeps depth and width and becomes what its nearest neighbour of that kind is, else MBConv or CoAtNet's transformer.
    """
    at = sum(_attends(part) for part in pattern.stages)
    count = len(pattern.stages)
    return Lever(
        stops=tuple(pattern if number == at else _leaned(pattern, number) for number in range(count + 1)),
        at=at,
    )


def _leaned(pattern: Pattern, attending: int) -> Pattern:
    """The pattern with as many stages that attend, and these the last."""
    first = len(pattern.stages) - attending
    stages = tuple(
        part if _attends(part) == (index >= first) else _turned(pattern, index)
        for index, part in enumerate(pattern.stages)
    )
    is_last_kept = stages[-1].letter == pattern.stages[-1].letter
    return replace(pattern, stages=stages, head=pattern.head if is_last_kept else None)


def _turned(pattern: Pattern, index: int) -> Part:
    """One stage as the other kind. Options are those of its block alone and go with it."""
    part = pattern.stages[index]
    others = [
        (abs(place - index), other.letter)
        for place, other in enumerate(pattern.stages)
        if _attends(other) != _attends(part) and other.letter not in _TOKENS
    ]
    usual = CONVOLVING if _attends(part) else ATTENDING
    return replace(part, letter=min(others)[1] if others else usual, options=(), places={})


def _attends(part: Part) -> bool:
    return BY_NAME[part.letter].attends
