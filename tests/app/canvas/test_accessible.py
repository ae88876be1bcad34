"""What a screen reader is told about the canvas: each card, stage, port and comment frame, where it is and how it does."""

import gc
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import delete, isValid

from app import theme
from app.canvas.view import CanvasView
from app.session import Session
from hybridgraph.analysis import Finding
from hybridgraph.graph import edits
from tests.app.conftest import CATALOGUE, small_graph

NAME, ROLE = QAccessible.Text.Name, QAccessible.Role


def canvas_of(view):
    return QAccessible.queryAccessibleInterface(view)


def children(one):
    return [one.child(index) for index in range(one.childCount())]


def find(one, name):
    """The first below a thing whose name begins so."""
    for child in children(one):
        if child is None:
            continue
        if child.text(NAME).startswith(name):
            return child
        if (found := find(child, name)) is not None:
            return found
    return None


def test_cards_stages_and_ports_are_children_of_the_canvas(view, session, analysed) -> None:
    session.accept_analysis(analysed(session.graph))
    canvas = canvas_of(view)
    assert (canvas.role(), canvas.text(NAME)) == (ROLE.Canvas, "Canvas")
    outer = children(canvas)[:4]
    assert [one.role() for one in outer] == [ROLE.ListItem, ROLE.ListItem, ROLE.Grouping, ROLE.ListItem]
    assert outer[2].text(NAME) == "Stage 1, Conv block × 2, 2 repeats, output 96×7×7"
    inner = children(outer[2])
    assert inner[0].text(NAME).startswith("Stage 1, Conv block, ")
    assert inner[0].text(NAME).endswith("output 96×7×7")
    assert [one.text(NAME) for one in inner[1:]] == ["Input x from Conv block", "Output y to Classifier"]
    assert {one.role() for one in inner[1:]} == {ROLE.StaticText}
    for parent in (canvas, outer[2]):
        for index, child in enumerate(children(parent)[:3]):
            assert child.parent() == parent
            assert parent.indexOfChild(child) == index


def test_places_are_those_of_the_screen(view) -> None:
    card = find(canvas_of(view), "Conv block")
    x, y = view.design.rect_of(("stem",)).center
    spot = view.viewport().mapToGlobal(view.mapFromScene(QPointF(x, y)))
    assert (card.rect().center() - spot).manhattanLength() <= 2
    assert canvas_of(view).childAt(spot.x(), spot.y()) == card
    view.pan(60, 0)
    assert (card.rect().center() - spot).x() in (59, 60, 61)
    assert not card.state().offscreen
    view.pan(-9000, 0)
    assert card.state().offscreen


def test_states_follow_selection_errors_and_folding(view, session, analysed) -> None:
    stage, stem = find(canvas_of(view), "Stage 1"), find(canvas_of(view), "Conv block")
    session.select([("stem",)])
    assert (stem.state().selected, stage.state().selected) == (True, False)
    finding = Finding(severity="error", code="odd", path=("stem",), port="x", message="It does not fit.")
    session.accept_analysis(analysed(session.graph, finding))
    assert stem.state().invalid
    assert "It does not fit." in stem.text(QAccessible.Text.Description)
    assert stem.child(0).state().invalid
    assert stage.state().expanded
    session.select([("stage1",)])
    view.editor.toggle_collapsed()
    stage = find(canvas_of(view), "Stage 1")
    assert stage.state().collapsed
    assert stage.role() == ROLE.Grouping


def test_what_is_gone_is_ended_and_comes_back_anew(view, session) -> None:
    canvas = canvas_of(view)
    stem = find(canvas, "Conv block")
    port = stem.child(0)
    session.apply("delete", lambda g: edits.remove(g, ["stem"]))
    assert not isValid(stem) or not stem.isValid()
    assert not isValid(port) or not port.isValid()
    session.undo_stack.undo()
    again = find(canvas, "Conv block")
    assert again.isValid()
    assert again.text(NAME).startswith("Conv block")


def test_a_comment_frame_is_told_as_a_note(view, session, hand) -> None:
    session.select([("stem",)])
    hand.key(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    note = find(canvas_of(view), "Comment frame")
    assert note.role() == ROLE.Note
    assert note.state().selected
    assert note.rect().isValid()


def test_the_widgets_over_the_canvas_stay_its_children(view) -> None:
    names = {one.text(NAME) for one in children(canvas_of(view)) if one is not None}
    assert "Minimap" in names


@pytest.fixture
def only_this_tests_garbage() -> Iterator[None]:
    """What other tests left is collected first, and what they keep is not looked at again with each collection."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("only_this_tests_garbage")
def test_many_canvases_come_and_go(qapp) -> None:
    """Python, Qt and its cache let go of these in every order; a mistake ends the process."""
    theme.load_fonts()
    none = sys.getrefcount(None)
    kept = []
    for turn in range(30):
        view = CanvasView(Session(CATALOGUE, small_graph()), theme.DARK)
        view.session.setParent(view)
        canvas = canvas_of(view)
        found = [find(canvas, name) for name in ("Stage 1", "Conv block", "Input x", "Classifier")]
        ids = [QAccessible.uniqueId(one) for one in found]
        assert len(set(ids)) == 4
        if turn % 3 == 0:
            kept.append(found)  # somebody still has them when the canvas is gone
        view.session.apply("delete", lambda g: edits.remove(g, ["stem"]))
        if turn % 2:
            del canvas, found
            gc.collect()
        delete(view)
        gc.collect()
        QApplication.processEvents()
    for found in kept:
        assert not any(isValid(one) and one.isValid() for one in found)
    widget = QWidget()
    for _ in range(300):
        QAccessible.queryAccessibleInterface(widget)
    assert sys.getrefcount(None) > none - 300


def test_whoever_listens_is_told_which_card_keys_act_on(view, session, hand, monkeypatch) -> None:
    told = []
    monkeypatch.setattr(QAccessible, "isActive", staticmethod(lambda: True))
    monkeypatch.setattr(
        QAccessible,
        "updateAccessibility",
        staticmethod(lambda event: told.append((event.type(), event.accessibleInterface().text(NAME)))),
    )
    hand.key(Qt.Key.Key_BracketRight)
    hand.key(Qt.Key.Key_BracketRight)
    focused = [name for kind, name in told if kind == QAccessible.Event.Focus]
    assert [name.partition(",")[0] for name in focused] == ["Image", "Conv block"]
    assert canvas_of(view).focusChild().text(NAME).startswith("Conv block")
