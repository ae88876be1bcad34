"""The runs that a report or a bundle can be about."""

from __future__ import annotations

from collections.abc import Iterator

from app.runs import RunDesk
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import digest
from hybridgraph.runs import Run
from hybridgraph.runs.store import GRAPH_FILE

_MOST = 30


def trainings(desk: RunDesk, design: str) -> Iterator[tuple[Run, bool]]:
    """Trainings, the newest first, each with whether it is one of the design with this digest; these come first."""
    found = [(run, same_design(run, design)) for run in desk.runs("train")[:_MOST] if _is_started(run)]
    yield from sorted(found, key=lambda pair: not pair[1])


def same_design(run: Run, design: str) -> bool:
    """Whether the run was made with the design of this digest."""
    try:
        return digest(files.load(run.path / GRAPH_FILE)) == design
    except HybridGraphError:  # a run without its design is of none
        return False


def _is_started(run: Run) -> bool:
    return run.events_path.is_file() and (run.path / GRAPH_FILE).is_file()
