"""What a letter leaves out, read from the presets: the blocks' parameters, stems, heads, depths and widths."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import gcd

from hybridgraph import catalog, presets
from hybridgraph.patterns.letters import BY_NAME, REFERENCES, Letter
from hybridgraph.patterns.model import Pattern
from hybridgraph.patterns.outline import Outline, outline
from hybridgraph.patterns.steps import Step, steps_of

DEPTHS = (2, 3, 5, 2)
"""First, second, middle and last stage of a sequence that no preset has."""
WIDTH = 96
"""Its first width; the next ones double."""


@cache
def home(preset: str) -> Outline:
    """The outline of a preset as it is published."""
    return outline(steps_of(presets.build(preset), catalog.load()))


def home_of(letter: Letter, pattern: Pattern) -> str:
    """The preset that a stage takes its parameters from. MBConv is MOAT's where it stands beside MOAT."""
    names = {part.letter for part in pattern.stages}
    if letter.name == "C" and "M" in names and "T" not in names:
        return BY_NAME["M"].preset
    return letter.preset


def main_step(preset: str, block: str) -> Step:
    """The last step of this block in a preset: first ones are exceptions at times."""
    return [step for step in home(preset).steps if step.block == block][-1]


def default_stem(pattern: Pattern) -> Step | None:
    """The stem in the preset of the first stage; None where that begins with an entry block of its own."""
    first = BY_NAME[pattern.stages[0].letter]
    found = home(home_of(first, pattern))
    return found.steps[0] if found.stem is not None else None


def numbers(pattern: Pattern) -> list[tuple[int, int]]:
    """Depth and width of each stage, those that are written and those that are not.

    A width that is left out keeps its proportion to the stage before, if a width is written further in front.
    """
    letters = tuple(part.letter for part in pattern.stages)
    count = len(letters)
    if letters in REFERENCES:
        known = [(part.number or 1, part.width or 1) for part in home(REFERENCES[letters]).stages]
    else:
        first, second, middle, last = DEPTHS
        depths = [*[first, second, *[middle] * count][: count - 1], last]
        known = [(depth, WIDTH << min(index, 12)) for index, depth in enumerate(depths)]
    found: list[tuple[int, int]] = []
    scaled = False
    for index, part in enumerate(pattern.stages):
        depth, width = known[index]
        if scaled:
            width = _in_proportion(found[-1][1], width, known[index - 1][1])
        if part.width is not None:
            width, scaled = part.width, True
        found.append((part.number or depth, width))
    return found


def numbered(pattern: Pattern) -> Pattern:
    """The pattern with the depth and width of every stage written."""
    pairs = zip(pattern.stages, numbers(pattern), strict=True)
    stages = tuple(replace(part, number=depth, width=width) for part, (depth, width) in pairs)
    return replace(pattern, stages=stages)


def _in_proportion(before: int, width: int, reference: int) -> int:
    """`before` times width / reference, rounded."""
    common = gcd(width, reference)
    return max(1, round(before * (width // common) / (reference // common)))
