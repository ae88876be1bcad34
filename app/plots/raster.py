"""A crowded curve as what it covers of each column of pixels.

A soft stroke along as many points takes a second where the curve jumps; this takes a millisecond for any curve.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, inf


def covered(
    xs: Iterable[float], tops: Iterable[float], bottoms: Iterable[float], width: int
) -> tuple[list[float], list[float]]:
    """Which part of each of `width` columns of pixels a curve covers: tops and bottoms, (inf, -inf) where it is not.

    The curve comes as places from left to right, each with its upper and lower end in pixels downwards; neighbours are
    joined by lines.
    """
    upper, lower = [inf] * width, [-inf] * width
    before, last = None, (0.0, 0.0, 0.0)
    for x, top, bottom in zip(xs, tops, bottoms, strict=True):
        column, now = floor(x), (x, top, bottom)
        if before is not None and column != before:
            if column - before == 1:
                top, bottom = _touching(top, bottom, last)  # noqa: PLW2901  the column reaches to its neighbour
            else:
                _join(upper, lower, last, now)
        if 0 <= column < width:
            if top < upper[column]:  # noqa: PLR1730  a call for each point would take as long as all else
                upper[column] = top
            if bottom > lower[column]:  # noqa: PLR1730
                lower[column] = bottom
        before, last = column, now
    return upper, lower


def _touching(top: float, bottom: float, last: tuple[float, float, float]) -> tuple[float, float]:
    """The part of a column, long enough to meet that of the one before."""
    _, above, below = last
    return (min(top, below)), (max(bottom, above))


def _join(
    upper: list[float], lower: list[float], last: tuple[float, float, float], now: tuple[float, float, float]
) -> None:
    """Cover the columns from one place to a later one, along the line between their middles."""
    x0, y0, x1, y1 = last[0], (last[1] + last[2]) / 2, now[0], (now[1] + now[2]) / 2
    slope = (y1 - y0) / (x1 - x0)
    for column in range(max(floor(x0), 0), min(floor(x1) + 1, len(upper))):
        a = y0 + slope * (max(column, x0) - x0)
        b = y0 + slope * (min(column + 1, x1) - x0)
        upper[column], lower[column] = min(upper[column], a, b), max(lower[column], a, b)
