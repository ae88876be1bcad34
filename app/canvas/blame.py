"""Which wires lead from the cause of an error to what is selected, and which ones step back."""

from __future__ import annotations

from app.canvas.wires import WireItem
from hybridgraph.analysis import Analysis
from hybridgraph.graph.model import Edge, Graph, Path
from hybridgraph.trails import Wire, trail


def blamed(graph: Graph, analysis: Analysis | None, chosen: frozenset[Path]) -> frozenset[Wire]:
    """The wires of the first error at or inside the one selected node; none while several are selected."""
    if len(chosen) != 1 or analysis is None or not analysis.errors:
        return frozenset()
    (path,) = chosen
    own = (found for found in analysis.errors if found.path[: len(path)] == path)
    trails = (trail(graph, found, analysis) for found in own)
    return next((found.wires for found in trails if found is not None), frozenset())


def mark(wire: WireItem, shown: frozenset[Wire], chosen: frozenset[Path]) -> None:
    """Let a wire step back that does not lead to the error shown, or else that does not belong to what is chosen."""
    at, edge = wire.at, wire.edge
    if shown:
        wire.mark(faded=(at, edge) not in shown, blamed=(at, edge) in shown)
    else:
        wire.mark(faded=bool(chosen) and not _touches(at, edge, chosen), blamed=False)


def _touches(at: Path, edge: Edge, chosen: frozenset[Path]) -> bool:
    """Whether a wire belongs to something selected: one of its ends, or a container around it."""
    if (*at, edge.source) in chosen or (*at, edge.target) in chosen:
        return True
    return any(at[:length] in chosen for length in range(1, len(at) + 1))
