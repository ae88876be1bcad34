"""Run > Report, Bundle and Reproduce: the fields become a command, and what it prints is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import taskdialog
from app import theme as themes
from app.reporting.bundles import BundleDialog, ReproduceDialog
from app.reporting.report import ReportDialog
from app.session import Session
from app.taskdialog import TaskDialog
from app.theme import DARK
from hybridgraph.events import EventLog, RunStarted
from hybridgraph.graph import edits, files
from hybridgraph.jobs import ProfileJob, TrainJob
from hybridgraph.runs import Run, create_run, list_runs
from tests.app.conftest import CATALOGUE, small_graph

FAKE = """
import json, sys
arguments = sys.argv[1:]
if "broken" in " ".join(arguments):
    sys.exit("The disk is full.")
if "garbled" in " ".join(arguments):
    sys.exit(print("12 %"))
print("half way", file=sys.stderr)
if arguments[0] == "reproduce":
    print(json.dumps({"bundle": "x.zip", "sha256": "0" * 64, "run": "r", "is_equal": True, "steps": 92, "epochs": 2,
        "first_step": None, "largest_loss": 0.0, "top1_before": 0.7, "top1_now": 0.7, "val_loss_before": 1.0,
        "val_loss_now": 1.0, "weights_equal": True, "differences": [{"name": "Python", "before": "3.11", "now": "3.12"}]}))
else:
    path = arguments[arguments.index("-o") + 1]
    print(json.dumps({"path": path, "bytes": 1500, "files": 7, "arguments": arguments}))
"""


class Desk:
    """Runs that were made by hand."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def runs(self, kind: str) -> list[Run]:
        return [run for run in list_runs(self.root) if run.job.kind == kind]

    def add(self, name: str, job: TrainJob | ProfileJob, graph: object) -> Run:
        run = create_run(self.root / name, graph_text=files.dumps(graph), source="", job=job)  # type: ignore[arg-type]
        with EventLog(run.events_path) as log:
            log.append(RunStarted(kind=job.kind, device="cpu", precision="fp32", params=1, pid=1))
        return run


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "runs")
    desk.add("mine", TrainJob(), small_graph())
    desk.add("timed", ProfileJob(), small_graph())
    desk.add("other", TrainJob(), edits.set_repeat(small_graph(), ("stage1",), 9))
    return desk


@pytest.fixture
def session(qapp: QApplication) -> Session:
    themes.apply(qapp, DARK)
    return Session(CATALOGUE, small_graph())


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture(autouse=True)
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[QUrl]:
    """The command is a script, and what would be opened is only noted."""
    script = tmp_path / "fake.py"
    script.write_text(FAKE)
    monkeypatch.setattr(taskdialog, "COMMAND", (sys.executable, str(script)))
    asked: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url) or True)
    return asked


def _go(qtbot: QtBot, dialog: TaskDialog) -> str:
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.start.isEnabled, timeout=20_000)
    return dialog.word.text()


def test_a_report_is_written_and_opened_with_its_command_shown(
    qtbot: QtBot, session: Session, desk: Desk, parent: QWidget, tmp_path: Path, opened: list[QUrl]
) -> None:
    dialog = ReportDialog(session, desk, parent)  # type: ignore[arg-type]
    dialog.show()
    titles = [dialog.about.itemText(index) for index in range(dialog.about.count())]
    assert titles == [
        "This design, not trained",
        "This design and its training mine",
        "Design and training of other",
    ]
    assert dialog.about.currentIndex() == 1
    assert [dialog.latency.itemText(index) for index in range(dialog.latency.count())] == ["None", "timed"]
    assert dialog.focusWidget() is dialog.about
    dialog.latency.setCurrentIndex(1)
    dialog.target.line.setText(str(tmp_path / "a b.html"))
    dialog.card.line.setText(str(tmp_path / "card.toml"))
    assert _go(qtbot, dialog).startswith(f"Wrote {tmp_path / 'a b.html'}, 1.5 kB.")
    assert opened == [QUrl.fromLocalFile(str(tmp_path / "a b.html"))]
    runs = desk.root
    assert dialog.command.text() == (
        f"hybridgraph report {runs / 'mine'} -o '{tmp_path / 'a b.html'}' --profile {runs / 'timed'} "
        f"--card {tmp_path / 'card.toml'}"
    )
    dialog.form.setCurrentIndex(dialog.form.findData(".tex"))
    assert dialog.target.line.text() == str(tmp_path / "a b.tex")
    dialog.opens.setChecked(False)
    dialog.about.setCurrentIndex(0)
    _go(qtbot, dialog)
    assert len(opened) == 1
    assert dialog.command.text().startswith("hybridgraph report small.hybrid.json")


def test_what_goes_wrong_is_told(
    qtbot: QtBot, session: Session, desk: Desk, parent: QWidget, tmp_path: Path
) -> None:
    dialog = ReportDialog(session, desk, parent)  # type: ignore[arg-type]
    dialog.show()
    dialog.target.line.setText("")
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.word.text() == "The report needs a name."
    dialog.target.line.setText(str(tmp_path / "broken.html"))
    assert _go(qtbot, dialog) == "The disk is full."
    assert dialog.word.property("role") == "error"
    dialog.target.line.setText(str(tmp_path / "garbled.html"))
    assert _go(qtbot, dialog).startswith("The command says nothing that can be read: Extra data")
    assert dialog.word.property("role") == "error"


def test_a_new_card_is_written_to_be_filled_in(
    qtbot: QtBot, session: Session, desk: Desk, parent: QWidget, tmp_path: Path, opened: list[QUrl]
) -> None:
    dialog = ReportDialog(session, desk, parent)  # type: ignore[arg-type]
    dialog.show()
    dialog.target.line.setText(str(tmp_path / "a.html"))
    for _ in range(2):  # the second time it is there already, and stays as it is
        qtbot.mouseClick(dialog.new_card, Qt.MouseButton.LeftButton)
    assert dialog.card.path == tmp_path / "small-card.toml"
    assert "intended_use" in (tmp_path / "small-card.toml").read_text()
    assert len(opened) == 2


def test_a_training_is_packed(
    qtbot: QtBot, session: Session, desk: Desk, parent: QWidget, tmp_path: Path
) -> None:
    dialog = BundleDialog(session, desk, parent)  # type: ignore[arg-type]
    dialog.show()
    dialog.target.line.setText(str(tmp_path / "x.zip"))
    dialog.with_data.setChecked(True)
    assert _go(qtbot, dialog) == f"Wrote {tmp_path / 'x.zip'}: 7 files, 1.5 kB."
    assert dialog.command.text().endswith("x.zip --with-data")
    empty = BundleDialog(session, Desk(tmp_path / "none"), parent)  # type: ignore[arg-type]
    assert not empty.start.isEnabled()
    assert "Train the design first" in empty.word.text()


def test_a_bundle_is_run_again(qtbot: QtBot, desk: Desk, parent: QWidget, tmp_path: Path) -> None:
    dialog = ReproduceDialog(desk, parent)  # type: ignore[arg-type]
    dialog.show()
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.word.text() == "Choose the bundle to run again."
    dialog.bundle.line.setText(str(tmp_path / "x.zip"))
    dialog.data.setText("idx:/pictures")
    assert _go(qtbot, dialog) == (
        "Reproduced: the curves of 92 steps and 2 epochs are equal to the last bit, and so are the weights. "
        "What differs: Python (3.11, now 3.12)."
    )
    assert "--data idx:/pictures" in dialog.command.text()
    assert str(desk.root / "x-again-") in dialog.command.text()
