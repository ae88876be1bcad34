"""The bundled fonts as outlines: how wide a character is and what it looks like.

Programs that draw SVG take a font from the machine they run on, and most of them ignore one that is embedded. A file that
looks the same everywhere brings its letters as outlines. This module reads them out of OpenType files of both kinds:
`glyf` (quadratic curves) and `CFF ` (cubic curves, in `charstrings`).
Source: OpenType 1.9, chapters cmap, hmtx, loca, glyf.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from typing import Literal

import assets
from hybridgraph.figures import charstrings
from hybridgraph.figures.charstrings import Outline, Point

Weight = Literal["text", "strong", "number"]
_FILES: dict[Weight, str] = {
    "text": "Inter-Regular.otf",
    "strong": "Inter-SemiBold.otf",
    "number": "JetBrainsMono-Regular.ttf",
}
_MOST_NESTED = 6
"""Glyphs made of glyphs go no deeper in any font."""


@cache
def face(weight: Weight) -> Face:
    """One of the three faces that figures are set in."""
    return Face(assets.path("fonts", _FILES[weight]).read_bytes())


class Face:
    """One font file. Lengths are in units of the font, `units_per_em` of which are one em; y points up."""

    def __init__(self, data: bytes) -> None:
        count = struct.unpack_from(">H", data, 4)[0]
        self._tables = {
            tag.decode("latin-1"): data[start : start + length]
            for tag, _, start, length in struct.iter_unpack(">4sLLL", data[12 : 12 + 16 * count])
        }
        self.units_per_em: int = struct.unpack_from(">H", self._tables["head"], 18)[0]
        self._measured: int = struct.unpack_from(">H", self._tables["hhea"], 34)[0]
        self._glyphs = dict(_characters(self._tables["cmap"]))
        self._cff = charstrings.Font(self._tables["CFF "]) if "CFF " in self._tables else None
        self._outlines: dict[int, Outline] = {}

    def has(self, character: str) -> bool:
        """Whether the font draws this character."""
        return ord(character) in self._glyphs

    def advance(self, character: str) -> int:
        """How far the next character stands from this one; the width of "?" for what the font does not have."""
        glyph = self._glyphs.get(ord(character), self._glyphs[ord("?")])
        place = 4 * min(glyph, self._measured - 1)
        result: int = struct.unpack_from(">H", self._tables["hmtx"], place)[0]
        return result

    def width(self, text: str, size: float) -> float:
        """The width of a line of text at a font size, in the unit of that size."""
        return sum(map(self.advance, text)) * size / self.units_per_em

    def outline(self, character: str) -> Outline:
        """The contours of a character: the first point of each, then its lines and curves."""
        glyph = self._glyphs[ord(character)]
        if glyph not in self._outlines:
            read = self._cff.outline if self._cff else self._quadratic
            self._outlines[glyph] = read(glyph)
        return self._outlines[glyph]

    # -- glyf

    def _quadratic(self, glyph: int, depth: int = 0) -> Outline:
        long = struct.unpack_from(">h", self._tables["head"], 50)[0]
        loca, glyf = self._tables["loca"], self._tables["glyf"]
        if long:
            start, end = struct.unpack_from(">LL", loca, 4 * glyph)
        else:
            start, end = (2 * half for half in struct.unpack_from(">HH", loca, 2 * glyph))
        if start == end or depth > _MOST_NESTED:
            return []
        contours = struct.unpack_from(">h", glyf, start)[0]
        if contours < 0:
            return self._composed(glyf, start + 10, depth)
        return list(_contours(glyf, start + 10, contours))

    def _composed(self, glyf: bytes, at: int, depth: int) -> Outline:
        """A glyph made of others, each moved and perhaps scaled."""
        result: Outline = []
        more = True
        while more:
            flags, glyph = struct.unpack_from(">HH", glyf, at)
            at += 4
            form = ">hh" if flags & 1 else ">bb"
            dx, dy = struct.unpack_from(form, glyf, at)
            at += 4 if flags & 1 else 2
            numbers = 1 if flags & 8 else 2 if flags & 0x40 else 4 if flags & 0x80 else 0
            scale = [value / 16384 for value in struct.unpack_from(f">{numbers}h", glyf, at)]
            at += 2 * numbers
            a, b, c, d = scale if numbers == 4 else (*(scale or [1.0])[:1], 0.0, 0.0, *(scale or [1.0])[-1:])
            for segment in self._quadratic(glyph, depth + 1):
                points = [(a * x + c * y + dx, b * x + d * y + dy) for x, y in segment[1]]
                result.append((segment[0], points))
            more = bool(flags & 0x20)
        return result


def _contours(glyf: bytes, at: int, count: int) -> Iterator[tuple[str, list[Point]]]:
    ends = struct.unpack_from(f">{count}H", glyf, at)
    at += 2 * count
    at += 2 + struct.unpack_from(">H", glyf, at)[0]  # instructions are for screens of few pixels
    total = ends[-1] + 1
    flags: list[int] = []
    while len(flags) < total:
        flag = glyf[at]
        at += 1
        times = 1
        if flag & 8:
            times += glyf[at]
            at += 1
        flags += [flag] * times
    axes: list[list[int]] = []
    for short, same in ((2, 16), (4, 32)):
        place, along = 0, []
        for flag in flags:
            if flag & short:
                place += glyf[at] if flag & same else -glyf[at]
                at += 1
            elif not flag & same:
                place += struct.unpack_from(">h", glyf, at)[0]
                at += 2
            along.append(place)
        axes.append(along)
    first = 0
    for last in ends:
        part = range(first, last + 1)
        yield from _closed([(axes[0][i], axes[1][i]) for i in part], [bool(flags[i] & 1) for i in part])
        first = last + 1


def _closed(points: list[Point], on: list[bool]) -> Iterator[tuple[str, list[Point]]]:
    """One contour: between two points off the curve lies one on it, in the middle."""
    if not points:
        return
    whole: list[tuple[Point, bool]] = []
    for index, (point, is_on) in enumerate(zip(points, on, strict=True)):
        before, was_on = points[index - 1], on[index - 1]
        if not is_on and not was_on:
            whole.append((((before[0] + point[0]) / 2, (before[1] + point[1]) / 2), True))
        whole.append((point, is_on))
    start = next(index for index, (_, is_on) in enumerate(whole) if is_on)
    whole = [*whole[start:], *whole[: start + 1]]
    yield "M", [whole[0][0]]
    control: Point | None = None
    for point, is_on in whole[1:]:
        if not is_on:
            control = point
        elif control is None:
            yield "L", [point]
        else:
            yield "Q", [control, point]
            control = None


# -- cmap


def _characters(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Code points with their glyphs, from the Unicode tables of formats 4 and 12."""
    count = struct.unpack_from(">H", cmap, 2)[0]
    for _, _, at in struct.iter_unpack(">HHL", cmap[4 : 4 + 8 * count]):
        form = struct.unpack_from(">H", cmap, at)[0]
        if form == 12:
            groups = struct.unpack_from(">L", cmap, at + 12)[0]
            for first, last, glyph in struct.iter_unpack(">LLL", cmap[at + 16 : at + 16 + 12 * groups]):
                yield from ((code, glyph + code - first) for code in range(first, last + 1))
        elif form == 4:
            yield from _segments(cmap, at)


def _segments(cmap: bytes, at: int) -> Iterator[tuple[int, int]]:
    half = struct.unpack_from(">H", cmap, at + 6)[0]
    parts = [struct.unpack_from(f">{half // 2}H", cmap, at + 14 + half * k + 2 * (k > 0)) for k in range(4)]
    for index, (last, first, delta, offset) in enumerate(zip(*parts, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            if offset == 0:
                yield code, (code + delta) & 0xFFFF
                continue
            place = at + 16 + 3 * half + 2 * index + offset + 2 * (code - first)
            glyph = struct.unpack_from(">H", cmap, place)[0]
            if glyph:
                yield code, (glyph + delta) & 0xFFFF
