"""Going through the graph by keys: along the wires, and to the neighbour in a direction."""

from __future__ import annotations

from collections.abc import Iterable

from app.canvas.geometry import Rect
from hybridgraph.graph.model import Graph, Path

DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def along(graph: Graph, path: Path, *, downstream: bool) -> Path | None:
    """The card that a wire leads to, or comes from; None at the end of the lane."""
    at, name = path[:-1], path[-1]
    body = graph.at(at)
    for edge in body.edges:
        here, there = (edge.source, edge.target) if downstream else (edge.target, edge.source)
        if here == name and getattr(body.nodes.get(there), "block", "") not in ("input", "output"):
            return (*at, there)
    return None


def neighbour(places: Iterable[tuple[Path, Rect]], start: Rect, direction: str) -> Path | None:
    """The card nearest to a place in one of the DIRECTIONS; what lies aside counts as twice as far."""
    dx, dy = DIRECTIONS[direction]
    x, y = start.center

    def far(rect: Rect) -> float | None:
        ahead = (rect.center[0] - x) * dx + (rect.center[1] - y) * dy
        aside = abs((rect.center[0] - x) * dy) + abs((rect.center[1] - y) * dx)
        return ahead + 2 * aside if ahead > 1 else None

    found = [(distance, path) for path, rect in places if (distance := far(rect)) is not None]
    return min(found, default=(0.0, None))[1]
