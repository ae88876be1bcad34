"""The placed graph from edit to edit: only what an edit touched is placed and routed anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from operator import is_

from app.canvas import geometry, roads
from app.canvas.geometry import Rect
from app.canvas.placement import Box, Level, Placer
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, is_port
from hybridgraph.spec import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The outermost level now, and how it came about from the one before.

    `whole` says that nothing is known of that. Otherwise `items` came or changed, `edges` came, changed their way
    or lead to such an item; the `gone` ones are not there any more.
    """

    level: Level
    whole: bool = False
    items: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    gone_edges: tuple[Edge, ...] = ()


REMEMBERED = 8  # steps that undo and redo take without placing or routing anything


class Follower:
    """Places one graph after the other. What it gives equals what a fresh Placer gives.

    Undo and redo bring back a graph that was here before, the very same value, and with it how it was placed.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._placer = Placer(catalogue)
        self._last: tuple[Graph, Level] | None = None
        self._steps: deque[tuple[Graph, Level, Graph, Step]] = deque(maxlen=REMEMBERED)
        self._unplaced: set[str] = set()
        self._unknown: set[str] = set()  # nodes of unknown blocks: their ports follow from their wires

    def place(self, graph: Graph) -> Step:
        """The outermost level of a graph, as a step from the last one."""
        if self._last is not None and self._last[0] is graph:
            return Step(level=self._last[1])
        step = self._known(graph)
        if step is None:
            step = self._step(graph) or self._begin(graph)
            if self._last is not None and not step.whole:
                self._steps.append((*self._last, graph, step))
        self._last = (graph, step.level)
        return step

    def _known(self, graph: Graph) -> Step | None:
        """The step to a graph that an earlier step led to or came from."""
        last = self._last[0] if self._last is not None else None
        for before, level, after, step in self._steps:
            if before is last and after is graph:
                return self._noted(step, graph)
            if after is last and before is graph:
                return self._noted(_reverse(step, level), graph)
        return None

    def _noted(self, step: Step, graph: Graph) -> Step:
        self._note([graph.nodes[name] for name in step.items], step.gone)
        return step

    def _begin(self, graph: Graph) -> Step:
        self._unplaced, self._unknown = set(), set()
        self._steps.clear()
        self._note(graph.nodes.values(), ())
        return Step(level=self._placer.place(graph), whole=True)

    def _note(self, items: Iterable[Item], gone: Iterable[str]) -> None:
        self._unplaced.difference_update(gone)
        self._unknown.difference_update(gone)
        for item in items:
            for kept, holds in (
                (self._unplaced, item.x == 0 and item.y == 0 and not _is_port(item)),
                (self._unknown, isinstance(item, Node) and item.block not in self._catalogue),
            ):
                if holds:
                    kept.add(item.id)
                else:
                    kept.discard(item.id)

    def _step(self, graph: Graph) -> Step | None:
        """The step from the last graph; None where positions are made up, because then all hang together."""
        if self._last is None:
            return None
        before, level = self._last
        old, new = before.nodes, graph.nodes
        fresh = [item for name, item in new.items() if old.get(name) is not item]
        gone = [name for name in old if name not in new]
        if len(fresh) > len(old) // 2 + 64:
            return None  # another document rather than an edit
        self._note(fresh, gone)
        if level.automatic or len(self._unplaced) > 1 or (self._unplaced and _is_alone(graph)):
            return None
        touched = {item.id: item for item in fresh}
        touched.update((name, new[name]) for name in self._unknown)
        cards = [item for item in touched.values() if not _is_port(item)]
        gone += [name for name, item in touched.items() if _is_port(item)]
        regrouped = any(isinstance(old.get(name), Group) for name in (*gone, *touched)) or any(
            isinstance(item, Group) for item in cards
        )
        made = self._placer.cards(graph, cards, regrouped=regrouped)
        return self._stepped(level, before, graph, made, [name for name in gone if name in old])

    def _stepped(
        self, level: Level, before: Graph, graph: Graph, made: dict[str, Box], gone: list[str]
    ) -> Step:
        boxes = {**level.boxes}
        stood = [box.rect for name in gone if (box := boxes.pop(name, None)) is not None]
        moved: dict[str, Rect] = {}
        for name, box in made.items():
            was = boxes.get(name)
            if was == box and was.level is box.level:
                continue
            boxes[name] = box
            if was is None or was.rect != box.rect:
                moved[name] = box.rect
                stood += [was.rect] if was is not None else []
        came, left = _wired(before.edges, graph.edges)
        again = dict.fromkeys(came)
        if not made.keys().isdisjoint(before.nodes):
            again.update((edge, None) for edge in graph.edges if edge.source in made or edge.target in made)
        routes = {**level.routes}
        for edge in left:
            routes.pop(edge, None)
        for rect in (*moved.values(), *stood):
            again.update((edge, None) for edge, _ in level.ways.near(rect) if edge in routes)
        cards = level.cards.changed(gone, moved)
        ways, reaches = roads.lay(again, boxes, {}, cards)
        lost = [*left, *(edge for edge in again if edge not in ways)]
        for edge in lost:
            routes.pop(edge, None)
        routes.update((edge, way) for edge, way in ways.items() if routes.get(edge) != way)
        after = replace(
            level,
            boxes=boxes,
            routes=routes,
            cards=cards,
            ways=level.ways.changed(lost, reaches),
            extent=_extent(level.extent, boxes, stood, moved.values()),
        )
        shown = [
            e for e in ways if routes[e] is not level.routes.get(e) or e.source in made or e.target in made
        ]
        return Step(
            level=after, items=(*made,), gone=(*gone,), edges=(*shown,), gone_edges=(*dict.fromkeys(lost),)
        )


def _reverse(step: Step, before: Level) -> Step:
    """The way back to the level that a step began with."""
    return Step(
        level=before,
        items=tuple(name for name in (*step.items, *step.gone) if name in before.boxes),
        gone=tuple(name for name in step.items if name not in before.boxes),
        edges=tuple(edge for edge in (*step.edges, *step.gone_edges) if edge in before.routes),
        gone_edges=tuple(edge for edge in step.edges if edge not in before.routes),
    )


def _is_port(item: Item) -> bool:
    return is_port(item, "input") or is_port(item, "output")


def _is_alone(graph: Graph) -> bool:
    """Whether the graph has one card at most."""
    return len(list(islice((item for item in graph.nodes.values() if not _is_port(item)), 2))) < 2


def _wired(before: tuple[Edge, ...], after: tuple[Edge, ...]) -> tuple[list[Edge], list[Edge]]:
    """The wires that came and those that went, told apart by identity first: an edit keeps the others."""
    if before is after:
        return [], []
    same = next((at for at, is_same in enumerate(map(is_, before, after)) if not is_same), None)
    same = min(len(before), len(after)) if same is None else same
    before, after = before[same:], after[same:]
    old, new = set(map(id, before)), set(map(id, after))
    came = [edge for edge in after if id(edge) not in old]
    kept = set(came)
    return came, [edge for edge in before if id(edge) not in new and edge not in kept]


def _extent(extent: Rect, boxes: dict[str, Box], gone: Iterable[Rect], put: Iterable[Rect]) -> Rect:
    """The rectangle around all boxes; looked for among all of them only where something left its edge."""
    edges = (extent.x, extent.y, extent.right, extent.bottom)
    at_edge = any(
        rect.x <= edges[0] or rect.y <= edges[1] or rect.right >= edges[2] or rect.bottom >= edges[3]
        for rect in gone
    )
    if at_edge or not boxes or extent == Rect(0, 0, 0, 0):
        return geometry.bounds([box.rect for box in boxes.values()])
    return geometry.bounds([extent, *put])
