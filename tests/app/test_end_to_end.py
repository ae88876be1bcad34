"""The whole path in the real window: drop blocks, wire them, change a parameter, train two steps, see the curve."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, QSettings, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.composition import compose
from app.newdesign import blank
from app.session import BLOCK_MIME
from app.theme import DARK
from app.window import MainWindow
from hybridgraph.graph.model import Edge

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    themes.apply(qapp, DARK)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    compose(made, tmp_path / "runs")
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.resize(1400, 900)
    made.show()
    yield made
    made.engine.stop()
    qapp.setStyleSheet("")


def drop(window: MainWindow, block: str, x: float, y: float) -> None:
    canvas = window.canvas
    data = QMimeData()
    data.setData(BLOCK_MIME, block.encode())
    spot = canvas.mapFromScene(QPointF(x, y))
    for kind in (QDragEnterEvent, QDragMoveEvent, QDropEvent):
        place = QPointF(spot) if kind is QDropEvent else spot
        event = kind(place, Qt.DropAction.CopyAction, data, LEFT, NONE)
        QApplication.sendEvent(canvas.viewport(), event)


def mouse(window: MainWindow, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton) -> None:
    """A mouse event at a place of the scene; qtbot's own carry no pressed buttons while they move."""
    viewport = window.canvas.viewport()
    spot = QPointF(window.canvas.mapFromScene(QPointF(x, y)))
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else LEFT
    event = QMouseEvent(kind, spot, viewport.mapToGlobal(spot), button, held, NONE)
    QApplication.sendEvent(viewport, event)


def port(window: MainWindow, name: str, port_name: str, *, output: bool) -> tuple[float, float]:
    box = window.canvas.design.level.boxes[name]
    spot = box.spot(port_name, output=output)
    assert spot is not None
    return box.rect.x + spot.x, box.rect.y + spot.y


def wire(window: MainWindow, source: str, target: str) -> None:
    start = port(window, source, "y", output=True)
    end = port(window, target, "x", output=False)
    mouse(window, QEvent.Type.MouseButtonPress, *start, LEFT)
    for part in (0.3, 0.7, 1.0):
        x, y = (a + (b - a) * part for a, b in zip(start, end, strict=True))
        mouse(window, QEvent.Type.MouseMove, x, y, Qt.MouseButton.NoButton)
    mouse(window, QEvent.Type.MouseButtonRelease, *end, LEFT)


@pytest.mark.slow
def test_draw_train_and_see_the_curve(qtbot: QtBot, window: MainWindow, pictures: Path) -> None:
    session = window.session
    session.new(blank(16, 1, 10))
    window.canvas.zoom_to(1.0)
    window.canvas.centerOn(300, 0)

    drop(window, "conv_stem", 330, 0)
    assert set(session.graph.nodes) == {"image", "conv_stem", "classifier"}
    wire(window, "image", "conv_stem")
    wire(window, "conv_stem", "classifier")
    assert set(session.graph.edges) == {
        Edge("image", "y", "conv_stem", "x"),
        Edge("conv_stem", "y", "classifier", "x"),
    }

    for name, parameter, text in (("conv_stem", "channels", "4*2"), ("classifier", "classes", "2")):
        session.select([(name,)])
        edit = window.inspector.rows[(name,), parameter].field
        edit.setFocus()
        edit.selectAll()
        qtbot.keyClicks(edit, text)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert session.graph.nodes["conv_stem"].params["channels"] == 8
    qtbot.waitUntil(lambda: session.is_analysis_current, timeout=60_000)
    assert session.analysis is not None
    assert session.analysis.findings == ()
    assert window.line.verdict.label.text() == "All shapes valid"

    training = window.training
    training.form.data.setCurrentIndex(training.form.data.findData("folder"))
    training.form.path.setText(str(pictures))
    training.form.numbers["epochs"].set_value(1)
    training.form.numbers["batch"].set_value(4)
    training.form.device.setCurrentText("cpu")
    qtbot.mouseClick(window.topbar.train, LEFT)
    ended = ("finished", "failed", "interrupted", "stopped")
    qtbot.waitUntil(lambda: training.follower.state in ended, timeout=200_000)
    assert training.follower.state == "finished", training.follower.reason

    assert training.follower.record.last.step >= 1
    loss, record = training.plots.cards["loss"], training.follower.record
    assert len(record.curves["loss"]) == record.last.step + 1
    picture = loss.grab().toImage()
    drawn = {
        QColor(picture.pixel(x, y)).name() for x in range(picture.width()) for y in range(picture.height())
    }
    assert QColor(window.theme.convolution).name() in drawn
    assert training.bar.value() == training.bar.maximum()
    assert training.word.text().startswith("Top-1 ")
    assert (training.follower.run.path / "model.py").exists()

    first = window.engine.pid
    os.kill(first, signal.SIGKILL)  # nothing is lost, and it comes back
    session.undo_stack.undo()
    session.undo_stack.redo()
    with qtbot.waitSignal(window.engine.hello_received, timeout=60_000):
        pass
    assert window.engine.pid not in (0, first)

    shown: list[str] = []
    window.engine.request_source(session.graph, lambda content: shown.append(content["source"]))
    qtbot.waitUntil(lambda: bool(shown), timeout=20_000)
    assert (training.follower.run.path / "model.py").read_text(encoding="utf-8") == shown[0]
