"""Lines handed to the painter by the hundred, in lines that are made once and set again: that takes a third of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QLineF

_LINES: list[QLineF] = []  # painted in one call, and not looked at after it
_SETTERS: list[Callable[[float, float, float, float], None]] = []


def upright(xs: list[float], tops: list[float], bottoms: list[float], longer: float) -> list[QLineF]:
    """A line for each column, `longer` at both ends."""
    return _set(len(xs), xs, (top - longer for top in tops), xs, (bottom + longer for bottom in bottoms))


def pieces(xs: list[float], ys: list[float]) -> list[QLineF]:
    """The pieces of a line through points."""
    return _set(len(xs) - 1, xs, ys, xs[1:], ys[1:])


def through(xs: list[float], tops: list[float], bottoms: list[float]) -> tuple[list[float], list[float]]:
    """A line from left to right through columns: of a column longer than a pixel through both ends."""
    if tops is bottoms:
        return xs, tops
    along: list[float] = []
    across: list[float] = []
    for x, top, bottom in zip(xs, tops, bottoms, strict=True):
        if bottom - top < 1:
            along.append(x)
            across.append((top + bottom) / 2)
        else:
            along += (x, x)
            across += (bottom, top)
    return along, across


def _set(
    count: int, x0: Iterable[float], y0: Iterable[float], x1: Iterable[float], y1: Iterable[float]
) -> list[QLineF]:
    while len(_LINES) < count:
        _LINES.append(QLineF())
        _SETTERS.append(_LINES[-1].setLine)
    for set_line, a, b, c, d in zip(_SETTERS, x0, y0, x1, y1, strict=False):
        set_line(a, b, c, d)
    return _LINES[: max(count, 0)]
