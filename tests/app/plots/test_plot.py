"""Plots: round numbers at the axes, curves that are seen, hands and keys, and what is taken home."""

import csv
import math
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.plots.card import PlotCard
from app.plots.lens import Lens
from app.plots.painting import Curve
from app.plots.plot import Plot
from app.plots.scale import Scale, decades, spanned, ticks, written
from app.plots.series import Series
from app.plots.trainingplots import TrainingPlots
from app.record import Record
from app.theme import DARK, LIGHT, Theme, load_fonts
from hybridgraph.events import RunStarted, Step

NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


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


def test_numbers_at_an_axis_of_logarithms() -> None:
    assert decades(0.001, 10.0, 5) == pytest.approx([0.001, 0.01, 0.1, 1, 10])
    assert decades(1e-6, 1e6, 4) == pytest.approx([1e-6, 1e-2, 1e2, 1e6])
    assert decades(0.5, 20.0, 9) == pytest.approx([0.5, 1, 2, 5, 10, 20])
    assert decades(2.0, 3.0, 3) == [2.0, 2.5, 3.0]
    assert written([0.05, 1e-5, 20_000, 1.5e6, 3e9]) == ["0.05", "1e-05", "20k", "1.5M", "3G"]


def test_an_axis_fits_its_values_and_has_an_extent_even_for_one() -> None:
    assert spanned(1.0, 3.0, 0.0) == (1.0, 3.0)
    assert spanned(0.0, 100.0, 0.04) == (-4.0, 104.0)
    assert spanned(4.0, 4.0, 0.04) == (2.0, 6.0)
    assert spanned(0.0, 0.0, 0.04) == (-0.5, 0.5)
    low, high = spanned(0.01, 100.0, 0.25, is_log=True)
    assert (low, high) == pytest.approx((0.001, 1000.0))


def test_a_scale_goes_there_and_back() -> None:
    for is_log in (False, True):
        scale = Scale(low=0.1, high=1000.0, start=200.0, stop=0.0, is_log=is_log)
        assert scale.value(scale.place(7.0)) == pytest.approx(7.0)
    assert scale.place(10.0) == pytest.approx(100.0)


def series_of(values: list[float], per_second: float = 1.0) -> Series:
    series = Series()
    for number, value in enumerate(values):
        series.add(number + 1, value, (number + 1) / per_second)
    return series


def plot_of(qtbot: QtBot, *curves: list[float], theme: Theme = DARK) -> Plot:
    load_fonts()
    paints = ("convolution", "attention")
    lens = Lens()
    made = [
        Curve(name=name, series=series_of(values), paint=paint, is_fine=True)
        for name, values, paint in zip(("train", "val"), curves, paints, strict=False)
    ]
    plot = Plot(made, lens, theme, can_log=True)
    lens.setParent(plot)
    longest = max(len(values) for values in curves)
    lens.set_whole(1, max(longest, 1))
    qtbot.addWidget(plot)
    plot.resize(448, 224)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the ring has a curve's colour
    plot.show()
    QApplication.processEvents()
    return plot


def colours(plot: Plot) -> set[str]:
    picture = plot.grab().toImage()
    places = ((x, y) for x in range(44, picture.width(), 3) for y in range(picture.height()))
    return {QColor(picture.pixel(*place)).name() for place in places}


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_each_curve_is_drawn_in_its_colour_and_gone_when_hidden(qtbot: QtBot, theme: Theme) -> None:
    plot = plot_of(qtbot, [3.0, math.nan, 1.0], [2.0, 2.0, 2.0], theme=theme)
    first, second = (QColor(colour).name() for colour in (theme.convolution, theme.attention))
    assert {first, second} <= colours(plot)
    plot.set_shown("val", is_shown=False)
    assert {first, second} & colours(plot) == {first}
    plot.set_shown("train", is_shown=False)
    assert not {first, second} & colours(plot)


