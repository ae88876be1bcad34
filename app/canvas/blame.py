"""Which wires lead from the cause of an error to what is selected, and which ones step back."""

from __future__ import annotations

from collections.abc import Mapping

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


def fade(
    wires: Mapping[tuple[Path, Edge], WireItem], shown: frozenset[Wire], chosen: frozenset[Path]
) -> None:
    """Let the wires step back that do not lead to the error shown, or else that do not belong to what is chosen."""
    for (at, edge), wire in wires.items():
        if shown:
            wire.mark(faded=(at, edge) not in shown, blamed=(at, edge) in shown)
            continue
        ends = {
            (*at, edge.source),
            (*at, edge.target),
            *(at[:length] for length in range(1, len(at) + 1)),
        }
        wire.mark(faded=bool(chosen) and not ends & chosen, blamed=False)
