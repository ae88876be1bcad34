"""The queue in the window: put in, moved, taken out, paused, and a finished run opened."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from app.language import tr
from app.panels.training import TrainingPanel
from app.queue.desk import QueueDesk
from app.queue.launching import LaunchDialog
from app.queue.panel import QueuePanel
from app.queue.table import clock
from app.runs import RunDesk
from app.session import Session
from app.theme import DARK, LIGHT
from hybridgraph.graph.files import dumps
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import TrainJob
from hybridgraph.runs import Run, create_run
from hybridgraph.runs.lock import hold


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr("hybridgraph.queue.starting.start_detached", lambda *given: calls.append(given) or 7)
    return calls


@pytest.fixture
def panel(session: Session, tmp_path: Path, started: object, qtbot: object) -> QueuePanel:
    panel = QueuePanel(session, QueueDesk(tmp_path), DARK)
    qtbot.addWidget(panel)
    panel.resize(1000, 300)
    panel.show()
    return panel


def _run(root: Path, name: str) -> Run:
    return create_run(root / name, graph_text=dumps(Graph()), source="", job=TrainJob())


def _rows(panel: QueuePanel) -> list[str]:
    return [_row(panel, number).text(0) for number in range(panel.table.topLevelItemCount())]


def _row(panel: QueuePanel, number: int) -> QTreeWidgetItem:
    row = panel.table.topLevelItem(number)
    assert row is not None
    return row


def test_runs_are_put_in_moved_by_keys_and_taken_out(
    panel: QueuePanel, tmp_path: Path, started: list, notices: list
) -> None:
    counts: list[int] = []
    panel.waiting_changed.connect(counts.append)
    for name in "abc":
        panel.add(_run(tmp_path, name))
    assert len(started) == 3
    assert started[0][:2] == ("hybridgraph.queue", tmp_path)
    assert (_rows(panel), counts[-1]) == (["a", "b", "c"], 3)
    assert notices[-1] == ("info", tr("In the queue: {name}; {count} wait.", name="c", count=3))
    panel.table.setCurrentItem(_row(panel, 2))
    QTest.keyClick(panel.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(panel.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert _rows(panel) == ["c", "a", "b"]
    assert panel.table.currentItem().text(0) == "c"  # the row goes along
    QTest.keyClick(panel.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert _rows(panel) == ["a", "c", "b"]
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert _rows(panel) == ["a", "b"]
    assert (tmp_path / "c").is_dir()  # the run stays
    panel.add(Run(tmp_path / "a"))
    assert notices[-1][0] == "error"
    assert "is in the queue already" in notices[-1][1]


def test_a_row_is_dropped_where_the_hand_lets_it_go(panel: QueuePanel, tmp_path: Path) -> None:
    for name in "abc":
        panel.add(_run(tmp_path, name))

    def drop(number: int, onto: QPoint) -> None:
        panel.table.setCurrentItem(_row(panel, number))
        actions, mime = Qt.DropAction.MoveAction, QMimeData()
        event = QDropEvent(
            onto.toPointF(), actions, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        panel.table.dropEvent(event)

    drop(2, panel.table.visualItemRect(_row(panel, 0)).center())
    assert _rows(panel) == ["c", "a", "b"]
    drop(0, QPoint(40, panel.table.viewport().height() - 4))  # below them all
    assert _rows(panel) == ["a", "b", "c"]


def test_pause_and_going_on(panel: QueuePanel, tmp_path: Path, started: list) -> None:
    panel.add(_run(tmp_path, "a"))
    with hold(tmp_path / ".queue"):  # the process of the queue is this one
        panel.desk.look()
        assert panel.go_button.text() == tr("Pause")
        panel.go_button.click()
        assert panel.desk.queue.is_paused
        assert panel.go_button.text() == tr("Go on")
        assert tr("Paused: no other run begins.") in panel.word.text()
    panel.go_button.click()
    assert not panel.desk.queue.is_paused
    assert len(started) == 2


def test_what_is_over_is_told_opened_and_cleared(panel: QueuePanel, tmp_path: Path) -> None:
    entry = panel.desk.queue.add(_run(tmp_path, "a"))
    over = replace(entry, started_at=1e9, ended_at=1e9 + 60, outcome="failed", message="No pictures.")
    panel.desk.queue.save(over)
    panel.desk.look()
    row = _row(panel, 0)
    assert (row.text(1), row.text(5)) == (tr("failed"), "No pictures.")
    opened: list[Run] = []
    panel.run_requested.connect(opened.append)
    panel.table.itemActivated.emit(row, 0)
    assert [run.name for run in opened] == ["a"]
    panel.clear_button.click()
    assert _rows(panel) == []
    assert panel.empty.isVisible()


def test_a_run_at_work_is_stopped_with_its_queue(panel: QueuePanel, tmp_path: Path) -> None:
    run = _run(tmp_path, "a")
    entry = panel.desk.queue.add(run)
    panel.desk.queue.save(replace(entry, started_at=time.time()))
    with hold(run.path):
        panel.desk.look()
        panel.table.setCurrentItem(_row(panel, 0))
        assert not panel.remove_button.isEnabled()
        panel.stop_button.click()
        assert (run.path / "stop").exists()
    assert panel.desk.queue.is_paused
    panel.desk.look()
    panel.set_theme(LIGHT)
    assert _row(panel, 0).text(1) == tr("goes on first")


def test_the_training_panel_makes_a_run_and_does_not_start_it(
    session: Session, tmp_path: Path, qtbot: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Source:
        def request_source(self, graph, answer, refusal, *, standalone=False) -> None:
            answer({"source": "# a model"})

    panel = TrainingPanel(session, RunDesk(Source(), tmp_path), DARK)
    qtbot.addWidget(panel)
    monkeypatch.setattr("app.runs.start_process", lambda *_: pytest.fail("started"))
    monkeypatch.setattr(panel.form, "job", TrainJob)
    made: list[Run] = []
    panel.queue_requested.connect(made.append)
    panel.queue_button.click()
    assert [run.status for run in made] == ["new"]
    assert panel.follower.run is None  # what is shown stays


def test_a_launch_script_is_written_and_without_one_nothing_stays(tmp_path: Path, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = LaunchDialog(_run(tmp_path, "unwanted"), parent)
    dialog.show()
    dialog.close()
    assert not (tmp_path / "unwanted").exists()
    dialog = LaunchDialog(_run(tmp_path, "wanted"), parent)
    dialog.show()
    assert dialog.target.line.text().endswith("wanted.sbatch")
    dialog.scheduler.setCurrentIndex(1)
    assert dialog.target.line.text().endswith("wanted.sh")
    dialog.target.line.setText(str(tmp_path / "go.sh"))
    dialog.gpus.setValue(2)
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.start.isEnabled, timeout=60_000)
    assert dialog.word.text() == tr("Wrote {path}, for {count} processes.", path=tmp_path / "go.sh", count=2)
    assert "--nproc-per-node=2" in (tmp_path / "go.sh").read_text()
    dialog.close()
    assert (tmp_path / "wanted").is_dir()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set")
def test_times_name_the_day_where_it_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    monkeypatch.setitem(os.environ, "TZ", "UTC")
    time.tzset()
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert clock(now.timestamp() + 60, is_known=True, now=now) == "12:01"
    assert clock(now.timestamp() + 86400, is_known=False, now=now) == "≈ 02 Mar 12:00"
    assert clock(None, is_known=True) == "–"
    monkeypatch.undo()
    time.tzset()
