"""Sweeps: what the form asks for, the grid with its cliff, progress, and the trace that is taken home."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.profiling.panel import ProfilePanel
from app.profiling.profiled import is_rest
from app.profiling.trace import copy
from app.session import Session
from hybridgraph.errors import RunError
from hybridgraph.events import CellMeasured, EventLog, RunStarted, Stopped, SweepFinished
from hybridgraph.graph import files
from hybridgraph.jobs import ProfileJob, SweepJob
from hybridgraph.profiler.cells import Cell, SweepResult
from hybridgraph.profiler.files import save
from hybridgraph.runs import Run, create_run
from tests.app.profiling.conftest import made


def _cell(batch: int, speed: float = 0.0, status: str = "measured", **more: object) -> Cell:
    return Cell(
        batch=batch, image_size=28, precision="fp32", compiled=False, status=status,
        images_per_second=speed, **more,
    )  # fmt: skip


CELLS = (
    _cell(1, 70.0, peak_memory_bytes=4_000_000),
    _cell(8, 152.0),
    _cell(32, status="out of memory", message="An allocation was refused."),
    _cell(20, is_probe=True),
    _cell(21, status="out of memory", is_probe=True),
)


@pytest.fixture
def run(session: Session, tmp_path: Path) -> Run:
    return create_run(
        tmp_path / "runs" / "s",
        graph_text=files.dumps(session.graph),
        source="",
        job=SweepJob(batches=(1, 8, 32)),
    )


def _log(run: Run, cells: tuple[Cell, ...], *, is_finished: bool) -> None:
    save(run.path, SweepResult(device="cpu", passes="inference", memory_limit_bytes=None, cells=cells))
    with EventLog(run.events_path) as log:
        log.append(RunStarted(kind="sweep", device="cpu", precision="fp32", params=1, pid=1))
        for one in cells:
            log.append(
                CellMeasured(
                    batch=one.batch, image_size=28, precision="fp32", compiled=False, status=one.status
                )
            )
        if is_finished:
            log.append(SweepFinished(cells=len(cells)))


def test_a_sweep_is_a_grid_that_says_where_memory_ends(qtbot: QtBot, panel: ProfilePanel, run: Run) -> None:
    _log(run, CELLS, is_finished=True)
    panel.open_run(run)
    qtbot.waitUntil(lambda: panel.follower.state == "finished", timeout=3000)
    assert panel.chosen == "sweep"
    assert panel.start_button.text() == "Sweep"
    assert panel.word.text() == "Measured 3 of 3 settings, tried 2 more for where memory ends"
    panel.view.grab()
    words = [spot.words for spot in panel.view.spots]
    assert words[0] == "28 px  ·  fp32  ·  batch 1: 70 img/s, 4 MB peak memory"
    assert words[2] == "28 px  ·  fp32  ·  batch 32: out of memory. An allocation was refused."
    (cliff,) = panel.view.sweep.cliffs
    assert (cliff.largest_batch, cliff.smallest_failing) == (20, 21)


def test_the_grid_grows_while_the_sweep_is_at_work(
    qtbot: QtBot, panel: ProfilePanel, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _log(run, CELLS[:1], is_finished=False)
    monkeypatch.setattr(Run, "pid", property(lambda _run: 1))
    asked: list[Run] = []
    monkeypatch.setattr(Run, "request_stop", lambda run: asked.append(run) or None)
    panel.open_run(run)
    qtbot.waitUntil(lambda: panel.follower.state == "running", timeout=3000)
    panel.view.grab()
    assert panel.word.text() == "Measured 1 of 3 settings"
    assert len(panel.view.spots) == 1
    panel.stop_button.click()
    assert asked == [run]
    assert panel.word.text() == "Stopping…"


def test_a_stopped_sweep_goes_on_where_it_stopped(
    qtbot: QtBot, session: Session, panel: ProfilePanel, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _log(run, CELLS[:1], is_finished=False)
    with EventLog(run.events_path) as log:
        log.append(Stopped(epoch=0, step=0))
    started: list[tuple[Run, str]] = []
    monkeypatch.setattr("app.runs.start_process", lambda *given: started.append(given) or 1)
    panel.open_run(run)
    qtbot.waitUntil(lambda: panel.follower.state == "stopped", timeout=3000)
    assert panel.word.text() == "Stopped. Sweep goes on where it stopped."
    panel.start_button.click()
    assert started == [(run, "sweep")]
    assert is_rest(run, SweepJob(batches=(1, 8, 32)), session.digest)
    assert not is_rest(run, SweepJob(batches=(1, 8)), session.digest)
    assert not is_rest(run, SweepJob(batches=(1, 8, 32)), "another")
    assert not is_rest(None, SweepJob(), session.digest)


def test_the_form_asks_for_what_its_fields_say(panel: ProfilePanel) -> None:
    form = panel.sweep_form
    assert form.job() == SweepJob()
    form.batches.setText("1, 4 16")
    form.sizes.setText("28;56")
    form.precisions.setText("fp32,bf16")
    form.compiles.setCurrentIndex(2)
    form.limit.setText("300")
    form.compile_limit.setText("90")
    assert form.job() == SweepJob(
        batches=(1, 4, 16), image_sizes=(28, 56), precisions=("fp32", "bf16"), compiles=("off", "on"),
        memory_limit=300, compile_limit=90,
    )  # fmt: skip
    form.show_job(form.job())
    assert form.job().compile_limit == 90
    form.batches.setText("one")
    with pytest.raises(RunError, match="Batches: one is no whole number"):
        form.job()
    panel.form.trace.setChecked(True)
    panel.form.passes.setCurrentIndex(1)
    assert panel.form.job() == ProfileJob(trace=True, passes="inference")


def test_a_run_of_before_gives_its_settings_to_the_form(
    qtbot: QtBot, panel: ProfilePanel, run: Run, keep
) -> None:
    _log(run, CELLS, is_finished=True)
    keep(made(), "older")
    panel.runs_menu.aboutToShow.emit()
    actions = {action.text(): action for action in panel.runs_menu.actions()}
    assert set(actions) == {"older", "s"}
    panel.sweep_form.batches.setText("")
    panel.form.batch.set_value(3)
    actions["s"].trigger()
    assert panel.sweep_form.job() == SweepJob(batches=(1, 8, 32))
    qtbot.waitUntil(lambda: panel.follower.state == "finished", timeout=3000)
    actions["older"].trigger()
    assert panel.chosen == "table"
    assert panel.form.job() == ProfileJob()
    qtbot.waitUntil(lambda: panel.profiled.result is not None, timeout=3000)


def test_what_the_form_cannot_ask_for_is_told(panel: ProfilePanel, notices: list[tuple[str, str]]) -> None:
    panel.show_view("sweep")
    panel.sweep_form.batches.setText("x")
    panel.start()
    assert notices[-1][0] == "error"
    assert panel.start_button.isEnabled()


def test_a_trace_goes_to_the_file_that_was_chosen(
    session: Session, shown: ProfilePanel, tmp_path: Path, notices: list[tuple[str, str]]
) -> None:
    assert not shown.form.export_trace.isEnabled()
    trace = shown.profiled.run.path / "trace.json"
    trace.write_text("{}")
    shown.profiled.loaded.emit()
    assert shown.form.export_trace.isEnabled()
    copy(trace, tmp_path / "mine.json", session)
    assert (tmp_path / "mine.json").read_text() == "{}"
    copy(trace, tmp_path / "nowhere" / "mine.json", session)
    assert [severity for severity, _ in notices[-2:]] == ["info", "error"]
    assert "cannot be written" in notices[-1][1]
