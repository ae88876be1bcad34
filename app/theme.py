"""Every colour, size and font of the window, as values: a dark and a light table of equal rank.

A theme is handed to whoever paints; there is no current one to look up. Colours are "#RRGGBB" strings that
`QColor` takes, so the tables can be tested without a window.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

import assets
from app.stylesheet import TEMPLATE

if TYPE_CHECKING:
    from hybridgraph.spec import Family

HeaderFill = Literal["plain", "split", "gradient"]

TEXT_FAMILY = "Inter"
NUMBER_FAMILY = "JetBrains Mono"
_FONT_FILES = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-Medium.ttf",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Lengths in px at 100 % scaling, and durations in ms."""

    grid: int = 8
    node_radius: int = 10
    stage_radius: int = 16
    header: int = 4
    padding: int = 12
    node_gap: int = 32
    stage_gap: int = 80
    port: int = 5
    tiny: int = 10
    small: int = 11
    body: int = 12
    title: int = 13
    large: int = 15
    state_ms: int = 120
    layout_ms: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One table of colours. `faint` is for lines, marks and disabled text, never for text one must read."""

    name: Literal["dark", "light"]
    window: str
    canvas: str
    panel: str
    raised: str
    field: str
    line: str
    hover: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    convolution: str
    attention: str
    glue: str
    head: str
    error: str
    warning: str
    wire: str
    dot: str
    stage: str
    shadow: str
    heat: tuple[str, ...]
    sizes: Sizes = Sizes()

    @property
    def is_dark(self) -> bool:
        """Whether text is lighter than what it stands on."""
        return self.name == "dark"

    def header(self, family: Family | str) -> tuple[HeaderFill, str, str]:
        """How a family's header is filled, and its left and right colour (equal when it is plain)."""
        match family:
            case "convolution":
                return "plain", self.convolution, self.convolution
            case "attention":
                return "plain", self.attention, self.attention
            case "extrinsic":
                return "split", self.convolution, self.attention
            case "intrinsic":
                return "gradient", self.convolution, self.attention
            case "head":
                return "plain", self.head, self.head
            case _:
                return "plain", self.glue, self.glue

    def heat_colour(self, fraction: float) -> str:
        """The colour of `fraction` (0 to 1, clipped) on the sequential map."""
        place = min(max(fraction, 0.0), 1.0) * (len(self.heat) - 1)
        index = min(int(place), len(self.heat) - 2)
        return mix(self.heat[index], self.heat[index + 1], place - index)

    def severity(self, severity: str) -> str:
        """The colour of a finding or notice."""
        return {"error": self.error, "warning": self.warning}.get(severity, self.accent)


# The part of matplotlib's viridis that stands out from the surface it is painted on.
_VIRIDIS = ("#440154", "#472D7B", "#3B528B", "#2C728E", "#21918C", "#28AE80", "#5EC962", "#ADDC30", "#FDE725")

DARK = Theme(
    name="dark",
    window="#0E1116",
    canvas="#11151B",
    panel="#161B22",
    raised="#1C222B",
    field="#11161D",
    line="#272E39",
    hover="#232A35",
    text="#E7ECF3",
    muted="#8D97A8",
    faint="#5C6675",
    accent="#4DA3FF",
    on_accent="#0A1018",
    convolution="#4DA3FF",
    attention="#FF9E5E",
    glue="#7C8798",
    head="#67D39B",
    error="#FF6B6B",
    warning="#FFC857",
    wire="#AEB7C4",
    dot="#1B212A",
    stage="#151B24",
    shadow="#07090C",
    heat=_VIRIDIS[2:],
)

LIGHT = Theme(
    name="light",
    window="#EDF0F4",
    canvas="#F6F8FA",
    panel="#FFFFFF",
    raised="#FFFFFF",
    field="#F3F5F8",
    line="#D3DAE3",
    hover="#E9EEF4",
    text="#17202B",
    muted="#56606C",
    faint="#949EAB",
    accent="#0B63B0",
    on_accent="#FFFFFF",
    convolution="#0B63B0",
    attention="#9A5B00",
    glue="#59626D",
    head="#0B6E52",
    error="#B3261E",
    warning="#7A5C00",
    wire="#5F6B7A",
    dot="#E1E6ED",
    stage="#EEF2F7",
    shadow="#C9D1DB",
    heat=tuple(reversed(_VIRIDIS[:6])),
)

THEMES: dict[str, Theme] = {theme.name: theme for theme in (DARK, LIGHT)}


def mix(first: str, second: str, fraction: float) -> str:
    """The colour that lies `fraction` (0 to 1) of the way from the first to the second."""
    a, b = _channels(first), _channels(second)
    return "#" + "".join(f"{round(x + (y - x) * fraction):02X}" for x, y in zip(a, b, strict=True))


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours as WCAG 2 defines it, 1 to 21."""

    def luminance(colour: str) -> float:
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (channel / 255 for channel in _channels(colour))
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def load_fonts() -> None:
    """Make the bundled fonts known to Qt. Needs a QGuiApplication; asking again does nothing."""
    known = set(QFontDatabase.families())
    if {TEXT_FAMILY, NUMBER_FAMILY} <= known:
        return
    for name in _FONT_FILES:
        QFontDatabase.addApplicationFont(str(assets.path("fonts", name)))


@cache
def text_font(size: int = 12, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter at `size` px. `load_fonts` must have been called."""
    return _font(TEXT_FAMILY, size, weight)


@cache
def number_font(size: int = 11, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """JetBrains Mono at `size` px: every digit has one width. `load_fonts` must have been called."""
    return _font(NUMBER_FAMILY, size, weight)


def _font(family: str, size: int, weight: QFont.Weight) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    font.setWeight(weight)
    # Without hinting, text keeps its width at every zoom of the canvas.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def palette(theme: Theme) -> QPalette:
    """The Fusion palette of the theme."""
    result = QPalette()
    role = QPalette.ColorRole
    for name, colour in {
        role.Window: theme.panel,
        role.WindowText: theme.text,
        role.Base: theme.field,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.hover,
        role.Midlight: theme.line,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Shadow: theme.shadow,
    }.items():
        result.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.faint))
    return result


def stylesheet(theme: Theme) -> str:
    """The style sheet of the window in this theme's colours."""
    names = {entry.name for entry in fields(theme)} - {"name", "heat", "sizes"}
    text = TEMPLATE.replace("@text_family", TEXT_FAMILY).replace("@number_family", NUMBER_FAMILY)
    text = text.replace("@check", assets.path("icons", "check.svg").as_posix())
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(f"@{name}", getattr(theme, name))
    return text


def apply(application: QApplication, theme: Theme) -> None:
    """Give the whole application this theme: fonts, Fusion style, palette and style sheet."""
    load_fonts()
    application.setStyle("Fusion")
    application.setFont(text_font(12))
    application.setPalette(palette(theme))
    application.setStyleSheet(stylesheet(theme))
