"""Two real trainings in the real window: started, stopped, gone on with, compared in the table, and one deleted."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

import hybridgraph
from app import theme as themes
from app.composition import compose
from app.theme import DARK
from app.window import MainWindow
from hybridgraph import patterns
from hybridgraph.engine import Engine
from hybridgraph.events import EpochFinished, RunStarted, Step
from hybridgraph.graph.model import Graph, digest
from hybridgraph.runs import Run, list_runs

LEFT, NONE, CTRL = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
)
_PATIENCE = 100_000  # ms, for a machine with other work
_ENDLESS = 10_000  # epochs: such a training ends when it is stopped, however quick the machine


class _Writer:
    """Writes the source as the engine's process does, in this one."""

    def request_source(self, graph: Graph, answer: Callable[[Any], None], *_: object, **__: object) -> None:
        answer({"digest": digest(graph), "source": hybridgraph.source(graph, standalone=False), "lines": {}})


@pytest.fixture
def tiny_pictures(tmp_path: Path) -> Path:
    """Two classes of six pictures of 8×8."""
    draw = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 128)):
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        for number in range(6):
            noise = draw.integers(low, low + 128, (8, 8), dtype=np.uint8)
            Image.fromarray(noise).save(folder / f"{number}.png")
    return tmp_path / "pictures"


@pytest.fixture
def window(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, tiny_pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    themes.apply(qapp, DARK)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    root = tmp_path / "runs"
    compose(made, root, state=tmp_path / "state", with_engine=False)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.desk.provider = _Writer()  # type: ignore[assignment]
    made.resize(1680, 1000)
    made.documents.start(patterns.build("S2·4 C1·4", image_size=8, channels_in=1, classes=2))
    made.show()
    made.session.accept_analysis(Engine().analyze(made.session.graph))
    made.session.notified.connect(_say)
    form = made.training.form
    form.data.setCurrentIndex(form.data.findData("folder"))
    form.path.setText(str(tiny_pictures))
    form.numbers["batch"].set_value(4)
    form.device.setCurrentText("cpu")
    form.precision.setCurrentText("fp32")
    yield made
    for run in list_runs(root):
        if run.pid:  # a test that failed leaves no training behind
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.pid, signal.SIGKILL)
    made.engine.stop()
    made.runs.keeper.close()
    qapp.setStyleSheet("")


def _say(severity: str, sentence: str) -> None:
    assert severity != "error", sentence


def _wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=_PATIENCE)


def _type(window: MainWindow, name: str, value: int) -> None:
    field = window.training.form.numbers[name]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, str(value))
    QTest.keyClick(field, Qt.Key.Key_Return)


def _train(qtbot: QtBot, window: MainWindow, **numbers: int) -> Run:
    """Ask for a training and press Train; answers its run as soon as it has taken two steps more than none."""
    for name, value in numbers.items():
        _type(window, name, value)
    before = window.training.follower.run
    QTest.mouseClick(window.topbar.train, LEFT)
    follower = window.training.follower
    _wait(qtbot, lambda: follower.run not in (None, before) and len(follower.record.curves["loss"]) > 1)
    assert follower.run is not None
    return follower.run


def _stop(qtbot: QtBot, window: MainWindow) -> int:
    """Press Stop; answers the number of the last step."""
    training = window.training
    QTest.mouseClick(training.stop_button, LEFT)
    assert training.stop_button.text() == "Stopping…"  # at once, whenever the process hears it
    _wait(qtbot, lambda: training.follower.state == "stopped")
    assert training.word.text() == "Stopped; it can be resumed."
    assert training.follower.record.last is not None
    return training.follower.record.last.step


def _epochs(run: Run) -> list[EpochFinished]:
    return [event for event in run.events() if isinstance(event, EpochFinished)]


def _row_clicked(window: MainWindow, name: str, keys: Qt.KeyboardModifier) -> None:
    table = window.runs.table.table
    row = window.runs.table.model.row_of(name)
    assert row is not None
    at: QPoint = table.visualRect(window.runs.table.model.index(row, 0)).center()
    QTest.mouseClick(table.viewport(), LEFT, keys, at)


def _answer(verb: str, asked: list[str]) -> None:
    """Press a button of the question that will be asked."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        (button,) = [one for one in box.findChildren(QPushButton) if one.text() == verb]
        QTest.mouseClick(button, LEFT)

    QTimer.singleShot(0, press)


@pytest.mark.slow
def test_two_real_runs_are_started_stopped_gone_on_with_and_compared(
    qtbot: QtBot, window: MainWindow
) -> None:
    training, follower = window.training, window.training.follower

    first = _train(qtbot, window, epochs=_ENDLESS, seed=1)
    _wait(qtbot, lambda: follower.record.epochs)
    assert follower.state == "running"
    stopped = _stop(qtbot, window)
    assert (first.checkpoints / "last.safetensors").is_file()
    assert first.pid is None

    QTest.mouseClick(training.resume_button, LEFT)
    _wait(qtbot, lambda: follower.record.last.step > stopped + 1)
    again = _stop(qtbot, window)
    assert again > stopped
    log = first.events()
    assert [event.step for event in log if isinstance(event, RunStarted)] == [0, stopped + 1]
    assert [event.step for event in log if isinstance(event, Step)] == list(range(again + 1))
    loss = follower.record.curves["loss"]
    assert list(loss.steps) == list(range(1, again + 2))
    assert list(loss.values) == [event.loss for event in log if isinstance(event, Step)]

    second = _train(qtbot, window, epochs=2, seed=2)
    _wait(qtbot, lambda: follower.state == "finished")
    assert training.word.text().endswith("after 2 epochs.")

    window.actions_set["panels_runs"].trigger()
    panel = window.runs.table
    _wait(qtbot, lambda: panel.model.count == 2)
    _row_clicked(window, first.name, NONE)
    _row_clicked(window, second.name, CTRL)
    # the younger one stands above
    _wait(qtbot, lambda: panel.sides.designs.toPlainText().endswith("The same design."))
    assert [run.name for run in panel.table.runs] == [second.name, first.name]
    assert [run.status for run in panel.table.runs] == ["finished", "stopped"]
    curves = [curve.series for curve in panel.sides.cards["loss"].plot.curves]
    assert [len(curve) for curve in curves] == [2, len(_epochs(first))]
    assert list(curves[1].values) == [event.val_loss for event in _epochs(first)]
    rows = {panel.sides.settings.item(row, 0).text(): [panel.sides.settings.item(row, at).text() for at in (1, 2)]
            for row in range(panel.sides.settings.rowCount())}  # fmt: skip
    assert rows["Job  seed"] == ["2", "1"]
    assert rows["Job  epochs"] == ["2", str(_ENDLESS)]

    _row_clicked(window, first.name, NONE)
    asked: list[str] = []
    _answer("Delete", asked)
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    _wait(qtbot, lambda: panel.model.count == 1)
    assert first.name in asked[0]
    assert not first.path.exists()
    assert [path.name for path in first.path.parent.iterdir() if not path.name.startswith(".index")] == [
        second.name
    ]
