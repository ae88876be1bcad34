"""The curves of a run: round numbers at the axes, no more points than pixels, and that they are seen."""

import math

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app.panels.plot import Plot, spanned, thinned, ticks
from app.theme import DARK, LIGHT, Theme


@pytest.mark.parametrize(
    ("low", "high", "most", "wanted"),
    [
        (0.0, 1.0, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-0.04, 2.34, 5, [0, 0.5, 1, 1.5, 2]),
        (0.0, 0.00104, 3, [0, 0.0005, 0.001]),
        (4990.0, 5210.0, 3, [5000, 5100, 5200]),
        (-1.5, -0.5, 2, [-1.5, -1, -0.5]),
        (2.0, 2.4, 1, [2]),
    ],
)
def test_numbers_at_an_axis_are_round(low: float, high: float, most: float, wanted: list[float]) -> None:
    assert ticks(low, high, most) == wanted


def test_an_axis_fits_its_values_and_has_an_extent_even_for_one() -> None:
    assert spanned(iter([1.0, 3.0, 2.0]), 0.0) == (1.0, 3.0)
    assert spanned(iter([0.0, 100.0]), 0.04) == (-4.0, 104.0)
    assert spanned(iter([4.0, 4.0]), 0.04) == (2.0, 6.0)
    assert spanned(iter([0.0]), 0.04) == (-0.5, 0.5)


def test_of_a_column_of_pixels_the_extremes_are_drawn() -> None:
    crowded = [(x / 100, math.sin(x)) for x in range(1000)]
    kept = list(thinned(crowded))
    assert len(kept) <= 20
    assert kept == sorted(kept)
    assert max(y for _, y in kept) == max(y for _, y in crowded)
    assert min(y for _, y in kept) == min(y for _, y in crowded)
    apart = [(3.0 * x, 1.0) for x in range(50)]
    assert list(thinned(apart)) == apart


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_each_curve_is_drawn_in_its_colour_and_gone_when_cleared(qtbot: QtBot, theme: Theme) -> None:
    plot = Plot(("train", "val"), theme)
    qtbot.addWidget(plot)
    plot.resize(300, 160)

    def colours() -> set[str]:
        picture = plot.grab().toImage()
        places = ((x, y) for x in range(44, picture.width()) for y in range(picture.height()))
        return {QColor(picture.pixel(*place)).name() for place in places}

    first, second = (QColor(colour).name() for colour in (theme.convolution, theme.attention))
    assert not {first, second} & colours()
    plot.show_points("train", [1, 2, 3], [3.0, math.nan, 1.0])
    assert {first, second} & colours() == {first}
    plot.show_points("val", [1, 2, 3], [2.0, 2.0, 2.0])
    assert {first, second} <= colours()
    for name in ("train", "val"):
        plot.show_points(name, [], [])
    assert not {first, second} & colours()


def test_a_plot_without_room_paints_nothing(qtbot: QtBot) -> None:
    plot = Plot(("train",), DARK)
    qtbot.addWidget(plot)
    plot.show_points("train", [1.0], [1.0])
    plot.resize(40, 12)
    assert not plot.grab().isNull()