@pytest.mark.parametrize("count", [100, 600, 3000, 50_000])
def test_a_spike_is_seen_however_long_the_curve(qtbot: QtBot, count: int) -> None:
    values = [1.0 + 0.001 * (number % 7) for number in range(count)]
    values[count // 3] = 2.0
    plot = plot_of(qtbot, values)
    picture = plot.grab().toImage()
    frame = plot.frame
    assert frame is not None
    x, y = frame.across.place(count // 3 + 1), frame.up.place(1.8)
    near = {QColor(picture.pixel(round(x) + by, round(y))).lightness() for by in range(-3, 4)}
    assert max(near) > QColor(DARK.convolution).lightness() * 0.5


def test_smoothing_leaves_the_curve_as_it_is_in_sight(qtbot: QtBot) -> None:
    plot = plot_of(qtbot, [float(number % 2) for number in range(400)])
    own = QColor(DARK.convolution).name()
    assert own in colours(plot)
    plot._lens.set_reach(50)
    frame = plot.frame
    assert frame is not None
    picture = plot.grab().toImage()

    def seen(value: float) -> QColor:
        return QColor(picture.pixel(220, round(frame.up.place(value))))

    assert seen(0.5).blue() > 200  # the mean, in the full colour
    assert 60 < seen(0.8).blue() < 140  # what it is the mean of, fainter


def wheel(plot: Plot, x: float, y: float, turned: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
    place = QPointF(x, y)
    event = QWheelEvent(
        place, plot.mapToGlobal(place), QPointF(0, 0).toPoint(), QPointF(0, turned).toPoint(),
        Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot, event)


def mouse(
    plot: Plot, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier = NONE
) -> None:  # fmt: skip
    place = QPointF(x, y)
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    QApplication.sendEvent(plot, QMouseEvent(kind, place, plot.mapToGlobal(place), button, held, modifiers))


def drag(
    plot: Plot, start: tuple[float, float], stop: tuple[float, float], modifiers: Qt.KeyboardModifier = NONE
) -> None:
    left = Qt.MouseButton.LeftButton
    mouse(plot, QEvent.Type.MouseButtonPress, *start, left, modifiers)
    mouse(plot, QEvent.Type.MouseMove, *stop, left, modifiers)
    mouse(plot, QEvent.Type.MouseButtonRelease, *stop, left, modifiers)


def test_the_wheel_zooms_about_where_one_points_and_a_double_click_shows_everything(qtbot: QtBot) -> None:
    plot = plot_of(qtbot, [float(number) for number in range(101)])
    lens = plot._lens
    frame = plot.frame
    assert frame is not None
    x = frame.across.place(26.0)
    wheel(plot, x, 80, 120)
    low, high = lens.shown
    assert high - low == pytest.approx(80.0)
    assert plot.frame is not None
    assert plot.frame.across.value(x) == pytest.approx(26.0)
    assert plot.frame.up.high < 101  # fits what is seen
    wheel(plot, x, 80, 120, CTRL)
    assert lens.shown == (low, high)
    assert plot.frame.up.high - plot.frame.up.low < 80
    mouse(plot, QEvent.Type.MouseButtonDblClick, 200, 100, Qt.MouseButton.LeftButton)
    assert lens.span is None
    for _ in range(20):
        wheel(plot, x, 80, -120)
    assert lens.span is None


def test_a_box_is_looked_at_and_shift_moves_what_is_seen(qtbot: QtBot) -> None:
    plot = plot_of(qtbot, [float(number) for number in range(101)])
    lens, frame = plot._lens, plot.frame
    assert frame is not None
    drag(
        plot,
        (frame.across.place(21), frame.up.place(60)),
        (frame.across.place(41), frame.up.place(10)),
    )
    assert lens.shown == pytest.approx((21, 41))
    assert plot.frame is not None
    assert (plot.frame.up.low, plot.frame.up.high) == pytest.approx((10, 60))
    middle = plot.frame.area.center()
    drag(plot, (middle.x(), middle.y()), (middle.x() - plot.frame.area.width() / 2, middle.y()), SHIFT)
    assert lens.shown == pytest.approx((31, 51))
    drag(plot, (100, 100), (102, 101))  # no box at all
    assert lens.shown == pytest.approx((31, 51))


def test_pointing_tells_the_values_of_all_plots_there(qtbot: QtBot) -> None:
    plot = plot_of(qtbot, [10.0, 20.0, 30.0], [1.0, 2.0])
    frame = plot.frame
    assert frame is not None
    mouse(plot, QEvent.Type.MouseMove, frame.across.place(2.1), 90, Qt.MouseButton.NoButton)
    assert plot.told().splitlines() == ["step 2  ·  epoch 2.00  ·  2 s", "train 20", "val 2"]
    assert plot.accessibleDescription() == plot.told()
    plot._lens.set_reach(1)
    assert "train 20 (20)" in plot.told()
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert plot.told() == ""


def test_everything_goes_with_the_keyboard(qtbot: QtBot) -> None:
    plot = plot_of(qtbot, [float(number) for number in range(101)])
    lens = plot._lens
    key = Qt.Key
    QTest.keyClick(plot, key.Key_Left)
    assert lens.cursor == 101
    QTest.keyClick(plot, key.Key_Left)
    QTest.keyClick(plot, key.Key_Left, SHIFT)
    assert lens.cursor == 90
    QTest.keyClick(plot, key.Key_Plus)
    assert lens.shown[1] - lens.shown[0] == pytest.approx(80)
    before = lens.shown
    QTest.keyClick(plot, key.Key_Left, CTRL)
    assert lens.shown == pytest.approx((before[0] - 8, before[1] - 8))
    QTest.keyClick(plot, key.Key_0)
    assert lens.span is None
    QTest.keyClick(plot, key.Key_Escape)
    assert lens.cursor is None


def test_a_plot_lies_along_steps_epochs_or_time(qtbot: QtBot) -> None:
    plots = TrainingPlots(DARK, lambda *_: None)
    qtbot.addWidget(plots)
    record = Record()
    started = RunStarted(
        kind="train", device="cpu", precision="fp32", params=1, epochs=2, steps_per_epoch=10, pid=1, started_at=100.0
    )  # fmt: skip
    steps = [
        Step(epoch=n // 10, step=n, loss=2.0 - n / 10, lr=0.1, images_per_second=5.0, at=100.0 + 3 * n)
        for n in range(15)
    ]
    record.feed([started, *steps])
    plots.show_record(record)
    lens = plots.lens
    assert lens.whole == (1, 15)
    assert lens.unit == 10
    plots.strip.along["time"].click()
    assert lens.whole == (0.0, 42.0)
    plots.strip.along["step"].click()
    assert (lens.whole, lens.unit) == ((1, 15), 1)
    assert plots.cards["loss"].values() == {"train": "train 0.600", "val": ""}
    lens.point(3.2)
    assert plots.cards["loss"].values()["train"] == "train 1.80"
    assert plots.cards["speed"].values() == {"speed": "5 img/s"}
    old = Record()
    old.feed([started, Step(epoch=0, step=0, loss=1.0, lr=0.1, images_per_second=5.0)])
    plots.strip.along["time"].click()
    plots.show_record(old)
    assert not plots.strip.along["time"].isEnabled()
    assert lens.along == "epoch"


def test_logarithms_are_for_losses_and_values_without_one_lie_below(qtbot: QtBot) -> None:
    plot = plot_of(qtbot, [100.0, 1.0, 0.0, 10.0])
    plot._lens.set_log(True)
    frame = plot.frame
    assert frame is not None
    assert frame.up.is_log
    assert 0 < frame.up.low < 1
    assert frame.up.place(10.0) == pytest.approx((frame.up.place(1.0) + frame.up.place(100.0)) / 2)
    assert not plot.grab().isNull()


@pytest.fixture
def card(qtbot: QtBot) -> PlotCard:
    load_fonts()
    lens = Lens()
    curves = [
        Curve(name="train", series=series_of([3.0, 2.0, 1.5, 1.0], per_second=2), is_fine=True),
        Curve(name="val", series=Series(), paint="attention"),
    ]
    curves[1].series.add(2, 2.5, 1.0)
    curves[1].series.add(4, 1.75, 2.0)
    told: list[tuple[str, str]] = []
    made = PlotCard("Loss", curves, lens, DARK, lambda *words: told.append(words), can_log=True)
    lens.setParent(made)
    lens.set_per_epoch(2)
    lens.set_whole(1, 4)
    made.told = told  # type: ignore[attr-defined]
    qtbot.addWidget(made)
    made.resize(420, 220)
    made.show()
    QApplication.processEvents()
    made.refresh()
    return made


def test_the_legend_switches_curves(qtbot: QtBot, card: PlotCard) -> None:
    assert card.values() == {"train": "train 1", "val": "val 1.75"}
    qtbot.mouseClick(card.switches["val"], Qt.MouseButton.LeftButton)
    assert [curve.name for curve in card.plot.shown] == ["train"]
    card.resize(200, 220)
    assert not card.switches["train"].isVisible()
    card.set_theme(LIGHT)


def test_every_value_is_written_as_a_table(
    card: PlotCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "loss.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    card._ask("csv")
    rows = list(csv.reader(target.read_text().splitlines()))
    assert rows[0] == ["step", "epoch", "seconds", "train", "val"]
    assert rows[1:3] == [["1", "0.5", "0.500", "3.0", ""], ["2", "1", "1.000", "2.0", "2.5"]]
    assert len(rows) == 5
    assert card.told == [("info", f"Wrote {target}.")]


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_what_is_seen_is_written_as_a_picture(
    card: PlotCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    target = tmp_path / f"loss.{form}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    card._ask(form)
    assert card.told == [("info", f"Wrote {target}.")]
    if form == "png":
        image = QImage(str(target))
        ink = QColor(LIGHT.convolution)
        assert image.width() > 1000
        found = any(
            QColor(image.pixel(x, y)) == ink
            for x in range(0, image.width(), 2)
            for y in range(0, image.height(), 2)
        )
        assert found
    else:
        assert target.read_bytes().startswith(b"%PDF" if form == "pdf" else b"<")


def test_what_cannot_be_written_is_a_sentence(
    card: PlotCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "x.csv"), ""))
    card._ask("csv")
    assert card.told[0][0] == "error"
    card.told.clear()
    for switch in card.switches.values():
        switch.click()
    card._ask("png")
    assert card.told == [("error", "The plot “Loss” shows no values. Show everything first.")]


def test_a_plot_without_room_paints_nothing(qtbot: QtBot) -> None:
    plot = plot_of(qtbot, [1.0])
    plot.resize(40, 12)
    assert not plot.grab().isNull()


def test_a_plot_of_shares_shows_the_whole_of_them(qtbot: QtBot) -> None:
    plots = TrainingPlots(DARK, lambda *_: None)
    qtbot.addWidget(plots)
    record = Record()
    for step in (1, 2):
        record.curves["cpu"].add(step, 99.9 + step / 100)
    plots.show_record(record)
    card = plots.cards["load"]
    card.plot.resize(300, 200)
    assert card.plot.frame is not None
    assert (card.plot.frame.up.low, card.plot.frame.up.high) == (-4.0, 104.0)
    assert card.values() == {"GPU": "", "CPU": "CPU 100 %"}
