"""The profile panel: what is measured on the left, its views on the right, and where the time goes below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from app.commandline import command_line
from app.documents.document import Document
from app.language import tr
from app.profiling import views
from app.profiling.face import ProfileFace
from app.profiling.measures import ALL, Measure, measures_of, rolled_up, summary
from app.profiling.profiled import Profiled, is_rest, progress
from app.runs import RunDesk, RunFollower
from app.session import Session
from app.theme import Theme
from hybridgraph.errors import HybridGraphError
from hybridgraph.jobs import ProfileJob, SweepJob
from hybridgraph.profiler.files import TRACE_FILE
from hybridgraph.runs import Run
from hybridgraph.runs.store import GRAPH_FILE

if TYPE_CHECKING:
    from hybridgraph.profiler.advised import Advice

_BUSY = ("starting", "running", "stopping")
_MOST_RUNS = 20


class ProfilePanel(ProfileFace):
    """Starts, follows and stops measurements, and shows what they found."""

    def __init__(self, session: Session, desk: RunDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._session = session
        self._desk = desk
        # What is measured belongs to it, whatever stands in front at the end.
        self._measured: Document = session.document
        self._views: dict[str, views.View] = {}
        self.profiled = Profiled(session, self)
        self.follower = RunFollower(self)
        self.start_button.clicked.connect(self.start)
        self.stop_button.clicked.connect(self.stop)
        self.form.export_trace.clicked.connect(self.export_trace)
        self.runs_menu.aboutToShow.connect(self._fill_runs)
        self.heat.activated.connect(self._colour)
        self.view_chosen.connect(self.show_view)
        self.follower.advanced.connect(self._show_record)
        self.follower.state_changed.connect(self._show_state)
        self.profiled.loaded.connect(self._show_profile)
        self.profiled.aged.connect(self._show_age)
        session.document_changed.connect(self._refresh)
        self.set_theme(theme)
        self._show_profile()
        self._show_state("none")

    @property
    def view(self) -> views.View | None:
        """The view in front; None before the panel was seen."""
        return self._views.get(self.chosen)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for view in self._views.values():
            view.set_theme(theme)

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Offer the devices the engine found."""
        self.form.show_devices(hello)
        self.sweep_form.show_devices(hello)

    # ------------------------------------------------------------------------------------------------- doing

    @property
    def is_busy(self) -> bool:
        """Whether a measurement is at work."""
        return self.follower.state in _BUSY

    def start(self) -> None:
        """Measure the current design in one setting, or in many while the sweep is looked at."""
        try:
            job = self.sweep_form.job() if self.chosen == "sweep" else self.form.job()
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        run = self.sweep_run
        if isinstance(job, SweepJob) and not self.is_busy and is_rest(run, job, self._session.digest):
            assert run is not None
            self._go_on(run)
        else:
            self.begin(job)

    def _go_on(self, run: Run) -> None:
        """Let a sweep that was stopped go on at the first setting that is missing."""
        try:
            pid = self._desk.resume(run)
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        self.follower.follow(run, starting=pid)

    def profile(self) -> None:
        """Measure the current design in one setting."""
        if self.chosen == "sweep":
            self.show_view("table")
        self.start()

    def begin(self, job: ProfileJob | SweepJob) -> None:
        """Measure the current design; a refusal is told."""
        if self.is_busy:
            self._session.notified.emit("info", tr("A measurement is running."))
            return
        analysis = self._session.analysis
        if analysis is not None and analysis.errors and self._session.is_analysis_current:
            sentence = tr("The design cannot be measured yet: {message}", message=analysis.errors[0].message)
            self._refuse(sentence)
            return
        self.start_button.setEnabled(False)
        self.word.setText(tr("Writing the source…"))
        self._measured = self._session.document
        self._desk.begin(self._session.graph, job, begun=self.open_run, refused=self._refuse)

    def stop(self) -> None:
        """Ask the measurement to stop."""
        self.follower.stop()

    def open_run(self, run: Run, starting: int = 0) -> None:
        """Show a measurement; one that is at work is followed."""
        try:
            job = run.job
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        self.command.setText(command_line(job, self._measured.file or run.path / GRAPH_FILE))
        if isinstance(job, SweepJob):
            self.sweep_run = run
            self.show_view("sweep")
        elif isinstance(job, ProfileJob) and self.chosen == "sweep":
            self.show_view("table")
        self.follower.follow(run, starting=starting)

    def export_trace(self) -> None:
        """Write the trace of the profile that is shown to a file."""
        from app.profiling.trace import ask_and_copy

        run = self.profiled.run
        if run is not None:
            ask_and_copy(run.path / TRACE_FILE, self._session, self)

    # ------------------------------------------------------------------------------------------------- showing

    def show_view(self, name: str) -> None:
        """Bring a view to the front; it is made when it is looked at for the first time."""
        self.choose(name)
        if name not in self._views:
            view = views.make(name, self.profiled, self.theme, self)
            self._views[name] = view
            self.stack.addWidget(view)
        self.stack.setCurrentWidget(self._views[name])
        self._refresh()
        self._show_state(self.follower.state)

    def showEvent(self, event: object) -> None:
        if self.view is None:
            self.show_view(self.chosen)

    def profiles(self) -> list[Run]:
        """The profiles there are, the youngest first."""
        return self._desk.runs("profile")

    def sweeps(self) -> list[Run]:
        """The sweeps there are, the youngest first."""
        return self._desk.runs("sweep")

    def set_up(self, advice: Advice) -> None:
        """Take the setting of an advice for the next measurement."""
        if advice.rule == "compile":
            self.sweep_form.set_up(int(advice.value))
            self.show_view("sweep")
            said = tr("Taken for the next sweep. Press Sweep.")
        else:
            self.form.set_up(advice.rule, advice.value)
            said = tr("Taken for the next measurement. Press Profile.")
        self._session.notified.emit("info", said)

    def _refresh(self) -> None:
        view = self.view
        if view is not None and self.chosen == "sweep":
            view.show_run(self.sweep_run)  # type: ignore[attr-defined]
        elif view is not None:
            view.refresh()

    def _refuse(self, sentence: str) -> None:
        self._session.notified.emit("error", sentence)
        self._show_state(self.follower.state)

    def _show_record(self) -> None:
        run = self.follower.run
        if run is None or not isinstance(run.job, SweepJob):
            return
        self.sweep_run = run
        self._refresh()
        if self.is_busy:
            self.word.setText(progress(run))

    def _show_profile(self) -> None:
        result = self.profiled.result
        chosen = self.heat.currentData() or "step"
        self.heat.clear()
        self.heat.addItem(tr("No measure"), "")
        for one in measures_of(result) if result is not None else ():
            if one.is_heat:
                self.heat.addItem(tr(one.title), one.id)
        self.heat.setCurrentIndex(max(self.heat.findData(chosen), min(1, self.heat.count() - 1)))
        self.heat.setEnabled(result is not None)
        run = self.profiled.run
        self.form.export_trace.setEnabled(run is not None and (run.path / TRACE_FILE).is_file())
        self._colour()
        self._show_age()

    def _show_age(self) -> None:
        result = self.profiled.result
        self.roll_up.setText(rolled_up(result) if result is not None else "")
        if result is not None and not self.is_busy:
            self.word.setText(summary(result, is_stale=bool(self.profiled.stale)))
        self._refresh()

    def _colour(self) -> None:
        self.profiled.show_heat(_measure(self.heat.currentData()))
        self._refresh()

    def _show_state(self, state: str) -> None:
        busy = state in _BUSY
        self.start_button.setText(tr("Sweep") if self.chosen == "sweep" else tr("Profile"))
        self.start_button.setEnabled(not busy)
        self.stop_button.setEnabled(state in ("starting", "running"))
        self.stop_button.setText(tr("Stopping…") if state == "stopping" else tr("Stop"))
        words = {
            "starting": tr("Starting…"),
            "running": tr("Measuring…"),
            "stopping": tr("Stopping…"),
            "stopped": tr("Stopped."),
        }
        run = self.follower.run
        if state == "running" and run is not None and isinstance(run.job, SweepJob):
            self.word.setText(progress(run))
        elif state == "stopped" and run is not None and isinstance(run.job, SweepJob):
            self.word.setText(tr("Stopped. Sweep goes on where it stopped."))
        elif state in words:
            self.word.setText(words[state])
        elif state in ("failed", "interrupted"):
            self.word.setText(
                tr("The measurement ended: {value}", value=self.follower.reason or tr("its process is gone."))
            )
            if run is not None and self._told != (run.path, state):
                self._told = (run.path, state)
                self._session.notified.emit("error", self.word.text())
        elif state == "finished" and run is not None:
            self._take(run)
        elif self.profiled.result is None:
            self.word.setText(tr("Press Profile to measure every block on this machine."))

    def _take(self, run: Run) -> None:
        """Show what a finished run found."""
        try:
            if isinstance(run.job, SweepJob):
                self.word.setText(progress(run))
            elif self.profiled.run is not run and not self.profiled.load(run, self._measured):
                self.word.setText(tr("This run holds no result. Measure again."))
            elif self.profiled.result is not None:
                self.word.setText(summary(self.profiled.result, is_stale=bool(self.profiled.stale)))
        except HybridGraphError as error:
            self.word.setText(str(error))
            self._session.notified.emit("error", str(error))

    def _fill_runs(self) -> None:
        self.runs_menu.clear()
        runs = [*self.profiles()[:_MOST_RUNS], *self.sweeps()[:_MOST_RUNS]]
        for run in runs:
            action = self.runs_menu.addAction(run.name)
            action.setEnabled(not self.is_busy)
            action.triggered.connect(lambda _=False, one=run: self._reopen(one))
        if not runs:
            self.runs_menu.addAction(tr("No measurements yet")).setEnabled(False)

    def _reopen(self, run: Run) -> None:
        self._measured = self._session.document
        self.open_run(run)
        job = run.job
        if isinstance(job, SweepJob):
            self.sweep_form.show_job(job)
        elif isinstance(job, ProfileJob):
            self.form.show_job(job)


def _measure(name: str | None) -> Measure | None:
    return next((one for one in ALL if one.id == name), None)
