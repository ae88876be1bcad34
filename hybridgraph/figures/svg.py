"""A drawing as SVG that looks the same in every program.

Few programs besides browsers take a font that is embedded in an SVG, so letters are outlines of the bundled fonts, each
once. Over them lies the text itself, unseen: it can be searched, selected and read aloud. Some know neither gradients nor
transparency and paint black, as ImageMagick's own reader does: elements say plain colours and no size of the unseen text,
and a style sheet, which those programs do not read, says what the others draw instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from html import escape

from hybridgraph.figures.drawing import Box, Drawing, Fill, Line, Mark, Text, Wire
from hybridgraph.figures.look import mixed
from hybridgraph.figures.opentype import Weight, face

_FAMILIES: dict[Weight, str] = {
    "text": 'font-family="Inter, sans-serif"',
    "strong": 'font-family="Inter, sans-serif" font-weight="600"',
    "number": "font-family=\"'JetBrains Mono', monospace\"",
}


def svg(drawing: Drawing, *, width: str = "", height: str = "") -> str:
    """The text of an SVG file; `width` and `height` say how large it is shown, with a unit (`84mm`)."""
    shown = f'width="{width or f"{_n(drawing.width)}pt"}" height="{height or f"{_n(drawing.height)}pt"}"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(drawing, shown, "")}\n'


def inline_svg(drawing: Drawing, name: str) -> str:
    """The drawing as an element of an HTML page, as wide as its place; `name` tells its ids from other drawings'."""
    return _element(drawing, 'width="100%"', f"{name}-")


def _element(drawing: Drawing, shown: str, prefix: str) -> str:
    finer = Finer(prefix)
    letters = Letters(finer, prefix)
    fills = Fills(prefix, finer)
    body = [line for mark in drawing.marks for line in _mark(mark, letters, fills)]
    paper = (
        [
            f'<rect width="{_n(drawing.width)}" height="{_n(drawing.height)}" fill="{drawing.paper}" stroke="none"/>'
        ]
        if drawing.paper
        else []
    )
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1"'
    lines = [
        f'<svg {names} {shown} viewBox="0 0 {_n(drawing.width)} {_n(drawing.height)}" role="img">',
        f"<title>{_plain(drawing.title)}</title>",
        f"<desc>{_plain(drawing.description)}</desc>",
        *finer.sheet(),
        "<defs>",
        *letters.definitions(),
        *fills.definitions(),
        "</defs>",
        *paper,
        *body,
        "</svg>",
    ]
    return "\n".join(lines)


