"""The theme's own table: text can be read, every surface is told apart, the fonts are the bundled ones."""

import pytest
from PySide6.QtGui import QColor, QFontInfo, QPalette

from app import theme
from app.theme import DARK, LIGHT, THEMES, Theme

both = pytest.mark.parametrize("table", [DARK, LIGHT], ids=lambda table: table.name)


@both
@pytest.mark.parametrize("surface", ["window", "canvas", "panel", "raised", "field", "hover", "stage"])
@pytest.mark.parametrize("ink", ["text", "muted"])
def test_text_contrast(table: Theme, surface: str, ink: str) -> None:
    assert theme.contrast(getattr(table, ink), getattr(table, surface)) >= 4.5


@both
@pytest.mark.parametrize("ink", ["error", "warning", "accent", "head"])
def test_coloured_text_on_panels(table: Theme, ink: str) -> None:
    for surface in (table.panel, table.raised, table.canvas):
        assert theme.contrast(getattr(table, ink), surface) >= 4.5


@both
def test_text_on_filled_accents(table: Theme) -> None:
    for fill in (table.accent, table.convolution, table.attention, table.head):
        assert theme.contrast(table.on_accent, fill) >= 4.5


@both
def test_header_fills(table: Theme) -> None:
    assert table.header("convolution") == ("plain", table.convolution, table.convolution)
    assert table.header("extrinsic") == ("split", table.convolution, table.attention)
    assert table.header("intrinsic") == ("gradient", table.convolution, table.attention)
    assert table.header("anything else") == ("plain", table.glue, table.glue)


@both
def test_heat_is_clipped_and_every_step_is_a_colour(table: Theme) -> None:
    assert table.heat_colour(-1) == table.heat[0]
    assert table.heat_colour(2) == table.heat[-1]
    assert all(QColor(table.heat_colour(step / 50)).isValid() for step in range(51))


def test_known_contrast() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.mix("#000000", "#FFFFFF", 0.5) == "#808080"


def test_stylesheet_and_palette_name_only_colours_of_the_theme(qapp: object) -> None:
    for table in THEMES.values():
        assert "@" not in theme.stylesheet(table)
        assert theme.palette(table).color(QPalette.ColorRole.Text) == QColor(table.text)


def test_bundled_fonts_are_used(qapp: object) -> None:
    theme.load_fonts()
    assert QFontInfo(theme.text_font(12)).family() == "Inter"
    assert QFontInfo(theme.number_font(11)).family() == "JetBrains Mono"
