"""The edits that bring blocks in: beside others, into a wire, in another's place. Pure functions."""

from __future__ import annotations

from dataclasses import replace

from app.canvas.changes import framed, level_at, roomy, written
from app.canvas.geometry import NODE_GAP, STAGE_GAP, Rect, snapped
from app.canvas.placement import Level, Placer
from app.language import told, tr
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.edits import MAX_COORDINATE
from hybridgraph.graph.model import Edge, Graph, Item, Node, Path, frozen, is_port
from hybridgraph.graph.wiring import ports_of, refusal
from hybridgraph.spec import BlockSpec, Catalogue


def new_node(body: Graph, spec: BlockSpec, x: float, y: float) -> Node:
    """A node of a block with a fresh id, at a place on the grid."""
    return Node(id=edits.fresh_id(body.nodes, spec.id), block=spec.id, x=snapped(x), y=snapped(y))


def card_rect(spec: BlockSpec, catalogue: Catalogue) -> Rect:
    """The extent of a block's card with default parameters."""
    return (
        Placer(catalogue, wired=False)
        .place(Graph(nodes=frozen({"n": Node(id="n", block=spec.id)})))
        .boxes["n"]
        .rect
    )


def added(
    graph: Graph, spec: BlockSpec, at: Path, place: tuple[float, float], level: Level, catalogue: Catalogue
) -> tuple[Graph, Path]:
    """The graph with a new node whose middle is at `place` (coordinates of the container), and its path."""
    here = level_at(level, at)
    after = written(graph, level, at)
    body = after.at(at)
    if spec.id == "image" and (
        at or any(getattr(item, "block", "") == "image" for item in body.nodes.values())
    ):
        raise GraphError(
            tr("A stage takes its picture from its own input, not from an image.") if at
            else tr("There is already an image; a design has one place where pictures come in.")
        )  # fmt: skip
    size = card_rect(spec, catalogue)
    node = new_node(
        body, spec, place[0] - size.w / 2 - here.offset[0], place[1] - size.h / 2 - here.offset[1]
    )
    if (node.x, node.y) == (0.0, 0.0):
        node = replace(node, x=8.0)  # two cards at the origin would read as "no positions"
    after = edits.add_node(after, node, at=at)
    return roomy(level, after, at, catalogue), (*at, node.id)


def joined(graph: Graph, path: Path, origin: Edge, catalogue: Catalogue) -> Graph:
    """The graph with the open end ("") of a wire joined to the first port of a node that takes it, if one does."""
    at, name = path[:-1], path[-1]
    for port in ports_of(graph.item(path), catalogue, output=not origin.source):
        edge = (
            replace(origin, target=name, target_port=port.name)
            if origin.source
            else replace(origin, source=name, source_port=port.name)
        )
        if refusal(graph.at(at), edge, catalogue) is None:
            return edits.connect(graph, edge, catalogue, at=at)
    return graph


def spliced(
    graph: Graph, spec: BlockSpec, at: Path, edge: Edge, level: Level, catalogue: Catalogue
) -> tuple[Graph, Path]:
    """The graph with a new node put into a wire, and what follows it moved to make room; and the node's path."""
    node = new_node(graph.at(at), spec, 0, 0)
    return put_between(graph, node, card_rect(spec, catalogue), at, edge, level, catalogue)


def put_in(graph: Graph, path: Path, edge: Edge, level: Level, catalogue: Catalogue) -> Graph:
    """The graph with a card that has no wires yet moved into a wire. Raises GraphError when it does not fit."""
    at, name = path[:-1], path[-1]
    item = graph.item(path)
    bare = edits.remove(graph, [name], at=at)
    return put_between(bare, item, level_at(level, at).boxes[name].rect, at, edge, level, catalogue)[0]