class Finer:
    """The style sheet of a file: what elements look like where style sheets are read."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._rules: dict[str, list[str]] = {}
        self._count = 0

    def name_for(self, rule: str) -> str:
        """The id of one more element that this rule is for."""
        name = f"{self._prefix}e{self._count}"
        self._count += 1
        self._rules.setdefault(rule, []).append(f"#{name}")
        return name

    def sheet(self) -> Iterator[str]:
        """The element of all rules, if there is one. By id: what reads nothing but classes keeps to plain colours."""
        rules = "".join(f"{','.join(names)}{{{rule}}}" for rule, names in self._rules.items())
        if rules:
            yield f"<style>{rules}</style>"


class Fills:
    """The gradients that a file needs, each defined once for the boxes that lie in one column."""

    def __init__(self, prefix: str, finer: Finer) -> None:
        self._prefix = prefix
        self._finer = finer
        self._names: dict[tuple[Fill, float, float], str] = {}

    def attributes(self, box: Box) -> str:
        """The fill and the stroke of a box, with its id where they are more than plain."""
        wanted = {"fill": box.fill, "stroke": box.stroke}
        rule = ";".join(
            f"{part}:url(#{self._name(fill, box)})"
            for part, fill in wanted.items()
            if fill and not fill.is_plain
        )
        name = f'id="{self._finer.name_for(rule)}" ' if rule else ""
        line = f' stroke-width="{_n(box.line)}"' if box.stroke else ""
        plain = " ".join(
            f'{part}="{mixed(fill.left, fill.right or fill.left, 0.5) if fill else "none"}"'
            for part, fill in wanted.items()
        )
        return f"{name}{plain}{line}"

    def _name(self, fill: Fill, box: Box) -> str:
        return self._names.setdefault((fill, box.x, box.x + box.w), f"{self._prefix}f{len(self._names)}")

    def definitions(self) -> Iterator[str]:
        """The gradients asked for so far."""
        for key, name in self._names.items():
            yield _gradient(name, *key)


class Letters:
    """The outlines that a file needs, each defined once and used wherever it stands."""

    def __init__(self, finer: Finer, prefix: str = "") -> None:
        self._prefix = prefix
        self._finer = finer
        self._names: dict[tuple[Weight, str], str] = {}

    def definitions(self) -> Iterator[str]:
        """The outlines asked for so far, in units of their font."""
        for (weight, letter), name in self._names.items():
            steps = (
                f"{'Z' if kind == 'M' and index else ''}{kind}{' '.join(f'{_n(x)} {_n(y)}' for x, y in points)}"
                for index, (kind, points) in enumerate(face(weight).outline(letter))
            )
            yield f'<path id="{name}" d="{"".join(steps)}Z"/>'

    def written(self, text: Text) -> Iterator[str]:
        """A text as outlines with itself, unseen, above; what the font cannot draw is left to the program."""
        own = face(text.weight)
        drawn = all(letter == " " or own.has(letter) for letter in text.text)
        place = f'x="{_n(text.left)}" y="{_n(text.y)}"'
        if drawn:
            scale = text.size / own.units_per_em
            yield (
                f'<g fill="{text.colour}" stroke="none" transform="translate({_n(text.left)} {_n(text.y)}) '
                f'scale({scale:.6g} {-scale:.6g})">{"".join(self._uses(text))}</g>'
            )
            # Transparent, not without a colour: what is not painted at all cannot be selected.
            name = self._finer.name_for(f"font-size:{_n(text.size)}px;fill:#000;fill-opacity:0")
            length = f'textLength="{_n(text.width)}" lengthAdjust="spacingAndGlyphs"'
            size = f'id="{name}" font-size="0" {length} fill="none"'
        else:
            anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
            place = f'x="{_n(text.x)}" y="{_n(text.y)}"'
            size = f'font-size="{_n(text.size)}" xml:space="preserve" fill="{text.colour}"{anchor}'
        yield f'<text {place} {_FAMILIES[text.weight]} {size} stroke="none">{_plain(text.text)}</text>'

    def _uses(self, text: Text) -> Iterator[str]:
        own, along = face(text.weight), 0
        for letter in text.text:
            if letter != " ":
                name = self._names.setdefault((text.weight, letter), f"{self._prefix}g{len(self._names)}")
                yield f'<use xlink:href="#{name}" x="{along}"/>'
            along += own.advance(letter)


def _mark(mark: Mark, letters: Letters, fills: Fills) -> Iterable[str]:
    if isinstance(mark, Text):
        return letters.written(mark)
    if isinstance(mark, Line):
        dash = f' stroke-dasharray="{_n(mark.dash[0])} {_n(mark.dash[1])}"' if mark.dash else ""
        way = "L".join(f"{_n(x)} {_n(y)}" for x, y in mark.points)
        return [
            (
                f'<path d="M{way}" fill="none" stroke="{mark.colour}" stroke-width="{_n(mark.line)}" '
                f'stroke-linecap="round" stroke-linejoin="round"{dash}/>'
            )
        ]
    if isinstance(mark, Wire):
        way = "".join(
            f"{kind}{' '.join(f'{_n(x)} {_n(y)}' for x, y in points)}" for kind, points in mark.steps
        )
        line = (
            f'<path d="{way}" fill="none" stroke="{mark.colour}" stroke-width="{_n(mark.line)}" '
            'stroke-linecap="round" stroke-linejoin="round"/>'
        )
        corners = "L".join(f"{_n(x)} {_n(y)}" for x, y in mark.arrow)
        return [line, f'<path d="M{corners}Z" fill="{mark.colour}" stroke="none"/>'] if mark.head else [line]
    place = f'x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.w)}" height="{_n(mark.h)}"'
    radius = f' rx="{_n(mark.radius)}"' if mark.radius else ""
    return [f"<rect {place}{radius} {fills.attributes(mark)}/>"]


def _gradient(name: str, fill: Fill, left: float, right: float) -> str:
    """From left to right of the box, in the units of the page: a gradient of a flat box would be refused."""
    places = ((0.0, fill.left), (0.5, fill.left), (0.5, fill.right), (1.0, fill.right))
    stops = places if fill.hard else (places[0], places[-1])
    inner = "".join(f'<stop offset="{_n(at)}" stop-color="{colour}"/>' for at, colour in stops)
    ends = f'x1="{_n(left)}" y1="0" x2="{_n(right)}" y2="0"'
    return f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" {ends}>{inner}</linearGradient>'


def _plain(text: str) -> str:
    """Text as XML takes it, which knows no control characters."""
    return escape("".join(one for one in text if unicodedata.category(one)[0] != "C" or one == "\u200d"))


def _n(value: float) -> str:
    """A length with as few letters as its place to a hundredth needs."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
