"""The wires of one level: each routed among the cards that stand near it, and again when one of those changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from app.canvas.field import Field
from app.canvas.geometry import Rect, Spot
from app.canvas.routing import Point, Route, detour, direct, passage
from hybridgraph.graph.model import Edge

BESIDE, ABOVE = 32.0, 200.0  # how far around its two ends a wire looks for cards that it has to lead round
ALONG = 16.0  # around a wire that leads straight on: what is carried this close to it goes into it


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
        own = (out_of, into)
        between = passage(source, target)
        way = direct(source, target, _beside(cards, between, own))
        if way is not None:  # whatever stands elsewhere, it stays that way
            reach = between.united(way.bounds).grown(ALONG)
        else:
            around = _around(source, target, own)
            way = detour(source, target, own, _beside(cards, around, own))
            reach = around.united(way.bounds)
        routes[edge], reaches[edge] = way, reach
    return routes, reaches


def _around(source: Point, target: Point, own: tuple[Rect, Rect]) -> Rect:
    """The area whose cards decide how a wire leads round what is in its way."""
    left, right = min(source[0], target[0]) - BESIDE, max(source[0], target[0]) + BESIDE
    top, bottom = min(card.y for card in own) - ABOVE, max(card.bottom for card in own) + ABOVE
    return Rect(left, top, right - left, bottom - top)


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
