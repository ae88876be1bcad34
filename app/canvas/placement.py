"""A graph as rectangles and routes: what stands where, before anybody paints it.

The coordinates of a level are those of the container that holds it: (0, 0) is its top left corner, and the
scene itself for the outermost level. Positions in the graph count from anywhere; a container is drawn around
whatever its body covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.canvas import geometry, roads, wording
from app.canvas.field import Field
from app.canvas.geometry import Rect, Spot
from app.canvas.layout import Places, Size, arrange_level
from app.canvas.routing import Route
from app.canvas.wording import Scope
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, is_port
from hybridgraph.graph.values import Ref
from hybridgraph.graph.wiring import ports_of
from hybridgraph.spec import ANY, Catalogue, Port


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A card, or a container with the level inside it."""

    rect: Rect
    inputs: tuple[Spot, ...]
    outputs: tuple[Spot, ...]
    level: Level | None = field(default=None, compare=False)
    stacked: bool = False

    @property
    def lane(self) -> float:
        """How far below the top the main wire passes."""
        spots = self.inputs or self.outputs
        return spots[0].y if spots else self.rect.h / 2

    def spot(self, name: str, *, output: bool) -> Spot | None:
        """The port of that name on one side."""
        return next((s for s in (self.outputs if output else self.inputs) if s.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One graph laid out: its cards, its wires, and how its stored positions become places (by adding `offset`).

    `automatic` says that the graph had no positions and these were made up. `cards` and `ways` find what is near a
    place; a wire's area there is the one in which a card may change its way. `extent` is around all cards.
    """

    boxes: Mapping[str, Box]
    routes: Mapping[Edge, Route]
    gates: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    offset: tuple[float, float] = (0.0, 0.0)
    automatic: bool = False
    cards: Field[str] = field(default_factory=Field, compare=False, repr=False)
    ways: Field[Edge] = field(default_factory=Field, compare=False, repr=False)
    extent: Rect = field(default=Rect(0, 0, 0, 0), compare=False)


Known = tuple[Graph, Level, tuple[float, float]]
Key = tuple[int, float, tuple[tuple[str, str], ...]]


class Placer:
    """Places graphs, and remembers the bodies it has placed: an edit costs only the levels it touches.

    Whoever asks for the places of cards alone has it leave out the wires. With `afresh` everything is laid out
    automatically, beginning from where it stands.
    """

    def __init__(self, catalogue: Catalogue, *, wired: bool = True, afresh: bool = False) -> None:
        self._catalogue = catalogue
        self._wired, self._afresh = wired, afresh
        self._known, self._used = dict[Key, Known](), dict[Key, Known]()
        self._looks: dict[tuple[str, ...], Box] = {}
        self._outer_places: tuple[object, Places] = (None, {})

    def place(self, graph: Graph) -> Level:
        """The outermost level. Forgets every body that is not part of this graph."""
        self._used = {}
        level = self._level(graph, {}, None)[0]
        self._known = self._used
        return level

    def cards(self, graph: Graph, items: Iterable[Item], *, regrouped: bool) -> dict[str, Box]:
        """The cards of some items of the outermost level, where the graph says that they stand.

        With `regrouped`, which is needed when groups came, went or changed, bodies that are gone are forgotten.
        """
        self._used = {} if regrouped else self._used
        boxes = {
            item.id: _moved(self._box(graph, item, {}, outermost=True), item.x, item.y) for item in items
        }
        if regrouped:
            for item in graph.nodes.values():
                if isinstance(item, Group) and not item.collapsed:
                    self._body(item, {})
            self._known = self._used
        return boxes

    def _body(self, group: Group, scope: Scope) -> tuple[Level, tuple[float, float]]:
        """A group's level inside its container, and the container's size."""
        inner = inner_scope(group, scope)
        footer = wording.first_differences(group, {}, {})
        least = max(
            geometry.text_width(wording.title_of(group, self._catalogue), 15) + 112,
            geometry.text_width(f"{footer}, 000 → 000", 11) + 104 if footer else 0.0,
        )
        # By identity: an edit leaves every body that it does not touch the same object.
        key = (id(group.body), least, tuple((name, str(value)) for name, value in inner.items()))
        found = self._used.get(key) or self._known.get(key)
        if found is None or found[0] is not group.body:
            found = (group.body, *self._level(group.body, inner, least))
        elif key not in self._used:
            for item in group.body.nodes.values():
                if isinstance(item, Group) and not item.collapsed:
                    self._body(item, inner)  # what is kept keeps what is inside it
        self._used[key] = found
        return found[1], found[2]

    def _level(self, graph: Graph, scope: Scope, least: float | None) -> tuple[Level, tuple[float, float]]:
        """A level, in a container at least that wide; None for the scene, which has no edges."""
        cards = [i for i in graph.nodes.values() if not is_port(i, "input") and not is_port(i, "output")]
        boxes = {item.id: self._box(graph, item, scope, outermost=least is None) for item in cards}
        unplaced = sum(1 for item in cards if item.x == 0 and item.y == 0)
        automatic = self._afresh or unplaced > 1 or 0 < unplaced == len(cards)
        if automatic:
            sizes = {name: Size(box.rect.w, box.rect.h, box.lane) for name, box in boxes.items()}
            places = self._arranged(graph, sizes, outermost=least is None)
        else:
            places = {item.id: (item.x, item.y) for item in cards}
        boxes = {name: _moved(box, *places[name]) for name, box in boxes.items()}
        if least is None:
            return self._level_of(graph, boxes, automatic=automatic), (0.0, 0.0)
        framed = [Rect(frame.x, frame.y, frame.w, frame.h) for frame in graph.frames.values()]
        covered = geometry.bounds([*(box.rect for box in boxes.values()), *framed])
        width = max(covered.w + 2 * geometry.STAGE_SIDE, geometry.STAGE_MIN, least)
        height = max(covered.h, geometry.CARD_HEIGHT) + geometry.STAGE_HEAD + geometry.STAGE_FOOT
        dx, dy = (width - covered.w) / 2 - covered.x, geometry.STAGE_HEAD - covered.y
        boxes = {name: _moved(box, dx, dy) for name, box in boxes.items()}
        gates = _gates(graph, boxes, width, height)
        level = self._level_of(graph, boxes, gates=gates, offset=(dx, dy), automatic=automatic)
        return level, (width, height)

    def _level_of(
        self,
        graph: Graph,
        boxes: dict[str, Box],
        *,
        gates: Mapping[str, tuple[float, float]] = MappingProxyType({}),
        offset: tuple[float, float] = (0.0, 0.0),
        automatic: bool,
    ) -> Level:
        cards = Field({name: box.rect for name, box in boxes.items()})
        routes, reaches = roads.lay(graph.edges if self._wired else (), boxes, gates, cards)
        return Level(
            boxes=boxes,
            routes=routes,
            gates=gates,
            offset=offset,
            automatic=automatic,
            cards=cards,
            ways=Field(reaches),
            extent=geometry.bounds([box.rect for box in boxes.values()]),
        )

    def _arranged(self, graph: Graph, sizes: dict[str, Size], *, outermost: bool) -> Places:
        """The automatic layout; that of the outermost level is kept while wires and sizes stay the same."""
        if not outermost:
            return arrange_level(graph, sizes, gap=geometry.NODE_GAP, seeded=self._afresh)
        state = (graph.edges, sizes)
        if self._outer_places[0] != state:
            self._outer_places = state, arrange_level(graph, sizes, seeded=self._afresh)
        return self._outer_places[1]

    def _box(self, graph: Graph, item: Item, scope: Scope, *, outermost: bool) -> Box:
        """The box of an item at the origin. On the outermost level, which may be long, equal cards are made once."""
        if not outermost or isinstance(item, Group) or item.block not in self._catalogue:
            return self._made(graph, item, scope)
        look = (item.block, item.title, *(f"{name}={value!r}" for name, value in item.params.items()))
        box = self._looks.get(look)
        if box is None:
            box = self._looks[look] = self._made(graph, item, scope)
        return box

    def _made(self, graph: Graph, item: Item, scope: Scope) -> Box:
        if isinstance(item, Group) and not item.collapsed:
            level, (width, height) = self._body(item, scope)
            return Box(
                rect=Rect(0, 0, width, height),
                inputs=tuple(_gate(n, self._inner_kind(item, n), *level.gates[n]) for n in item.inputs),
                outputs=tuple(_gate(n, self._inner_kind(item, n), *level.gates[n]) for n in item.outputs),
                level=level,
            )
        title = wording.title_of(item, self._catalogue)
        if isinstance(item, Group):
            line, symbol = wording.contents_title(item, self._catalogue), ""
        else:
            spec = self._catalogue.get(item.block)
            line = wording.line_of(item, spec, scope, None).replace("?", "000")
            symbol = spec.symbol if spec else "?"
        inputs, outputs = (self._ports(graph, item, output=side) for side in (False, True))
        width, height = geometry.card_size(title, line, symbol, len(inputs), len(outputs))
        return Box(
            rect=Rect(0, 0, width, height),
            inputs=_spots(inputs, 0.0, height),
            outputs=_spots(outputs, width, height),
            stacked=isinstance(item, Group),
        )

    def _ports(self, graph: Graph, item: Item, *, output: bool) -> tuple[Port, ...]:
        """The ports of a card; those of an unknown block are known by its wires alone."""
        if isinstance(item, Group):
            names = item.outputs if output else item.inputs
            return tuple(Port(name=name, kind=self._inner_kind(item, name)) for name in names)
        if item.block in self._catalogue:
            return ports_of(item, self._catalogue, output=output)
        wired = [e.source_port for e in graph.edges if e.source == item.id] if output else [
            e.target_port for e in graph.edges if e.target == item.id
        ]  # fmt: skip
        return tuple(Port(name=name, kind=ANY) for name in dict.fromkeys(wired))

    def _inner_kind(self, group: Group, gate: str) -> str:
        for edge in group.body.edges:
            name, port, output = (
                (edge.target, edge.target_port, False)
                if edge.source == gate
                else (edge.source, edge.source_port, True)
                if edge.target == gate
                else ("", "", False)
            )
            inner = group.body.nodes.get(name)
            if isinstance(inner, Group):
                return self._inner_kind(inner, port)
            if isinstance(inner, Node):
                found = next(
                    (p for p in ports_of(inner, self._catalogue, output=output) if p.name == port), None
                )
                return found.kind if found else ANY
        return ANY


def inner_scope(group: Group, scope: Scope) -> Scope:
    """The parameters a group's body sees, with references to the groups around it followed."""
    return {
        name: scope.get(value.name, value) if isinstance(value, Ref) else value
        for name, value in group.params.items()
    }


def _moved(box: Box, dx: float, dy: float) -> Box:
    x, y, w, h = box.rect
    return Box(
        rect=Rect(x + dx, y + dy, w, h),
        inputs=box.inputs,
        outputs=box.outputs,
        level=box.level,
        stacked=box.stacked,
    )


def _gates(
    graph: Graph, boxes: Mapping[str, Box], width: float, height: float
) -> dict[str, tuple[float, float]]:
    """Where the ports of a container stand on its edges: level with what they are wired to inside."""
    places: dict[str, tuple[float, float]] = {}
    middle = geometry.STAGE_HEAD + (height - geometry.STAGE_HEAD - geometry.STAGE_FOOT) / 2
    for block, x in (("input", 0.0), ("output", width)):
        names = [item.id for item in graph.nodes.values() if is_port(item, block)]
        wished = [_wished(graph, boxes, name, output=block == "output") or middle for name in names]
        heights = geometry.spread(wished, geometry.STAGE_HEAD - 8, height - 24)
        places.update({name: (x, y) for name, y in zip(names, heights, strict=True)})
    return places


def _gate(name: str, kind: str, x: float, y: float) -> Spot:
    return Spot(name=name, kind=kind, optional=False, x=x, y=y)


def _spots(ports: tuple[Port, ...], x: float, height: float) -> tuple[Spot, ...]:
    rows = geometry.port_rows(len(ports), height)
    return tuple(
        Spot(name=port.name, kind=port.kind, optional=port.optional, x=x, y=y)
        for port, y in zip(ports, rows, strict=True)
    )


def _wished(graph: Graph, boxes: Mapping[str, Box], name: str, *, output: bool) -> float | None:
    for edge in graph.edges:
        inner, port = (edge.source, edge.source_port) if output else (edge.target, edge.target_port)
        if (edge.target if output else edge.source) == name and (box := boxes.get(inner)):
            spot = box.spot(port, output=output)
            return box.rect.y + (spot.y if spot else box.rect.h / 2)
    return None
