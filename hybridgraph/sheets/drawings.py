"""Drawings in a sheet: each stands once, in the colours of light pages, and rules give it those of dark ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hybridgraph.figures.drawing import Box, Drawing, Fill, Line, Mark, Text, Wire


def in_the_dark(drawings: Iterable[tuple[Drawing, Drawing]]) -> str:
    """Rules that give every colour of the light drawings the one it has in the dark ones, mark by mark the same."""
    found: dict[str, str] = {}
    for light, dark in drawings:
        for one, other in zip(light.marks, dark.marks, strict=True):
            for before, after in zip(_colours(one), _colours(other), strict=True):
                found.setdefault(before, after)
    rules = "".join(
        f'svg [fill="{one}"]{{fill:{other}}}svg [stroke="{one}"]{{stroke:{other}}}'
        f'svg [stop-color="{one}"]{{stop-color:{other}}}'
        for one, other in found.items()
        if one != other
    )
    return f"@media screen and (prefers-color-scheme: dark){{{rules}}}\n"


def _colours(mark: Mark) -> Iterator[str]:
    """Every colour of a mark, in a fixed order."""
    match mark:
        case Box():
            for fill in (mark.fill, mark.stroke):
                yield from _both(fill)
        case Wire() | Line() | Text():
            yield mark.colour


def _both(fill: Fill | None) -> Iterator[str]:
    if fill is not None:
        yield fill.left
        yield fill.right or fill.left
