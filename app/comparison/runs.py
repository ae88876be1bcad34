"""The runs of a design: those whose folder holds the same network."""

from __future__ import annotations

from pathlib import Path as File

from hybridgraph.comparison.results import Results, design_of, results
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph, digest
from hybridgraph.runs.store import Run, list_runs

MOST = 30
"""Of so many youngest runs the designs are read."""

_known: dict[tuple[str, int], str] = {}
"""The digest of the design in each run folder that was read, by its path and time: runs are never edited."""


def results_of(root: File, graph: Graph) -> Results | None:
    """What the runs below `root` found out about exactly this network; None when there are none."""
    wanted = digest(graph)
    try:
        runs = [run for run in list_runs(root)[:MOST] if _digest(run) == wanted]
        return results(runs, graph) if runs else None
    except HybridGraphError:  # a damaged folder is listed as such by the Train panel
        return None


def _digest(run: Run) -> str:
    try:
        key = (str(run.path), run.path.stat().st_mtime_ns)
        if key not in _known:
            _known[key] = digest(design_of(run))
        return _known[key]
    except (HybridGraphError, OSError):  # half a run, or one that was just deleted
        return ""
