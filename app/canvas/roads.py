"""The wires of one level: each routed among the cards that stand near it, and again when one of those changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from app.canvas.field import Field
from app.canvas.geometry import Rect, Spot
from app.canvas.routing import Route, detour, direct, passage
from hybridgraph.graph.model import Edge

BESIDE, ABOVE = 32.0, 200.0  # how far around its two ends a wire looks for cards


class Placed(Protocol):
    """What a wire needs to know of a card."""

    @property
    def rect(self) -> Rect:
        """Where it stands."""
        ...

    def spot(self, name: str, *, output: bool) -> Spot | None:
        """The port of that name on one side."""
        ...


Gates = Mapping[str, tuple[float, float]]


def lay(
    edges: Iterable[Edge], boxes: Mapping[str, Placed], gates: Gates, cards: Field[str]
) -> tuple[dict[Edge, Route], dict[Edge, Rect]]:
    """The routes of these edges, and around each the area in which a card that comes or goes may change it.

    An edge that leads from or to what is not there has neither.
    """
    routes: dict[Edge, Route] = {}
    reaches: dict[Edge, Rect] = {}
    for edge in edges:
        source, out_of = _end(boxes, gates, edge.source, edge.source_port, output=True)
        target, into = _end(boxes, gates, edge.target, edge.target_port, output=False)
        if source is None or target is None:
            continue
        left, right = min(source[0], target[0]) - BESIDE, max(source[0], target[0]) + BESIDE
        top, bottom = min(out_of.y, into.y) - ABOVE, max(out_of.bottom, into.bottom) + ABOVE
        reach = Rect(left, top, right - left, bottom - top)
        own = (out_of, into)
        way = direct(source, target, _beside(cards, passage(source, target), own))
        if way is None:
            way = detour(source, target, own, _beside(cards, reach, own))
        routes[edge] = way
        reaches[edge] = reach.united(way.bounds)
    return routes, reaches


def _beside(cards: Field[str], area: Rect, own: tuple[Rect, Rect]) -> list[Rect]:
    """The cards in an area, without those that the wire belongs to."""
    return [rect for _, rect in cards.near(area) if rect not in own]


def _end(
    boxes: Mapping[str, Placed], gates: Gates, name: str, port: str, *, output: bool
) -> tuple[tuple[float, float] | None, Rect]:
    """Where a wire's end stands and the card it belongs to."""
    if name in gates:
        x, y = gates[name]
        return (x, y), Rect(x, y, 0, 0)
    box = boxes.get(name)
    spot = box.spot(port, output=output) if box else None
    if box is None or spot is None:
        return None, Rect(0, 0, 0, 0)
    rect = box.rect
    return (rect.x + spot.x, rect.y + spot.y), rect
