"""A model without a mouse: blocks, wires, parameters and a training by keys, from a blank design on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.composition import compose
from app.newdesign import NewDialog
from app.theme import DARK
from app.window import MainWindow
from hybridgraph.graph.model import Edge
from tests.app.test_accessibility import name_of

K = Qt.Key
CTRL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)

Kind = type[QDialog]


class Typist:
    """Somebody with a keyboard and a screen reader: keys go to what has the focus, and names are read aloud."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    @property
    def here(self) -> QWidget:
        return QApplication.focusWidget() or self._window

    def press(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        for _ in range(times):
            QTest.keyClick(self.here, key, keys)
            QApplication.processEvents()

    def type(self, text: str) -> None:
        for letter in text:
            QTest.keyClick(self.here, letter)

    def tab_to(self, name: str, key: Qt.Key = K.Key_Tab) -> None:
        """Press Tab until what is read aloud begins with a name."""
        heard = []
        for _ in range(60):
            if name_of(self.here).startswith(name):
                return
            heard.append(name_of(self.here))
            self.press(key)
        raise AssertionError(f"Tab never comes to {name}, only to {heard}")

    def walk_to(self, spoken: str, key: Qt.Key) -> None:
        """Press a key on the canvas until the selection that is read aloud begins with some words."""
        for _ in range(10):
            if self._window.canvas.accessibleDescription().startswith(spoken):
                return
            self.press(key)
        raise AssertionError(f"{spoken} is not there but {self._window.canvas.accessibleDescription()}")

    def fill(self, name: str, text: str) -> None:
        self.tab_to(name)
        self.press(K.Key_A, CTRL)
        self.type(text)
        self.press(K.Key_Return)

    def answer(self, kind: Kind, work: Callable[[], None]) -> None:
        """Work on a dialog that is about to open and to hold everything else up, from within it."""

        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, kind):
                QTimer.singleShot(10, look)
                return
            try:
                work()
            finally:
                if dialog.isVisible():  # or a test that fails here would never end
                    dialog.reject()

        QTimer.singleShot(0, look)

    def describe_pictures(self) -> None:
        """A blank design for pictures of 28×28 in five classes."""
        self.tab_to("Designs to begin with")
        self.press(K.Key_Home)
        for name, text in (("Image size", "28"), ("Image channels", "1"), ("Classes", "5")):
            self.tab_to(name)
            self.press(K.Key_A, CTRL)
            self.type(text)
        self.press(K.Key_Tab)
        self.tab_to("Create")
        self.press(K.Key_Return)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    themes.apply(qapp, DARK)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    compose(made, tmp_path / "runs", state=tmp_path / "state")
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.resize(1400, 900)
    made.show()
    made.activateWindow()
    qapp.processEvents()
    yield made
    made.engine.stop()
    qapp.setStyleSheet("")


@pytest.mark.slow
def test_a_blank_design_becomes_a_trained_model_by_keys(
    qtbot: QtBot, window: MainWindow, pictures: Path
) -> None:
    hands, session = Typist(window), window.session
    hands.tab_to("New design")
    hands.answer(NewDialog, hands.describe_pictures)
    hands.press(K.Key_Space)  # comes back when the dialog has been answered
    image = session.graph.nodes["image"].params
    assert dict(image) == {"channels": 1, "height": 28, "width": 28}
    assert session.graph.nodes["classifier"].params["classes"] == 5
    window.activateWindow()  # as a desktop does when a dialog closes; the tests' platform has none
    QApplication.processEvents()
    assert window.canvas.hasFocus()
    assert set(session.graph.nodes) == {"image", "classifier"}

    hands.press(K.Key_Tab)  # on the canvas: add a block
    hands.type("conv stem")
    hands.press(K.Key_Return)
    assert "conv_stem" in session.graph.nodes
    assert window.canvas.hasFocus()
    for source, target in (("Image", "Convolutional stem"), ("Convolutional stem", "Classifier")):
        hands.walk_to(source, K.Key_Left)
        hands.press(K.Key_W)
        hands.walk_to(target, K.Key_Right)
        hands.press(K.Key_W)
    assert set(session.graph.edges) == {
        Edge("image", "y", "conv_stem", "x"),
        Edge("conv_stem", "y", "classifier", "x"),
    }

    for block, name, text in (("Convolutional stem", "Channels", "4*2"), ("Classifier", "Classes", "2")):
        hands.walk_to(block, K.Key_Left if block != "Classifier" else K.Key_Right)
        hands.press(K.Key_F6)
        hands.fill(name, text)
        hands.press(K.Key_F6, SHIFT)
        assert window.canvas.hasFocus()
    assert session.graph.nodes["conv_stem"].params["channels"] == 8
    assert session.graph.nodes["classifier"].params["classes"] == 2
    qtbot.waitUntil(lambda: session.is_analysis_current, timeout=60_000)

    hands.press(K.Key_F6, times=2)
    hands.tab_to("Data")
    while window.training.form.data.currentData() != "folder":
        hands.press(K.Key_Down)
    hands.fill("Path", str(pictures))
    hands.fill("Epochs", "1")
    hands.fill("Batch", "4")
    hands.press(K.Key_Return, CTRL)
    ended = ("finished", "failed", "interrupted", "stopped")
    qtbot.waitUntil(lambda: window.training.follower.state in ended, timeout=200_000)
    assert window.training.follower.state == "finished", window.training.follower.reason
    assert window.training.follower.record.last.step >= 2
