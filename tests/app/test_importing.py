"""File > Import program…: the command's progress, its report, the new tab, and where the weights go from there."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app import taskdialog
from app.exporting.startingweights import WeightsChoice
from app.importing import ImportDialog
from app.panels.trainform import TrainForm
from app.recipes.beginning import BeginWith
from app.runs import RunDesk
from app.session import Session
from app.theme import DARK
from app.window import MainWindow
from hybridgraph.graph import edits, files
from hybridgraph.graph.companions import weights_of, weights_path
from hybridgraph.graph.model import digest
from hybridgraph.jobs import TrainJob
from hybridgraph.runs import Run
from tests.app.conftest import CATALOGUE, small_graph
from tests.app.test_window import answers, window  # noqa: F401  (fixtures)

REPORT = {
    "origin": "net.onnx", "source": "ONNX", "path": "", "weights": "",
    "blocks": {"conv_norm_act": {"count": 3, "operations": 30, "params": 4000}},
    "operations": {"part": 30, "whole": 40}, "params": {"part": 4000, "whole": 5000},
    "macs": {"part": 1, "whole": 2},
    "opaque": [{"node": "operations", "operations": 10, "params": 1000, "macs": 1, "why": "it is odd."}],
    "batches": [1, 3], "largest": 1e-6, "relative": 2e-7, "tolerance": 2e-5, "against": "ONNX Runtime",
}  # fmt: skip
FAKE = """
import json, pathlib, sys
arguments = sys.argv[1:]
if "broken" in arguments[1]:
    sys.exit(arguments[1] + " is no program.")
print(" 40 % 4 of 10 parts looked at", file=sys.stderr, flush=True)
if "slow" in arguments[1]:
    sys.stdin.read()
