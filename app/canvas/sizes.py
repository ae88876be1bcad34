"""The size of a design's picture: read, changed, and what it costs in words."""

from __future__ import annotations

from app.canvas.wording import quantity
from app.language import tr
from hybridgraph.analysis import Analysis
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, image
from hybridgraph.spec import IMAGE_SPEC, Catalogue


def size_of(graph: Graph) -> tuple[int, int] | None:
    """Height and width of the design's picture; None when it has none, or not one alone."""
    node = image(graph)
    if node is None:
        return None
    sides = [node.params.get(name, IMAGE_SPEC.params[name].default) for name in ("height", "width")]
    height, width = sides
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def resized(graph: Graph, height: int, width: int, catalogue: Catalogue) -> Graph:
    """The design for pictures of another size. Raises GraphError beyond what a picture may be."""
    node = image(graph)
    if node is None:
        raise GraphError(tr("The design has no picture, or more than one."))
    graph = edits.set_param(graph, (node.id,), "height", height, catalogue)
    return edits.set_param(graph, (node.id,), "width", width, catalogue)


def told(analysis: Analysis, known: Analysis | None) -> str:
    """One line: what breaks, or else the cost for one image, and how far that is from the known one."""
    if analysis.errors:
        return _broken(analysis)
    parts = []
    for attribute, unit, name in (("macs", "", tr("MACs")), ("activation_bytes", "B", tr("activations"))):
        value = getattr(analysis.total, attribute)
        was = getattr(known.total, attribute) if known is not None and not known.errors else 0
        change = f" ({(value - was) / was:+.0%})".replace("%", " %").replace("-", "−") if was else ""
        parts.append(f"{quantity(value, unit)} {name}{change if value != was else ''}")
    return " · ".join(parts)


def _broken(analysis: Analysis) -> str:
    """What breaks first, and the sizes that fit where the engine found some."""
    first, more = analysis.errors[0], len(analysis.errors) - 1
    at = first.hint.find("An image of ")
    parts = (
        first.message,
        first.hint[at:] if at >= 0 else "",
        tr("And {more} more.", more=more) if more else "",
    )
    return " ".join(part for part in parts if part)
