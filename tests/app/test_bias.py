"""The lever between local and global: by mouse and by key, in step with the pattern field, in single steps."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.composition import compose
from app.theme import DARK
from app.window import MainWindow
from hybridgraph import presets
from hybridgraph.analysis import Analysis
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Node, digest

K = Qt.Key
LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    themes.apply(qapp, DARK)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    compose(made, tmp_path / "runs", state=tmp_path / "state", with_engine=False)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.resize(1400, 900)
    made.show()
    made.activateWindow()
    made.documents.start(presets.build("layout-c-c-t-t"))
    qtbot.waitUntil(lambda: made.inspector.bias.letters.text() == "C-C-T-T")
    yield made
    made.engine.stop()
    qapp.setStyleSheet("")


def test_a_key_moves_it_by_a_stage_and_the_pattern_follows(qtbot: QtBot, window: MainWindow) -> None:
    bias, steps = window.inspector.bias, window.session.undo_stack
    assert bias.word.text() == "2 of 4 stages attend"
    bias.slider.setFocus()
    QTest.keyClick(bias.slider, K.Key_Right)
    QTest.keyClick(bias.slider, K.Key_Right)
    assert bias.letters.text() == "T-T-T-T"
    QTest.keyClick(bias.slider, K.Key_Home)
    assert bias.letters.text() == "C-C-C-C"
    assert "0 of 4" in bias.slider.accessibleDescription()
    assert bias.slider.hasFocus()
    qtbot.waitUntil(lambda: window.pattern.letters.text() == "C-C-C-C")
    assert steps.count() == 3
    assert steps.undoText() == "Inductive bias"
    for _ in range(3):
        steps.undo()
    qtbot.waitUntil(lambda: bias.slider.value() == 2 and window.pattern.line.text() == "C-C-T-T")


def test_dragging_tells_the_cost_and_letting_go_is_one_step(qtbot: QtBot, window: MainWindow) -> None:
    bias, session = window.inspector.bias, window.session
    asked: list[Graph] = []
    session.probe_requested.connect(lambda graph, _answer: asked.append(graph))
    session.accept_analysis(Analysis(digest=session.digest, nodes={}))
    qtbot.waitUntil(lambda: not bias.isHidden())
    window.inspector.ensureWidgetVisible(bias)
    QApplication.processEvents()
    slider, before = bias.slider, session.graph
    middle, step = QPoint(slider.width() // 2, slider.height() // 2), QPoint(slider.width() // 4, 0)
    QTest.mousePress(slider, LEFT, NO_KEY, middle)
    QTest.mouseMove(slider, middle - step / 2)
    QTest.mouseMove(slider, middle - step)
    assert bias.letters.text() == "C-C-C-T"
    assert session.graph is before
    assert digest(asked[-1]) != session.digest
    QTest.mouseRelease(slider, LEFT, NO_KEY, middle - step)
    assert digest(session.graph) == digest(asked[-1])
    assert session.undo_stack.count() == 1
    assert bias.word.text() == "1 of 4 stages attend"


def test_it_follows_the_pattern_field_and_hides_where_there_is_no_layout(
    qtbot: QtBot, window: MainWindow
) -> None:
    bias, session = window.inspector.bias, window.session
    window.pattern.make("Pattern", "C-T")
    qtbot.waitUntil(lambda: bias.letters.text() == "C-T" and bias.slider.maximum() == 2)
    session.select([("stage1",)])
    qtbot.waitUntil(lambda: not bias.isHidden())
    session.select([("stage1", next(iter(session.graph.at(("stage1",)).nodes)))])
    assert bias.isHidden()
    session.select([])
    session.apply("add", lambda graph: edits.add_node(graph, Node(id="loose", block="mbconv")))
    qtbot.waitUntil(bias.isHidden)
