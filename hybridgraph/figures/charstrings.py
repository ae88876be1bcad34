"""Outlines in a Compact Font Format table: type 2 charstrings, run to lines and cubic curves.

Source: Adobe Technical Notes 5176 (the table) and 5177 (the charstrings).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise

Point = tuple[float, float]
Outline = list[tuple[str, list[Point]]]
"""Steps of a path as SVG names them: M, L, Q, C, each with its points. Every contour closes by itself."""

_MOST_CALLS = 10  # as note 5177 says
_HINTS = {1, 3, 18, 23}  # hstem, vstem, hstemhm, vstemhm
_MASKS = {19, 20}


class Font:
    """A CFF table of one font that is not CID-keyed."""

    def __init__(self, data: bytes) -> None:
        _, at = _index(data, data[2])
        tops, at = _index(data, at)
        _, at = _index(data, at)
        self._global, _ = _index(data, at)
        top = _dictionary(tops[0])
        self._programs, _ = _index(data, int(top[17][0]))
        length, start = (int(value) for value in top[18])
        private = _dictionary(data[start : start + length])
        self._local = _index(data, start + int(private[19][0]))[0] if 19 in private else []

    def outline(self, glyph: int) -> Outline:
        """The contours of a glyph, in units of the font."""
        run = _Run(self._global, self._local)
        run.execute(self._programs[glyph])
        return run.steps


class _Run:
    """One charstring being carried out."""

    def __init__(self, outer: list[bytes], inner: list[bytes]) -> None:
        self.steps: Outline = []
        self._subroutines = {29: outer, 10: inner}
        self._stack: list[float] = []
        self._x = self._y = 0.0
        self._hints = 0
        self._is_first = True  # the first operator may be preceded by the width

    def execute(self, program: bytes, depth: int = 0) -> bool:
        """Carry out a program; answers whether the glyph has ended."""
        at = 0
        while at < len(program):
            code = program[at]
            at += 1
            if code == 28 or code >= 32:
                value, at = _operand(program, code, at)
                self._stack.append(value)
            elif code in (10, 29):
                called = self._subroutines[code]
                bias = 107 if len(called) < 1240 else 1131 if len(called) < 33900 else 32768
                if depth < _MOST_CALLS and self.execute(called[int(self._stack.pop()) + bias], depth + 1):
                    return True
            elif code == 11:
                return False
            elif code == 14:
                return True
            elif code in _HINTS or code in _MASKS:
                self._hints += len(self._stack) // 2
                self._stack.clear()
                self._is_first = False
                if code in _MASKS:
                    at += (self._hints + 7) // 8
            else:
                if code == 12:
                    code = 1200 + program[at]
                    at += 1
                self._draw(code)
        return False

    def _draw(self, code: int) -> None:
        values, self._stack = self._stack, []
        if code in (4, 21, 22):
            needed = 2 if code == 21 else 1
            if self._is_first:
                values = values[-needed:]
            self._is_first = False
            dx, dy = {21: (values[0], values[-1]), 22: (values[0], 0.0), 4: (0.0, values[0])}[code]
            self._x, self._y = self._x + dx, self._y + dy
            self.steps.append(("M", [(self._x, self._y)]))
        elif code == 5:
            self._lines(values)
        elif code in (6, 7):
            for index, value in enumerate(values):
                flat = (index % 2 == 0) == (code == 6)
                self._lines([value, 0.0] if flat else [0.0, value])
        elif code in (8, 24):
            lines = 2 if code == 24 else 0
            self._curves(values[: len(values) - lines])
            self._lines(values[len(values) - lines :])
        elif code == 25:
            self._lines(values[:-6])
            self._curves(values[-6:])
        elif code in (26, 27):
            self._parallel(values, upright=code == 26)
        elif code in (30, 31):
            self._alternating(values, flat=code == 31)
        elif code in (1234, 1235, 1236, 1237):
            self._curves(_flex(code, values))

    def _lines(self, values: list[float]) -> None:
        for dx, dy in _tuples(values, 2):
            self._x, self._y = self._x + dx, self._y + dy
            self.steps.append(("L", [(self._x, self._y)]))

    def _curves(self, values: list[float]) -> None:
        for six in _tuples(values, 6):
            points: list[Point] = []
            for dx, dy in _tuples(six, 2):
                self._x, self._y = self._x + dx, self._y + dy
                points.append((self._x, self._y))
            self.steps.append(("C", points))

    def _parallel(self, values: list[float], *, upright: bool) -> None:
        """Curves that begin and end in the same direction; the first may begin a little aside."""
        aside = values[0] if len(values) % 4 else 0.0
        for a, b, c, d in _tuples(values[len(values) % 4 :], 4):
            self._curves([aside, a, b, c, 0.0, d] if upright else [a, aside, b, c, d, 0.0])
            aside = 0.0

    def _alternating(self, values: list[float], *, flat: bool) -> None:
        """Curves that begin level and end upright, and the other way round, in turn; the last may end aside."""
        last = values.pop() if len(values) % 4 else 0.0
        fours = list(_tuples(values, 4))
        for index, (a, b, c, d) in enumerate(fours):
            aside = last if index == len(fours) - 1 else 0.0
            self._curves([a, 0.0, b, c, aside, d] if flat else [0.0, a, b, c, d, aside])
            flat = not flat


def _flex(code: int, v: list[float]) -> list[float]:
    """The two curves of one of the four flex operators."""
    if code == 1235:
        return v[:12]
    if code == 1234:
        return [v[0], 0.0, v[1], v[2], v[3], 0.0, v[4], 0.0, v[5], -v[2], v[6], 0.0]
    if code == 1236:
        return [v[0], v[1], v[2], v[3], v[4], 0.0, v[5], 0.0, v[6], v[7], v[8], -(v[1] + v[3] + v[7])]
    dx, dy = sum(v[0:10:2]), sum(v[1:10:2])
    return [*v[:10], v[10], -dy] if abs(dx) > abs(dy) else [*v[:10], -dx, v[10]]


def _tuples(values: list[float], size: int) -> Iterator[list[float]]:
    for at in range(0, len(values) - size + 1, size):
        yield values[at : at + size]


# -- the table


def _operand(program: bytes, code: int, at: int) -> tuple[float, int]:
    """A number of a charstring and where it ends."""
    if code == 28:
        return struct.unpack_from(">h", program, at)[0], at + 2
    if code < 247:
        return code - 139, at
    if code < 251:
        return (code - 247) * 256 + program[at] + 108, at + 1
    if code < 255:
        return -(code - 251) * 256 - program[at] - 108, at + 1
    return struct.unpack_from(">l", program, at)[0] / 65536, at + 4


def _index(data: bytes, at: int) -> tuple[list[bytes], int]:
    """The entries of an INDEX and where it ends."""
    count = struct.unpack_from(">H", data, at)[0]
    if count == 0:
        return [], at + 2
    size, start = data[at + 2], at + 3
    places = [
        int.from_bytes(data[start + size * k : start + size * (k + 1)], "big") for k in range(count + 1)
    ]
    base = start + size * (count + 1) - 1
    return [data[base + a : base + b] for a, b in pairwise(places)], base + places[-1]


def _dictionary(data: bytes) -> dict[int, list[float]]:
    """The entries of a DICT by operator; real numbers, which nothing here needs, count as 0."""
    result: dict[int, list[float]] = {}
    values: list[float] = []
    at = 0
    while at < len(data):
        code = data[at]
        at += 1
        if code <= 21:
            if code == 12:
                code = 1200 + data[at]
                at += 1
            result[code], values = values, []
        elif code == 30:
            while data[at] & 0xF != 0xF and data[at] >> 4 != 0xF:
                at += 1
            at += 1
            values.append(0.0)
        elif code == 29:
            values.append(struct.unpack_from(">l", data, at)[0])
            at += 4
        else:
            value, at = _operand(data, code, at)
            values.append(value)
    return result
