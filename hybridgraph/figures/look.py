"""How a figure is coloured and how large it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from hybridgraph.errors import ExportError
from hybridgraph.figures.drawing import Fill

Colours = Literal["light", "dark"]
POINTS_PER_MM = 72 / 25.4
COLUMN_MM, PAGE_MM, SLIDE_PX = 84.0, 174.0, 1920
LEAST_MM, MOST_MM = 40.0, 600.0
_WIDEST_MM = 210.0
LEAST_PX, MOST_PX = 320, 16384
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(mm|px)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The colours of a figure: the hue of a box is its inductive bias, as everywhere in HybridGraph."""

    paper: str
    text: str
    muted: str
    wire: str
    track: str
    convolution: str
    attention: str
    glue: str
    head: str
    tint: float
    is_transparent: bool = False

    def strong(self, family: str) -> Fill:
        """The colour of a family, as for an edge or a swatch."""
        match family:
            case "convolution":
                return Fill(left=self.convolution)
            case "attention":
                return Fill(left=self.attention)
            case "extrinsic":
                return Fill(left=self.convolution, right=self.attention, hard=True)
            case "intrinsic":
                return Fill(left=self.convolution, right=self.attention)
            case "head":
                return Fill(left=self.head)
            case _:
                return Fill(left=self.glue)

    def pale(self, family: str) -> Fill:
        """The same on paper, pale enough for text upon it."""
        own = self.strong(family)
        left, right = (mixed(self.paper, one, self.tint) for one in (own.left, own.right or own.left))
        return Fill(left=left, right=right, hard=own.hard)


_LIGHT = Look(
    paper="#FFFFFF",
    text="#17202B",
    muted="#56606C",
    wire="#5F6B7A",
    track="#D9DEE5",
    convolution="#0B63B0",
    attention="#9A5B00",
    glue="#59626D",
    head="#0B6E52",
    tint=0.09,
)
_DARK = Look(
    paper="#11151B",
    text="#E7ECF3",
    muted="#9AA4B4",
    wire="#AEB7C4",
    track="#343D4A",
    convolution="#4DA3FF",
    attention="#FF9E5E",
    glue="#7C8798",
    head="#67D39B",
    tint=0.17,
)


def look(colours: Colours, *, transparent: bool = False) -> Look:
    """The colours for light or dark pages, with the page itself painted or left out."""
    return replace({"light": _LIGHT, "dark": _DARK}[colours], is_transparent=transparent)


def mixed(first: str, second: str, fraction: float) -> str:
    """The colour at a fraction (0 to 1) of the way from one #RRGGBB to another."""
    pairs = ((int(first[at : at + 2], 16), int(second[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * fraction):02X}" for a, b in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How wide a figure is made: in millimetres on paper, or in pixels on a screen."""

    amount: float
    unit: Literal["mm", "px"]

    @property
    def points(self) -> float:
        """The width a figure is laid out in. On a screen or a poster it is that of a page, which is then magnified."""
        is_page = self.unit == "mm" and self.amount <= _WIDEST_MM
        return (self.amount if is_page else PAGE_MM) * POINTS_PER_MM

    def pixels(self, dpi: int) -> int:
        """The width of its picture; a size in pixels has no resolution to choose."""
        return round(self.amount / 25.4 * dpi) if self.unit == "mm" else round(self.amount)

    @property
    def millimetres(self) -> float:
        """The width on paper; a pixel is 1/96 inch, as in CSS."""
        return self.amount if self.unit == "mm" else self.amount * 25.4 / 96

    def __str__(self) -> str:
        return f"{self.amount:g}{self.unit}"


COLUMN, PAGE = Size(amount=COLUMN_MM, unit="mm"), Size(amount=PAGE_MM, unit="mm")
SLIDE = Size(amount=SLIDE_PX, unit="px")


def size(text: str) -> Size:
    """Read `84mm` or `1920px`. Raises ExportError."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ExportError(f"“{text}” is no width.", "Give millimetres or pixels, such as 84mm or 1920px.")
    amount = float(found[1])
    if found[2] == "px":
        if not LEAST_PX <= amount <= MOST_PX:
            raise ExportError(
                f"A width of {text} is out of range.", f"{LEAST_PX} to {MOST_PX} px are possible."
            )
        return Size(amount=amount, unit="px")
    if not LEAST_MM <= amount <= MOST_MM:
        raise ExportError(
            f"A width of {text} is out of range.", f"{LEAST_MM:g} to {MOST_MM:g} mm are possible."
        )
    return Size(amount=amount, unit="mm")
