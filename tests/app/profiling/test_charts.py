"""The roofline, the film of memory and the map: what lies where, what it says, and what a click selects."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.profiling.chart import Chart, Spot
from app.profiling.panel import ProfilePanel
from app.profiling.squarify import squarified
from app.session import Session
from app.theme import LIGHT

Look = Callable[[str], Chart]


@settings(max_examples=40)
@given(
    st.lists(st.just(0.0) | st.floats(1e-3, 1e6), min_size=1, max_size=40),
    st.floats(1.0, 2000.0),
    st.floats(1.0, 2000.0),
)
def test_boxes_have_the_areas_of_their_sizes_and_fill_the_rectangle(sizes, width, height) -> None:
    boxes = squarified(sizes, 10.0, 20.0, width, height)
    whole = sum(sizes)
    for size, (x, y, wide, tall) in zip(sizes, boxes, strict=True):
        if whole > 0:
            assert wide * tall == pytest.approx(
                size / whole * width * height, rel=1e-6, abs=1e-8 * width * height
            )
        assert x >= 10 - 1e-6
        assert y >= 20 - 1e-6
        assert x + wide <= 10 + width * (1 + 1e-6)
        assert y + tall <= 20 + height * (1 + 1e-6)


def test_boxes_are_nearer_to_squares_than_stripes() -> None:
    """The example of the paper: 6, 6, 4, 3, 2, 2, 1 in 6 by 4 begins with a column of two."""
    boxes = squarified([6, 6, 4, 3, 2, 2, 1], 0, 0, 6, 4)
    assert boxes[0] == pytest.approx((0, 0, 3, 2))
    assert boxes[1] == pytest.approx((0, 2, 3, 2))
    assert max(max(w / h, h / w) for _, _, w, h in boxes) < 4


@pytest.fixture
def look(shown: ProfilePanel, qtbot: QtBot) -> Look:
    def look(name: str) -> Chart:
        shown.show_view(name)
        view = shown.view
        assert isinstance(view, Chart)
        view.grab()
        return view

    return look


def _middle(spot: Spot) -> QPoint:
    return spot.area.center().toPoint()


def _find(view: Chart, path: tuple[str, ...]) -> Spot:
    return next(spot for spot in reversed(view.spots) if spot.path == path)


def _point(view: Chart, place: QPoint) -> None:
    """A movement of the mouse that goes to the chart, whatever windows lie where the cursor is."""
    spot, none = QPointF(place), Qt.MouseButton.NoButton
    everywhere = QPointF(view.mapToGlobal(place))
    QApplication.sendEvent(
        view, QMouseEvent(QEvent.Type.MouseMove, spot, everywhere, none, none, Qt.KeyboardModifier.NoModifier)
    )


@pytest.mark.parametrize("name", ["roofline", "film", "map"])
def test_a_click_selects_the_node_and_pointing_tells_of_it(
    name: str, qtbot: QtBot, session: Session, look: Look
) -> None:
    view = look(name)
    spot = _find(view, ("stage1", "conv"))
    _point(view, _middle(spot))
    assert view.accessibleDescription() == spot.words
    view.grab()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=_middle(spot))
    assert session.selection == {("stage1", "conv")}
    view.set_theme(LIGHT)
    view.grab()


@pytest.mark.parametrize("name", ["roofline", "film", "map"])
def test_the_arrow_keys_go_through_a_chart(name: str, qtbot: QtBot, session: Session, look: Look) -> None:
    view = look(name)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    first = view.hot
    assert first is not None
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert session.selection == ({first.path} if first.path else set())
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.hot == view.spots[-1]


def test_a_dot_says_what_bounds_its_block(look: Look) -> None:
    view = look("roofline")
    assert {spot.path for spot in view.spots} == {("stem",), ("stage1", "conv"), ("head",)}
    assert "bound neither by memory traffic nor by arithmetic" in _find(view, ("stem",)).words


def test_the_film_shows_each_frame_and_who_holds_the_peak(qtbot: QtBot, look: Look) -> None:
    view = look("film")
    words = [spot.words for spot in view.spots]
    assert words[0] == "Stem, forward: 3 kB\n2 kB activations\n1 kB weights"
    assert words[4:] == [
        "Conv block · activations: 8 kB",
        "Stem · gradients: 4 kB",
        "no node · weights: 1 kB",
    ]
    assert view.film is view.profiled.result.training_film
    qtbot.keyClick(view, Qt.Key.Key_T)
    assert view.film is view.profiled.result.inference_film


def test_the_map_follows_the_measure_and_stages_can_be_entered(
    qtbot: QtBot, shown: ProfilePanel, look: Look
) -> None:
    view = look("map")
    stem, conv = _find(view, ("stem",)).area, _find(view, ("stage1", "conv")).area
    assert conv.width() * conv.height() > 2 * stem.width() * stem.height()
    assert _find(view, ("stem",)).words == "Stem: 2 ms, 20 %"
    shown.heat.setCurrentIndex(shown.heat.findData("params"))
    shown.heat.activated.emit(0)
    view.grab()
    assert _find(view, ("stem",)).words.startswith("Stem: 100, ")
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=_middle(_find(view, ("stage1", "conv"))))
    view.grab()
    assert {spot.path for spot in view.spots} == {("stage1", "conv")}
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(30, 8))
    view.grab()
    assert {spot.path[0] for spot in view.spots} == {"stem", "stage1", "head"}
