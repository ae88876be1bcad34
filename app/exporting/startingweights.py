"""Where a design's weights come from when it goes out: fresh, from the file beside it, or from one of its trainings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.language import tr
from app.panels.combo import Combo
from app.session import Session
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import digest
from hybridgraph.runs import Run
from hybridgraph.runs.store import GRAPH_FILE


class WeightsChoice(Combo):
    """Offers weights. Those of this very design come unasked, its newest training before the file beside it.

    Another run is exported as a whole, with its own design.
    """

    def __init__(self, session: Session, runs: Sequence[Run]) -> None:
        super().__init__()
        self.setAccessibleName(tr("Weights"))
        self._session = session
        self.addItem(tr("Fresh weights, not trained"), None)
        chosen = 0
        beside = session.weights
        if beside is not None:
            self.addItem(tr("Those beside the design, {name}", name=beside.name), beside)
            chosen = 1
        is_trained = False
        for run in runs:  # the newest first
            try:
                own = files.load(run.path / GRAPH_FILE)
            except HybridGraphError:
                continue  # a run without its design has nothing to export
            if not any(run.checkpoints.glob("*")):
                continue
            is_same = digest(own) == session.digest
            title = (
                tr("Trained in {name}", name=run.name)
                if is_same
                else tr("Design and weights of {name}", name=run.name)
            )
            self.addItem(title, run)
            if is_same and not is_trained:
                chosen, is_trained = self.count() - 1, True
        self.setCurrentIndex(chosen)

    @property
    def run(self) -> Run | None:
        """The chosen run, where one is."""
        chosen = self.currentData()
        return chosen if isinstance(chosen, Run) else None

    @property
    def design(self) -> Path | None:
        """The design that has to go out with the weights, where it is not the one in front."""
        if self.run is None or digest(files.load(self.run.path / GRAPH_FILE)) == self._session.digest:
            return None
        return self.run.path / GRAPH_FILE

    @property
    def arguments(self) -> list[str]:
        """What the command that exports is told."""
        chosen = self.currentData()
        if isinstance(chosen, Run):
            return ["--run", str(chosen.path)]
        return ["--weights", str(chosen)] if isinstance(chosen, Path) else []
