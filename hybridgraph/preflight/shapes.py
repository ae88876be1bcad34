"""Whether the shapes of a design fit, from its analysis; needs no torch."""

from __future__ import annotations

from hybridgraph.analysis import Analysis
from hybridgraph.comparison.wording import name_of
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import classes_of
from hybridgraph.preflight.values import Check
from hybridgraph.spec import Catalogue


def check_shapes(analysis: Analysis, graph: Graph, catalogue: Catalogue) -> Check:
    """The check of the shapes alone: nothing is known of the pictures here."""
    if analysis.errors:
        first = analysis.errors[0]
        more = len(analysis.errors) - 1
        rest = f" And {more} more." if more else ""
        place = f"{name_of(graph, first.path, catalogue)}: " if first.path else ""
        message = first.message if first.message.startswith(place) else f"{place}{first.message}"
        paths = tuple(dict.fromkeys(one.path for one in analysis.errors if one.path))
        return Check(name="shapes", status="failed", message=f"{message}{rest}", hint=first.hint, paths=paths)
    try:
        classes_of(analysis.output)
    except HybridGraphError as error:
        return Check(name="shapes", status="failed", message=error.message, hint=error.hint)
    return Check(
        name="shapes",
        status="passed",
        message=f"Every shape fits: {analysis.input} becomes {analysis.output}.",
    )
