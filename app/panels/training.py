"""The training panel: what to train on, the curves while it runs, and the runs of before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.commandline import command_line
from app.language import mark, tr
from app.panels.trainface import TrainingFace
from app.preflight.desk import Preflight
from app.preflight.strip import PreflightStrip
from app.quantities import digits, duration, spaced
from app.record import Record
from app.runs import RunDesk, RunFollower
from app.session import Session
from app.theme import Theme
from hybridgraph.errors import HybridGraphError
from hybridgraph.events import Finished
from hybridgraph.jobs import TrainJob
from hybridgraph.runs import Run
from hybridgraph.runs.store import GRAPH_FILE

_WORDS = {
    "none": "",
    "starting": mark("Starting…"),
    "running": "",
    "stopping": mark("Stopping…"),
    "stopped": mark("Stopped; it can be resumed."),
    "failed": mark("Failed"),
    "finished": mark("Finished"),
    "interrupted": mark("Its process ended before the run did; it can be resumed."),
}


class TrainingPanel(TrainingFace):
    """Starts, follows, stops and resumes trainings."""

    progress_changed = Signal(str)
    queue_requested = Signal(object)  # a Run that was made and not started

    def __init__(self, session: Session, desk: RunDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self._session = session
        self._desk = desk
        self._job: TrainJob | None = None
        self._was_busy = False
        self._start: Path | None = None
        desk.told.connect(lambda sentence: session.notified.emit("info", sentence))
        self.follower = RunFollower(self)
        self.preflight = Preflight(session, desk, self.form.job, self)
        self.strip = PreflightStrip(session, self.preflight, theme)
        self.put_instead(self.strip)
        self.form.changed.connect(self.preflight.changed)
        self.preflight_button.clicked.connect(self.look_ahead)
        self.start_button.clicked.connect(self.train)
        self.queue_button.clicked.connect(self.enqueue)
        self.stop_button.clicked.connect(self.stop)
        self.resume_button.clicked.connect(self.resume)
        self.runs_menu.aboutToShow.connect(self._fill_runs)
        self.follower.advanced.connect(self._show_record)
        self.follower.state_changed.connect(self._show_state)
        self._show_state("none")

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Offer the devices the engine found."""
        self.form.show_devices(hello)

    # ------------------------------------------------------------------------------------------------- doing

    @property
    def is_busy(self) -> bool:
        """Whether a run of this panel is at work."""
        return self.follower.state in ("starting", "running", "stopping")

    def train(self) -> None:
        """Make a run of the current design and start it; a refusal is told."""
        if self.is_busy:
            self._session.notified.emit("info", tr("A training is running. Stop it before starting another."))
            return
        try:
            job = self.form.job()
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        self.preflight.stop()
        self.strip.step_aside()
        self.start_button.setEnabled(False)
        self.word.setText(tr("Writing the source…"))
        self._start = self.form.weights()
        self._desk.begin(
            self._session.graph, job, begun=self._begun, refused=self._refuse, weights=self._start
        )

    def enqueue(self) -> None:
        """Make a run of the current design for the queue; a refusal is told."""
        try:
            job = self.form.job()
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        self._desk.make(
            self._session.graph,
            job,
            made=self.queue_requested.emit,
            refused=self._refuse,
            weights=self.form.weights(),
        )

    def look_ahead(self) -> None:
        """Take the pre-flight of the training that the form asks for."""
        if self.is_busy:
            self._session.notified.emit(
                "info", tr("A training is running; it would slow the pre-flight down.")
            )
            return
        self.strip.begin()
        self.preflight.begin(self.form.weights())

    def stop(self) -> None:
        """Ask the run to stop; the button answers at once. So is a pre-flight."""
        self.follower.stop()
        self.preflight.stop()

    def resume(self) -> None:
        """Let the shown run go on where it stopped."""
        if self.follower.run is None:
            return
        try:
            pid = self._desk.resume(self.follower.run)
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        self.follower.went_on(pid)

    def open_run(self, run: Run) -> None:
        """Show a run of before; one that is at work is followed."""
        try:
            job = run.job
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        if isinstance(job, TrainJob):
            self._show_job(run, job)
            self.form.show_job(job)
            self.follower.follow(run)

    def open_running(self) -> None:
        """Show the youngest run that is at work, if there is one: the window was closed and opened again."""
        for run in self._desk.runs("train"):
            if run.pid is not None:
                self.open_run(run)
                return

    def _begun(self, run: Run, pid: int) -> None:
        job = run.job
        assert isinstance(job, TrainJob)
        self._show_job(run, job, self._start)
        self.follower.follow(run, starting=pid)

    def _show_job(self, run: Run, job: TrainJob, weights: Path | None = None) -> None:
        self._job = job
        self.plots.show_record(Record())
        self.bar.setValue(0)
        design = self._session.file or run.path / GRAPH_FILE
        self.command.setText(command_line(job, design, run.path, weights))

    def _refuse(self, sentence: str) -> None:
        self._session.notified.emit("error", sentence)
        self._show_state(self.follower.state)

    def _fill_runs(self) -> None:
        self.runs_menu.clear()
        runs = self._desk.runs("train")
        for run in runs[:20]:
            try:
                title = f"{run.name}   {run.status}"
            except HybridGraphError as error:
                title = f"{run.name}   {error}"
            self.runs_menu.addAction(title).triggered.connect(lambda _=False, one=run: self.open_run(one))
        if not runs:
            self.runs_menu.addAction(tr("No runs yet")).setEnabled(False)

    # ------------------------------------------------------------------------------------------------- showing

    def _show_record(self) -> None:
        record = self.follower.record
        self.plots.show_record(record)
        self.bar.setValue(round(record.fraction * 1000))
        self.progress_changed.emit(self._progress())
        self._say(self.follower.state)

    def _progress(self) -> str:
        record = self.follower.record
        last = record.last
        if record.started is None or last is None:
            return ""
        parts = [
            tr(
                "epoch {min} / {epochs}",
                min=min(last.epoch + 1, record.started.epochs),
                epochs=record.started.epochs,
            )
        ]
        parts.append(tr("{images_per_second} img/s", images_per_second=spaced(last.images_per_second)))
        left = record.seconds_left(self._job.batch) if self._job else None
        if left and self.is_busy:
            parts.append(tr("{left} left", left=duration(left)))
        return "  ·  ".join(parts)

    def _show_state(self, state: str) -> None:
        busy = state in ("starting", "running", "stopping")
        self.start_button.setEnabled(not busy)
        self.stop_button.setVisible(busy)
        self.resume_button.setVisible(not busy)
        self.stop_button.setEnabled(state in ("starting", "running"))
        self.stop_button.setText(tr("Stopping…") if state == "stopping" else tr("Stop"))
        self.resume_button.setEnabled(state in ("stopped", "interrupted", "failed"))
        self._say(state)
        self.progress_changed.emit(self._progress())
        was_busy, self._was_busy = self._was_busy, busy
        if not was_busy:
            return  # an old run is only looked at; what happened to it is no news
        if state == "failed":
            self._session.notified.emit(
                "error", tr("The training ended: {reason}", reason=self.follower.reason)
            )
        elif state == "finished" and self.follower.run is not None:
            self._session.notified.emit("info", tr("The training is finished: {text}", text=self.word.text()))

    def _say(self, state: str) -> None:
        record = self.follower.record
        text = tr(_WORDS[state])
        if isinstance(record.end, Finished) and state == "finished":
            text = tr(
                "Top-1 {value:.2f} %, loss {loss} after {epochs} epochs.",
                value=100 * record.end.top1,
                loss=digits(record.end.loss),
                epochs=record.end.epochs,
            )
        elif state in ("failed", "interrupted"):
            text = (
                f"{text}: {self.follower.reason}" if state == "failed" else f"{text} {self.follower.reason}"
            )
        elif state == "running" and record.started is not None:
            text = tr(
                "On {device}, {precision}.", device=record.started.device, precision=record.started.precision
            )
            if record.last is None and record.message:
                text = record.message
        elif state == "none" and self.follower.run is None:
            text = tr("Press Train to see the curves here.")
        self.word.setText(text)
        self.word.setProperty("role", "error" if state == "failed" else "muted")
        self.word.style().unpolish(self.word)
        self.word.style().polish(self.word)
