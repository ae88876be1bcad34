"""Following runs: the log as it grows, stop, resume, runs that were killed, and the panels that show them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.canvas.view import CanvasView
from app.commandline import command_line
from app.exporting.dialog import ExportDialog
from app.panels.training import TrainingPanel
from app.record import Record
from app.runs import RunDesk, RunFollower
from app.session import Session
from app.theme import DARK, LIGHT
from hybridgraph.analysis import Analysis, Cost, Finding, NodeReport
from hybridgraph.events import (
    EpochFinished,
    Event,
    EventLog,
    Failed,
    Finished,
    LoadSampled,
    RunStarted,
    Step,
    Stopped,
    encode,
)
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import digest
from hybridgraph.jobs import DataKind, PreflightJob, ProfileJob, TrainJob
from hybridgraph.recipes import DEFAULT, card
from hybridgraph.runs import Run, create_run
from hybridgraph.runs.lock import hold
from hybridgraph.shapes import ImageMap, Vector


@pytest.fixture(autouse=True)
def styled(qapp: QApplication) -> Iterator[None]:
    themes.apply(qapp, DARK)
    yield
    qapp.setStyleSheet("")


def step(number: int, loss: float = 1.0) -> Step:
    return Step(epoch=number // 10, step=number, loss=loss, lr=1e-3, images_per_second=100.0)


def epoch(number: int) -> EpochFinished:
    return EpochFinished(
        epoch=number, train_loss=1, train_top1=0.5, val_loss=1.2, val_top1=0.4, seconds=1,
        images_per_second=100, eta_seconds=1,
    )  # fmt: skip


STARTED = RunStarted(
    kind="train", device="cpu", precision="fp32", params=10, epochs=2, steps_per_epoch=10, pid=1
)
FINISHED = Finished(top1=0.4, loss=1.2, epochs=2, images_per_second=100)


@pytest.fixture
def run(tmp_path: Path, session: Session) -> Run:
    return create_run(
        tmp_path / "runs" / "one", graph_text=files.dumps(session.graph), source="", job=TrainJob(batch=50)
    )


def log(run: Run, *events: Event) -> None:
    with EventLog(run.events_path) as writer:
        for event in events:
            writer.append(event)


# ------------------------------------------------------------------------------------------------- records


def test_a_resumed_run_takes_its_last_steps_again() -> None:
    record = Record()
    record.feed([STARTED, *(step(n) for n in range(15)), epoch(0), Stopped(epoch=1, step=12)])
    assert record.fraction == 0.75
    again = RunStarted(
        kind="train", device="cpu", precision="fp32", params=10, epochs=2, steps_per_epoch=10, pid=2,
        epoch=1, step=12,
    )  # fmt: skip
    record.feed([again, step(12, 0.5)])
    loss = record.curves["loss"]
    assert list(loss.steps) == list(range(1, 14))
    assert loss.values[-1] == 0.5
    assert list(record.curves["gap"].steps) == [10]
    assert len(record.epochs) == 1
    assert record.end is None
    assert record.seconds_left(batch=50) == pytest.approx(3.5)


def test_the_gradient_is_a_curve_where_the_log_has_it() -> None:
    record = Record()
    record.feed([STARTED, step(0), replace(step(1), gradient_norm=3.0), replace(step(2), gradient_norm=0.0)])
    assert list(record.curves["gradient"].steps) == [2, 3]
    assert list(record.curves["gradient"].values) == [3.0, 0.0]


def test_pauses_between_processes_are_no_training() -> None:
    def began(at: float, done: int) -> RunStarted:
        return RunStarted(
            kind="train", device="cpu", precision="fp32", params=10, epochs=2, steps_per_epoch=10, pid=1,
            step=done, started_at=at,
        )  # fmt: skip

    def done(number: int, at: float) -> Step:
        return Step(epoch=0, step=number, loss=1.0, lr=1e-3, images_per_second=1.0, at=at)

    load = LoadSampled(step=2, at=1002.0, processor=0.5, memory_bytes=7, memory_total_bytes=9)
    record = Record()
    record.feed([began(1000.0, 0), done(0, 1001.0), done(1, 1002.0), load, done(2, 1004.0)])
    record.feed([began(9000.0, 2), done(2, 9001.0)])
    assert list(record.curves["loss"].times) == [1.0, 2.0, 3.0]
    assert list(record.curves["cpu"].values) == [50.0]
    assert len(record.curves["gpu"]) == 0
    old = Record()
    old.feed([STARTED, step(0), step(1)])
    assert old.seconds == 0


def test_a_long_log_is_read_in_parts(qtbot: QtBot, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    log(run, STARTED, *(step(n) for n in range(300)), FINISHED)
    monkeypatch.setattr("app.runs.CHUNK_BYTES", 1000)
    follower = RunFollower()
    follower.follow(run)
    assert follower.state == "none"
    qtbot.waitUntil(lambda: follower.state == "finished", timeout=5000)
    assert follower.record.last == step(299)


def test_the_command_says_what_differs_from_the_defaults() -> None:
    job = TrainJob(data="folder:/my pictures", epochs=9, recipe=card(DEFAULT).recipe)
    assert (
        command_line(job, "a.hybrid.json", Path("runs/x"))
        == "hybridgraph train a.hybrid.json --data 'folder:/my pictures' --epochs 9 --run runs/x"
    )
    assert command_line(ProfileJob(batch=1), "moat-0") == "hybridgraph profile moat-0 --batch 1"
    changed = replace(card("swin").recipe, mixup=0.2, drops=(0.5, 0.75))
    assert command_line(TrainJob(recipe=changed), "moat-0") == (
        "hybridgraph train moat-0 --data sample --recipe swin --set drops=0.5,0.75 --set mixup=0.2"
    )
    assert command_line(PreflightJob(training=TrainJob(recipe=card("plain").recipe)), "moat-0") == (
        "hybridgraph preflight moat-0 --data sample --recipe plain"
    )


# ------------------------------------------------------------------------------------------------- followers


def test_a_finished_run_is_read_whole(qtbot: QtBot, run: Run) -> None:
    log(run, STARTED, *(step(n) for n in range(20)), epoch(0), epoch(1), FINISHED)
    follower = RunFollower()
    follower.follow(run)
    qtbot.waitUntil(lambda: follower.state == "finished", timeout=3000)
    assert follower.record.fraction == 1.0


def test_a_line_that_is_only_half_written_is_read_when_it_is_whole(qtbot: QtBot, run: Run) -> None:
    follower = RunFollower()
    with hold(run.path):
        log(run, STARTED, step(0))
        follower.follow(run)
        line = encode(step(1)).encode() + b"\n"
        for part in (line[:20], line[20:-1]):
            with run.events_path.open("ab") as file:
                file.write(part)
            follower.look()
            assert list(follower.record.curves["loss"].steps) == [1]
        with run.events_path.open("ab") as file:
            file.write(line[-1:])
        follower.look()
        assert list(follower.record.curves["loss"].steps) == [1, 2]
        again = RunFollower()  # the window was closed and opened again
        again.follow(run)
        assert again.record.curves["loss"].values == follower.record.curves["loss"].values


def test_a_run_at_work_is_followed_and_stop_answers_at_once(qtbot: QtBot, run: Run) -> None:
    follower = RunFollower()
    with hold(run.path):
        log(run, STARTED, step(0))
        follower.follow(run)
        assert follower.state == "running"
        log(run, step(1))
        qtbot.waitUntil(lambda: follower.record.last == step(1), timeout=3000)
        follower.stop()
        assert follower.state == "stopping"
        assert (run.path / "stop").exists()
        log(run, Stopped(step=2))
    qtbot.waitUntil(lambda: follower.state == "stopped", timeout=3000)


def test_a_stop_asked_for_while_the_process_starts_is_heard(qtbot: QtBot, run: Run) -> None:
    log(run, STARTED, step(0), Stopped(step=1))
    follower = RunFollower()
    follower.follow(run)
    qtbot.waitUntil(lambda: follower.state == "stopped", timeout=3000)
    follower.went_on(os.getpid())
    follower.stop()
    assert follower.state == "stopping"
    assert not (run.path / "stop").exists()
    with hold(run.path):
        qtbot.waitUntil((run.path / "stop").exists, timeout=3000)
        log(run, Stopped(step=1))
    qtbot.waitUntil(lambda: follower.state == "stopped", timeout=3000)


def test_a_killed_run_is_called_interrupted_with_its_last_words(qtbot: QtBot, run: Run) -> None:
    log(run, STARTED, step(0))
    (run.path / "log.txt").write_text("hello\nKilled by somebody\n")
    follower = RunFollower()
    follower.follow(run)
    qtbot.waitUntil(lambda: follower.state == "interrupted", timeout=3000)
    assert follower.reason == "Killed by somebody"


def test_a_process_that_dies_before_it_begins_is_noticed(qtbot: QtBot, run: Run) -> None:
    (run.path / "log.txt").write_text("No module named torch\n")
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    follower = RunFollower()
    follower.follow(run, starting=child.pid)
    assert follower.state == "starting"
    qtbot.waitUntil(lambda: follower.state == "interrupted", timeout=3000)
    assert follower.reason == "No module named torch"


def test_a_run_that_failed_says_why(qtbot: QtBot, run: Run) -> None:
    log(run, STARTED, Failed(message="Out of memory.", hint="Use a smaller batch."))
    follower = RunFollower()
    follower.follow(run)
    qtbot.waitUntil(lambda: follower.state == "failed", timeout=3000)
    assert follower.reason == "Out of memory. Use a smaller batch."


# ------------------------------------------------------------------------------------------------- panels


class Writer:
    """Gives an empty source, or a refusal."""

    refusal = ""

    def request_source(self, graph: Any, answer: Any, refusal: Any, *, standalone: bool = False) -> None:
        if self.refusal:
            refusal(self.refusal)
        else:
            answer({"digest": digest(graph), "source": "", "lines": {}})


@pytest.fixture
def desk(tmp_path: Path) -> RunDesk:
    return RunDesk(Writer(), tmp_path / "runs")


def analysed(session: Session, **more: Any) -> Analysis:
    reports = {path: NodeReport(path=path) for path, _ in session.graph.walk()}
    facts: dict[str, Any] = {"output": Vector(10), "total": Cost(params=1), **more}
    return Analysis(digest=session.digest, nodes=reports, **facts)


@pytest.fixture
def panel(qtbot: QtBot, session: Session, desk: RunDesk) -> TrainingPanel:
    widget = TrainingPanel(session, desk, DARK)
    qtbot.addWidget(widget)
    widget.resize(1000, 300)
    widget.show()
    return widget


def test_a_run_is_shown_with_curves_progress_and_command(
    qtbot: QtBot, panel: TrainingPanel, desk: RunDesk, run: Run
) -> None:
    with hold(run.path):
        log(run, STARTED, *(step(n, 2 - n / 10) for n in range(10)), epoch(0))
        panel.open_running()
        assert panel.follower.state == "running"
        cards = panel.plots.cards
        assert cards["loss"].values() == {"train": "train 1.10", "val": "val 1.20"}
        assert cards["top1"].values()["train"] == "train 50.0 %"
        assert cards["gap"].values() == {"gap": "0.200"}
        assert panel.bar.value() == 500
        assert panel._progress() == "epoch 1 / 2  ·  100 img/s  ·  5 s left"
        qtbot.mouseClick(panel.stop_button, Qt.MouseButton.LeftButton)
        assert panel.stop_button.text() == "Stopping…"
        assert not panel.start_button.isEnabled()
        log(run, Stopped(step=10))
    qtbot.waitUntil(panel.resume_button.isEnabled, timeout=3000)
    assert panel.command.text().startswith("hybridgraph train ")
    assert str(run.path) in panel.command.text()
    panel.set_theme(LIGHT)


def test_the_runs_of_before_are_offered(panel: TrainingPanel, desk: RunDesk, run: Run) -> None:
    (desk.root / "torn").mkdir()
    (desk.root / "torn" / "job.json").write_text("{")
    panel._fill_runs()
    assert [action.text() for action in panel.runs_menu.actions()] == ["one   new"]


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        ({"output": ImageMap(3, 7, 7)}, "The design ends in 3×7×7"),
        ({"output": None}, "ends in nothing"),
        (
            {"findings": (Finding(severity="error", code="x", message="It does not fit."),)},
            "It does not fit.",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_with_the_reason(
    session: Session, panel: TrainingPanel, notices: list[tuple[str, str]], facts: Any, part: str
) -> None:
    session.accept_analysis(analysed(session, **facts))
    panel.train()
    assert notices[0][0] == "error"
    assert part in notices[0][1]
    assert panel.start_button.isEnabled()


def test_pictures_that_are_not_square_no_folder_and_no_engine_are_refused(
    session: Session, panel: TrainingPanel, desk: RunDesk, notices: list[tuple[str, str]]
) -> None:
    panel.train()
    session.accept_analysis(analysed(session))
    panel.form.data.setCurrentIndex(panel.form.data.findData("folder"))
    panel.train()
    panel.form.data.setCurrentIndex(0)
    session.apply("Set", lambda g: edits.set_param(g, ("image",), "height", 30, session.catalogue))
    session.accept_analysis(analysed(session))
    panel.train()
    session.undo_stack.undo()
    session.accept_analysis(analysed(session))
    desk.provider.refusal = "The engine is not running yet."
    panel.train()
    parts = ("still being worked out", "not chosen yet", "28 × 30 px", "not running yet")
    assert all(part in text for part, (_, text) in zip(parts, notices, strict=True))


def test_the_form_offers_every_kind_of_pictures(session: Session, panel: TrainingPanel) -> None:
    session.accept_analysis(analysed(session))
    kinds = [panel.form.data.itemData(place) for place in range(panel.form.data.count())]
    assert set(kinds) == set(get_args(DataKind))
    for place, kind in enumerate(kinds):
        panel.form.data.setCurrentIndex(place)
        panel.form.path.setText("/somewhere/pictures")
        assert panel.form.job().data == ("sample" if kind == "sample" else f"{kind}:/somewhere/pictures")


def test_the_job_takes_size_channels_and_classes_from_the_design(
    session: Session, panel: TrainingPanel
) -> None:
    session.accept_analysis(analysed(session))
    panel.form.numbers["epochs"].set_value(7)
    panel.form.show_devices({"devices": [{"id": "cuda:0", "title": "GPU"}, {"id": "cpu", "title": "CPU"}]})
    panel.form.device.setCurrentText("cuda")
    job = panel.form.job()
    assert (job.image_size, job.channels_in, job.classes) == (28, 1, 10)
    assert (job.epochs, job.device, job.data) == (7, "cuda", "sample")


def test_the_export_dialog_takes_the_trained_weights_of_this_design_unasked(
    qtbot: QtBot, session: Session, run: Run, tmp_path: Path
) -> None:
    canvas = CanvasView(session, DARK)
    qtbot.addWidget(canvas)
    desk = RunDesk(session, tmp_path / "runs")

    def chosen() -> Run | None:
        dialog = ExportDialog(session, canvas, desk, canvas)
        qtbot.addWidget(dialog)
        return dialog.weights.currentData()

    assert chosen() is None  # it has no checkpoint yet
    (run.checkpoints / "best.safetensors").touch()
    found = chosen()
    assert found is not None
    assert found.path == run.path
    session.apply("Edit", lambda graph: edits.set_param(graph, ("stem",), "channels", 32, session.catalogue))
    assert chosen() is None  # those weights belong to another design now
