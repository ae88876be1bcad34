"""The pattern field: it follows the design, makes a design of what is typed, and marks mistakes in their place."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.canvas.view import CanvasView
from app.patternfield import PatternField
from app.session import Session
from app.theme import DARK
from hybridgraph import catalog, presets
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Group

K = Qt.Key
MOAT = "S2 C2·96 C3·192 M7·384 M2·768 drop=0.2"


@pytest.fixture
def canvas(qtbot: QtBot, qapp: QApplication) -> Iterator[CanvasView]:
    themes.apply(qapp, DARK)
    made = CanvasView(Session(catalog.load(), presets.build("moat-0")), DARK)
    qtbot.addWidget(made)
    made.resize(1000, 600)
    yield made
    qapp.setStyleSheet("")


@pytest.fixture
def field(qtbot: QtBot, canvas: CanvasView) -> PatternField:
    made = PatternField(canvas.session, DARK, canvas)
    canvas.show()
    qtbot.waitUntil(lambda: made.line.text() == MOAT)
    return made


def write(field: PatternField, text: str) -> None:
    field.edit()
    QTest.keyClicks(field.line, text)


def test_it_says_what_the_design_is_and_follows_an_edit(
    qtbot: QtBot, field: PatternField, canvas: CanvasView
) -> None:
    assert field.letters.text() == "C-C-M-M"
    canvas.session.apply("Set repeat", lambda graph: edits.set_repeat(graph, ("stage3",), 5))
    qtbot.waitUntil(lambda: field.line.text() == MOAT.replace("M7", "M5"))


def test_what_is_typed_becomes_the_design_as_one_step(field: PatternField, canvas: CanvasView) -> None:
    session, before = canvas.session, canvas.session.graph
    write(field, "C-C-T-T")
    assert field.letters.text() == "C-C-T-T"
    QTest.keyClick(field.line, K.Key_Return)
    stages = [item for item in session.graph.nodes.values() if isinstance(item, Group)]
    assert ["coatnet_transformer" in stage.body.nodes for stage in stages] == [False, False, True, True]
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert session.graph == before


def test_a_mistake_is_marked_at_its_character_and_changes_nothing(
    field: PatternField, canvas: CanvasView
) -> None:
    before = canvas.session.graph
    write(field, "C-C-Q-T")
    assert field.line.mistake == (4, 1)
    assert "Q" in field.word.text()
    assert field.word.isVisible()
    QTest.keyClick(field.line, K.Key_Return)
    assert canvas.session.graph is before
    QTest.keyClick(field.line, K.Key_Escape)
    assert (field.line.text(), field.line.mistake, field.word.isVisible()) == (MOAT, None, False)


def test_nothing_is_written_over_what_somebody_types(
    qtbot: QtBot, field: PatternField, canvas: CanvasView
) -> None:
    write(field, "C-C")
    canvas.session.apply("Set repeat", lambda graph: edits.set_repeat(graph, ("stage3",), 5))
    qtbot.wait(300)
    assert field.line.text() == "C-C"


def test_a_design_that_is_no_lane_says_why(qtbot: QtBot, field: PatternField, canvas: CanvasView) -> None:
    canvas.session.apply("Delete", lambda graph: edits.remove(graph, ["stage2"]))
    qtbot.waitUntil(lambda: not field.line.text())
    assert field.line.placeholderText().startswith("No pattern: ")
    canvas.session.apply("Delete", lambda graph: Graph())
    qtbot.waitUntil(field.isHidden)


def test_cards_that_stay_glide_to_their_places(qtbot: QtBot, field: PatternField, canvas: CanvasView) -> None:
    scene = canvas.design
    write(field, "C-T")
    QTest.keyClick(field.line, K.Key_Return)
    assert canvas.glide.is_running
    qtbot.waitUntil(lambda: not canvas.glide.is_running)
    for item in scene.boxes.values():
        assert item.box is not None
        assert (item.x(), item.y(), item.opacity()) == (item.box.rect.x, item.box.rect.y, 1.0)
    assert all(wire.opacity() == 1.0 for wire in scene.wires.values())