path = pathlib.Path(arguments[arguments.index("-o") + 1])
path.write_text(pathlib.Path(__file__).with_name("design.json").read_text())
print(json.dumps({**json.loads(pathlib.Path(__file__).with_name("report.json").read_text()), "path": str(path)}))
"""


@pytest.fixture
def dialog(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImportDialog:  # noqa: F811
    """The dialog as the menu opens it, with a script in place of the command."""
    script = tmp_path / "fake.py"
    script.write_text(FAKE)
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    (tmp_path / "design.json").write_text(files.dumps(small_graph()))
    monkeypatch.setattr(taskdialog, "COMMAND", (sys.executable, str(script)))
    window.actions_set["import"].trigger()
    return window.findChildren(ImportDialog)[-1]


def _type(qtbot: QtBot, dialog: ImportDialog, program: Path) -> None:
    dialog.program.line.clear()
    qtbot.keyClicks(dialog.program.line, str(program))
    qtbot.keyClick(dialog.program.line, Qt.Key.Key_Return)


def test_a_program_becomes_a_tab_and_the_dialog_says_how_much_was_recognised(
    qtbot: QtBot, dialog: ImportDialog, window: MainWindow, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    before = len(window.documents.tabs)
    _type(qtbot, dialog, tmp_path / "net.onnx")
    qtbot.waitUntil(dialog.table.isVisible, timeout=20_000)
    assert window.session.file == tmp_path / "net.hybrid.json"
    assert len(window.documents.tabs) == before + 1
    rows = [dialog.table.topLevelItem(row) for row in range(dialog.table.topLevelItemCount())]
    assert [[row.text(column) for column in range(3)] for row in rows if row] == [
        ["operations", "10", "1\u202f000"],
        ["conv_norm_act × 3", "30", "4\u202f000"],
    ]
    assert "75 % of the operations, 80 % of the parameters" in dialog.word.text()
    _type(qtbot, dialog, tmp_path / "net.onnx")  # once more: the design's name is taken now
    assert dialog.target.path == tmp_path / "net-2.hybrid.json"


def test_what_cannot_be_imported_is_said_in_one_sentence(
    qtbot: QtBot, dialog: ImportDialog, window: MainWindow, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.word.text() == "Choose the program to import."
    _type(qtbot, dialog, tmp_path / "broken.onnx")
    qtbot.waitUntil(dialog.start.isEnabled, timeout=20_000)
    assert dialog.word.text() == f"{tmp_path / 'broken.onnx'} is no program."
    assert window.session.file is None


def test_progress_is_shown_and_closing_cancels(
    qtbot: QtBot, dialog: ImportDialog, window: MainWindow, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    _type(qtbot, dialog, tmp_path / "slow.onnx")
    qtbot.waitUntil(lambda: dialog.busy.value() == 40, timeout=20_000)
    assert dialog.word.text() == "40 % 4 of 10 parts looked at"
    assert dialog.close_button.text() == "Cancel"
    qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    assert not (tmp_path / "slow.hybrid.json").exists()
    assert window.session.file is None


def put_weights(design: Path, of: str) -> Path:
    """A file of weights beside a design, with no tensors in it."""
    told = json.dumps({"design": of})
    header = json.dumps({"__metadata__": {"hybridgraph": told}}).encode()
    path = weights_path(design)
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path


def test_weights_beside_a_design_are_offered_as_long_as_they_are_its_own(
    qtbot: QtBot, qapp: object, tmp_path: Path
) -> None:
    design = tmp_path / "net.hybrid.json"
    files.save(small_graph(), design)
    session = Session(CATALOGUE)
    form = TrainForm(session, DARK)
    qtbot.addWidget(form)
    form.show()
    session.open(design)
    assert form.weights() is None
    beside = put_weights(design, digest(files.load(design)))
    session.document_changed.emit()
    assert "net.safetensors" in form.begin.currentText()
    assert form.weights() == beside
    choice = WeightsChoice(session, [])
    assert choice.arguments == ["--weights", str(beside)]
    qtbot.keyClick(form.begin, Qt.Key.Key_Up)
    assert form.weights() is None
    session.apply("Edit", lambda graph: edits.set_param(graph, ("stem",), "channels", 32, CATALOGUE))
    assert form.begin.findData(beside) < 0
    assert WeightsChoice(session, []).arguments == []


@pytest.mark.parametrize("content", [b"", b"\xff" * 20, struct.pack("<Q", 2) + b"{}"])
def test_files_that_name_no_design_offer_nothing(content: bytes, tmp_path: Path) -> None:
    design = tmp_path / "net.hybrid.json"
    weights_path(design).write_bytes(content)
    assert weights_of(design, "") is None


class _Provider:
    def request_source(
        self, graph: object, answer: object, refusal: object, *, standalone: bool = False
    ) -> None:
        answer({"source": ""})  # type: ignore[operator]

    def request(self, method: str, answer: object, refusal: object, **content: object) -> None:
        """Weights that are called bad do not fit; of others the head begins anew."""
        assert method == "start"
        assert (content["data"], content["seed"]) == ("sample", 0)
        if "bad" in str(content["weights"]):
            refusal("They do not fit.")  # type: ignore[operator]
        else:
            Path(str(content["into"])).write_bytes(b"fitted")
            answer({"fresh": ["head.weight"]})  # type: ignore[operator]


def test_weights_are_fitted_by_the_engine_to_design_and_data_or_refused_with_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.runs.start_process", lambda run, kind: 1)
    desk = RunDesk(_Provider(), tmp_path / "runs")
    told: list[str] = []
    desk.told.connect(told.append)
    begun: list[Run] = []
    refused: list[str] = []
    for name in ("good", "bad"):
        desk.begin(
            small_graph(),
            TrainJob(),
            begun=lambda run, pid: begun.append(run),
            refused=refused.append,
            weights=tmp_path / f"{name}.safetensors",
        )
    assert [(run.checkpoints / "start.safetensors").read_bytes() for run in begun] == [b"fitted"]
    assert told == ["The head begins anew for the classes of the design."]
    assert refused == ["They do not fit."]
    assert [run.path for run in desk.runs("train")] == [begun[0].path]


def test_what_a_training_begins_with_is_chosen(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = BeginWith()
    qtbot.addWidget(begin)
    beside, other = tmp_path / "net.safetensors", tmp_path / "other.safetensors"
    begin.offer(beside)
    assert begin.weights == beside
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(other), ""))
    begin.setCurrentIndex(begin.findText("A file of weights…"))
    begin.activated.emit(begin.currentIndex())
    assert begin.weights == other
    begin.offer(None)
    assert begin.weights == other
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    begin.setCurrentIndex(begin.findText("A run…"))
    begin.activated.emit(begin.currentIndex())
    assert begin.weights == other  # the dialog was left
    begin.take(None)
    begin.offer(beside)
    assert begin.weights == beside  # another design's offer is a new one
    begin.take(None)
    begin.offer(beside)
    assert begin.weights is None
