"""What the window has of the store of runs: the table, the bake-off, and the thread that reads for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.language import tr
from app.runstable.bakeoff import BakeoffPanel
from app.runstable.keeper import RunKeeper
from app.runstable.panel import RunsPanel
from app.theme import Theme
from hybridgraph.comparison.results import design_of
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph
from hybridgraph.runs import Run
from hybridgraph.runs.summary import Summary

if TYPE_CHECKING:
    from app.window import MainWindow


class RunViews(QObject):
    """Connects the two panels with the rest of the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        session = window.session
        self.keeper = RunKeeper(window.desk.root, session.catalogue, self)
        self.table = RunsPanel(session, self.keeper, window.theme, window.settings)
        self.bakeoff = BakeoffPanel(self.keeper, window.theme)
        self.table.open_wanted.connect(self.open)
        self.table.diff_wanted.connect(self.show_difference)
        self.bakeoff.runs_wanted.connect(self.look_up)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self.table.set_theme(theme)
        self.bakeoff.set_theme(theme)

    def open(self, summary: Summary) -> None:
        """Get the design of a run back as a document, and show what the run said."""
        run = Run(self.keeper.root / summary.name)
        graph = self._design(run)
        if graph is not None:
            self._window.documents.start(graph)
        if summary.kind == "train" and summary.status != "unreadable":
            self._window.training.open_run(run)
            self._window.show_panel("Train")

    def show_difference(self, first: str, second: str) -> None:
        """Mark on the canvas what a second run's design has otherwise than the first's."""
        before, after = (self._design(Run(self.keeper.root / name)) for name in (first, second))
        if before is not None and after is not None:
            self._window.documents.start(after)
            self._window.compare_with(first, before)

    def look_up(self, text: str) -> None:
        """Show the runs that pass a filter."""
        self._window.show_panel("Runs")
        self.table.show_filter(text)
        self.table.table.setFocus()

    def show_table(self) -> None:
        """Show the runs, ready to type a filter."""
        self._window.show_panel("Runs")
        self.table.filter.setFocus()
        self.table.filter.selectAll()

    def _design(self, run: Run) -> Graph | None:
        try:
            return design_of(run)
        except HybridGraphError as error:
            self._window.session.notified.emit("error", tr("{name}: {error}", name=run.name, error=error))
            return None
