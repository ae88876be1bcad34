"""The edits: pure functions from a graph to a graph.

Each takes the path of the body it works in (`at`, () for the whole graph) and raises GraphError, with a
sentence for the person who asked, when the graph cannot take the edit. Nobody writes an inverse: undo keeps
the graph from before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from hybridgraph.errors import GraphError
from hybridgraph.graph import topology
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, Path, frozen, is_fixed, is_port
from hybridgraph.graph.values import Value, literals
from hybridgraph.graph.wiring import ports_of, refusal
from hybridgraph.spec import Catalogue

MAX_REPEAT = 512
MAX_DEPTH = 12
"""Bodies inside one another, the whole graph counted."""
MAX_TITLE = 1000
"""Characters of a title or of the design's name."""
MAX_COORDINATE = 1e7
"""How far from the origin a node can lie, in scene pixels."""
MAX_DIGITS = 18


def fresh_id(taken: Collection[str], wish: str) -> str:
    """An id made of `wish` that is a Python name and not among `taken`."""
    base = re.sub(r"\W+", "_", wish.lower(), flags=re.ASCII).strip("_")[:64] or "node"
    base = f"n_{base}" if base[0].isdigit() else base
    if base not in taken:
        return base
    number = 2
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"


def fresh_ids(wishes: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """An id for each of the wishes, none among `taken` and no two the same."""
    used, given = set(taken), dict[str, str]()
    for wish in wishes:
        given[wish] = fresh_id(used, wish)
        used.add(given[wish])
    return given


def check_depth(graph: Graph) -> None:
    """Refuse a nesting that a file cannot hold. Raises GraphError."""
    if _depth(graph) >= MAX_DEPTH:
        raise GraphError(
            f"Stages can lie at most {MAX_DEPTH - 1} deep in one another.",
            "Dissolve one of the outer ones first.",
        )


def _depth(graph: Graph) -> int:
    """How many groups lie in one another."""
    return max((1 + _depth(item.body) for item in graph.nodes.values() if isinstance(item, Group)), default=0)


def add_node(graph: Graph, node: Item, *, at: Path = ()) -> Graph:
    """The graph with one more node. Raises GraphError when its id is taken."""
    body = graph.at(at)
    if node.id in body.nodes:
        raise GraphError(f"There is already a node called {node.id!r} here.")
    return graph.with_body(at, body.with_item(node))


def remove(graph: Graph, ids: Iterable[str], *, at: Path = (), heal: bool = False) -> Graph:
    """The graph without these nodes and their wires; with a group's port go the wires to it from outside.

    With `heal`, a wire into the first input of a removed node goes on to where its first output led.
    """
    body = graph.at(at)
    gone = set(ids) & set(body.nodes)
    edges = list(body.edges)
    if heal:
        for name in [name for name in topology.order(body) if name in gone]:
            edges = _healed(edges, name)
    kept = tuple(edge for edge in edges if edge.source not in gone and edge.target not in gone)
    nodes = {name: item for name, item in body.nodes.items() if name not in gone}
    removed = graph.with_body(at, replace(body, nodes=frozen(nodes), edges=kept))
    return (
        _without_ports(removed, at, {name for name in gone if _is_edge(body.nodes[name])}) if at else removed
    )


def _is_edge(item: Item) -> bool:
    return is_port(item, "input") or is_port(item, "output")


def _without_ports(graph: Graph, path: Path, ports: set[str]) -> Graph:
    """The graph without the wires to these ports of the group at `path`."""
    around = graph.at(path[:-1])
    ends = {(path[-1], port) for port in ports}
    kept = tuple(
        edge
        for edge in around.edges
        if (edge.source, edge.source_port) not in ends and (edge.target, edge.target_port) not in ends
    )
    return graph.with_body(path[:-1], replace(around, edges=kept))


def _healed(edges: list[Edge], name: str) -> list[Edge]:
    """The edges with those through `name` joined, when exactly one wire comes in."""
    into = [edge for edge in edges if edge.target == name]
    if len(into) != 1:
        return edges
    source = into[0]
    return [
        replace(edge, source=source.source, source_port=source.source_port) if edge.source == name else edge
        for edge in edges
        if edge.target != name
    ]


def connect(graph: Graph, edge: Edge, catalogue: Catalogue, *, at: Path = ()) -> Graph:
    """The graph with one more wire; a wire that already ends in the same port is replaced.

    Raises GraphError with the reason when the two ports cannot be wired.
    """
    body = graph.at(at)
    if reason := refusal(body, edge, catalogue):
        raise GraphError(reason)
    kept = tuple(
        other for other in body.edges if (other.target, other.target_port) != (edge.target, edge.target_port)
    )
    return graph.with_body(at, replace(body, edges=(*kept, edge)))


def disconnect(graph: Graph, edges: Iterable[Edge], *, at: Path = ()) -> Graph:
    """The graph without these wires."""
    body = graph.at(at)
    gone = set(edges)
    return graph.with_body(at, replace(body, edges=tuple(edge for edge in body.edges if edge not in gone)))


def move(graph: Graph, places: Mapping[str, tuple[float, float]], *, at: Path = ()) -> Graph:
    """The graph with nodes at new places, within what a file can hold."""
    body = graph.at(at)

    def near(value: float) -> float:
        return min(max(value, -MAX_COORDINATE), MAX_COORDINATE)

    moved = {
        name: replace(body.nodes[name], x=near(x), y=near(y))
        for name, (x, y) in places.items()
        if name in body.nodes
    }
    return graph.with_body(at, replace(body, nodes=frozen({**body.nodes, **moved})))


def set_param(graph: Graph, path: Path, name: str, value: Value, catalogue: Catalogue) -> Graph:
    """The graph with one parameter of the node or group at `path` changed.

    Raises GraphError when the block has no such parameter or a literal is outside its limits.
    """
    item = graph.item(path)
    if any(isinstance(one, int | float) and not abs(one) < 10**MAX_DIGITS for one in literals(value)):
        raise GraphError(f"{item.title or item.id}, {name}: that is no number that a design can hold.")
    if isinstance(item, Node) and (spec := catalogue.get(item.block)) is not None:
        parameter = spec.params.get(name)
        if parameter is None:
            known = ", ".join(spec.params) or "none"
            raise GraphError(f"{spec.title} has no parameter {name!r}.", f"It has: {known}.")
        plain = value is None or isinstance(value, bool | int | float | str)
        if plain and (complaint := parameter.complaint(value)):
            raise GraphError(f"{item.title or spec.title}, {name}: {complaint}.")
    return replace_item(graph, path, replace(item, params=frozen({**item.params, name: value})))


def reset_param(graph: Graph, path: Path, name: str) -> Graph:
    """The graph with one parameter back at its default."""
    item = graph.item(path)
    rest = {key: value for key, value in item.params.items() if key != name}
    return replace_item(graph, path, replace(item, params=frozen(rest)))


def set_title(graph: Graph, path: Path, title: str) -> Graph:
    """The graph with a node or group renamed. The id stays, so wires and weights keep their names.

    Raises GraphError beyond a thousand characters.
    """
    return replace_item(graph, path, replace(graph.item(path), title=_named(title.strip())))


def set_repeat(graph: Graph, path: Path, repeat: int) -> Graph:
    """The graph with another repeat count of a group. Raises GraphError outside 1 to 512."""
    item = graph.item(path)
    if not isinstance(item, Group):
        raise GraphError(f"{item.title or item.id} is a single block; only a stage has a repeat count.")
    if not 1 <= repeat <= MAX_REPEAT:
        raise GraphError(
            f"{item.title or item.id} cannot repeat {repeat} times; 1 to {MAX_REPEAT} is possible."
        )
    return replace_item(graph, path, replace(item, repeat=repeat))


def set_collapsed(graph: Graph, path: Path, collapsed: bool) -> Graph:
    """The graph with a group shown as one card or with its body."""
    item = graph.item(path)
    if not isinstance(item, Group):
        raise GraphError(f"{item.title or item.id} is a single block and cannot be folded.")
    return replace_item(graph, path, replace(item, collapsed=collapsed))


def set_bypass(graph: Graph, path: Path, bypass: bool) -> Graph:
    """The graph with a block or stage passed over, its first input handed on, or back in its place.

    Raises GraphError for the image and for the ports of a stage.
    """
    item = graph.item(path)
    if bypass and is_fixed(item):
        raise GraphError(f"{item.title or item.id} is where values come in or go out; it cannot be bypassed.")
    return replace_item(graph, path, replace(item, bypass=bypass))


def set_freeze(graph: Graph, path: Path, freeze: bool) -> Graph:
    """The graph with the weights of a block or stage kept as they are in training, or trained again."""
    return replace_item(graph, path, replace(graph.item(path), freeze=freeze))


def set_recompute(graph: Graph, path: Path, recompute: bool) -> Graph:
    """The graph with a block or stage whose activations training computes twice to save memory, or keeps again.

    Raises GraphError for the image and for the ports of a stage.
    """
    item = graph.item(path)
    if recompute and is_fixed(item):
        raise GraphError(f"{item.title or item.id} is where values come in or go out; it computes nothing.")
    return replace_item(graph, path, replace(item, recompute=recompute))


def set_name(graph: Graph, name: str) -> Graph:
    """The graph under another name. Raises GraphError beyond a thousand characters."""
    return replace(graph, name=_named(name))


def _named(text: str) -> str:
    if len(text) > MAX_TITLE:
        raise GraphError(f"A name of {len(text):,} characters is too long; {MAX_TITLE:,} are possible.")
    return text


def replace_item(graph: Graph, path: Path, item: Item) -> Graph:
    """The graph with another item of the same id at `path`."""
    return graph.with_body(path[:-1], graph.at(path[:-1]).with_item(item))


def splice(graph: Graph, edge: Edge, node: Item, catalogue: Catalogue, *, at: Path = ()) -> Graph:
    """The graph with a new node put into a wire.

    Raises GraphError when the wire is not there, the node has no input or output, or the kinds do not fit.
    """
    inputs, outputs = ports_of(node, catalogue, output=False), ports_of(node, catalogue, output=True)
    name = node.title or (node.block if isinstance(node, Node) else node.id)
    if not inputs or not outputs:
        raise GraphError(f"{name} has no {'output' if inputs else 'input'} to put into a wire.")
    if edge not in graph.at(at).edges:
        raise GraphError(f"There is no wire {edge} to put {name} into.")
    graph = disconnect(graph, [edge], at=at)
    graph = add_node(graph, node, at=at)
    graph = connect(graph, Edge(edge.source, edge.source_port, node.id, inputs[0].name), catalogue, at=at)
    return connect(graph, Edge(node.id, outputs[0].name, edge.target, edge.target_port), catalogue, at=at)


def fit(
    graph: Graph,
    catalogue: Catalogue,
    *,
    image_size: int | None = None,
    channels_in: int | None = None,
    classes: int | None = None,
) -> Graph:
    """The graph for square pictures of this size and channels, its heads for this many classes, where given."""
    wishes: dict[str, Value] = {}
    if image_size is not None:
        wishes |= {"height": image_size, "width": image_size}
    if channels_in is not None:
        wishes["channels"] = channels_in
    for name, item in graph.nodes.items():
        if not isinstance(item, Node):
            continue
        if item.block == "image":
            for parameter, value in wishes.items():
                graph = set_param(graph, (name,), parameter, value, catalogue)
        spec = catalogue.get(item.block)
        if classes is not None and spec is not None and spec.family == "head" and "classes" in spec.params:
            graph = set_param(graph, (name,), "classes", classes, catalogue)
    return graph