def put_between(
    graph: Graph, node: Item, size: Rect, at: Path, edge: Edge, level: Level, catalogue: Catalogue
) -> tuple[Graph, Path]:
    """Splice a node into a wire; in a body with positions, what follows makes room."""
    here = level_at(level, at)
    if here.automatic:
        after = edits.splice(graph, edge, replace(node, x=0.0, y=0.0), catalogue, at=at)
        return roomy(level, after, at, catalogue), (*at, node.id)
    way = here.routes.get(edge)
    if way is None:
        raise GraphError(tr("This wire is not there any more."))
    dx, dy = here.offset
    gap = NODE_GAP if at else STAGE_GAP
    start, end = way.start, way.end
    x, y = start[0] + gap, start[1] - size.h / 2
    placed = replace(node, x=snapped(x - dx), y=snapped(y - dy))
    after = edits.splice(graph, edge, placed, catalogue, at=at)
    if end[0] > start[0]:
        push = size.w + 2 * gap - (end[0] - start[0])
        target = here.boxes.get(edge.target)
        row = target.rect if target else Rect(start[0], y, 0, size.h)
        follow = {
            name: (box.rect.x - dx + snapped(push + 4), box.rect.y - dy)
            for name, box in here.boxes.items()
            if name != node.id
            and push > 0
            and box.rect.x >= start[0] - 1
            and box.rect.y < row.bottom
            and box.rect.bottom > row.y
        }
        after = framed(level, edits.move(after, follow, at=at), at, catalogue)
    return roomy(level, after, at, catalogue), (*at, placed.id)


def nearest_wire(level: Level, x: float, y: float) -> Edge | None:
    """The wire of a level into which something dropped at a point should go."""

    def far(edge: Edge) -> float:
        way = level.routes[edge]
        (ax, ay), (bx, by) = way.start, way.end
        outside = max(min(ax, bx) - x, x - max(ax, bx), 0.0)
        return outside * 2 + abs((ay + by) / 2 - y)

    reach = 128.0
    while reach < MAX_COORDINATE:
        near = [edge for edge, _ in level.ways.near(Rect(x - reach, y - reach, 2 * reach, 2 * reach))]
        best = min(near, key=far, default=None)
        if best is not None and far(best) <= reach:
            return best  # whatever is nearer would have been found
        reach *= 4
    return min(level.routes, key=far, default=None)


def swapped(graph: Graph, path: Path, spec: BlockSpec, catalogue: Catalogue) -> Graph:
    """The graph with another block in a node's place: it keeps its id, its wires and the parameters both have.

    Raises GraphError when a wire has no port to go to.
    """
    old = graph.item(path)
    if not isinstance(old, Node) or is_port(old, "input") or is_port(old, "output"):
        raise GraphError(
            tr("{value} is not a block that another one can take the place of.", value=old.title or old.id)
        )
    kept = {
        name: value
        for name, value in old.params.items()
        if name in spec.params
        and (not isinstance(value, bool | int | float | str) or spec.params[name].complaint(value) is None)
    }
    node = replace(old, block=spec.id, params=frozen(kept))
    body = graph.at(path[:-1])
    bare = replace(
        body,
        nodes=frozen({**body.nodes, node.id: node}),
        edges=tuple(e for e in body.edges if node.id not in (e.source, e.target)),
    )
    after = graph.with_body(path[:-1], bare)
    for edge in body.edges:
        if node.id == edge.target:
            port = _port(edge.target_port, [p.name for p in spec.inputs], spec)
            after = edits.connect(after, replace(edge, target_port=port), catalogue, at=path[:-1])
        elif node.id == edge.source:
            port = _port(edge.source_port, [p.name for p in spec.outputs], spec)
            after = edits.connect(after, replace(edge, source_port=port), catalogue, at=path[:-1])
    return after


def _port(name: str, names: list[str], spec: BlockSpec) -> str:
    if name in names:
        return name
    if not names:
        raise GraphError(tr("{title} has no port for a wire that leads here.", title=told(spec.title)))
    return names[0]
