"""Edits that change the nesting: make a stage of a selection, dissolve one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, topology
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, Path, frozen, is_fixed, is_port
from hybridgraph.graph.values import Cycle, First, Ramp, Ref, Value


def group(
    graph: Graph, ids: Iterable[str], *, at: Path = (), title: str = "Stage", framed: Iterable[str] = ()
) -> tuple[Graph, str]:
    """The graph with the nodes of a selection, and the comment frames `framed`, moved into a new group, and its id.

    Every wire that enters from one place becomes an input port, every output used outside an output port.
    References to the group around are handed through the new one, and values for each of its repeats become
    parameters of its own, so that the network stays the same.
    Raises GraphError when the selection is empty or a path leaves it and comes back.
    """
    body = graph.at(at)
    inner = [name for name in body.nodes if name in set(ids)]
    if not inner:
        raise GraphError("There is nothing selected to make a stage of.")
    if any(is_fixed(body.nodes[name]) for name in inner):
        raise GraphError("The image and the ports of a group cannot become part of a stage.")
    chosen = set(inner)
    for name in inner:
        outside = topology.downstream(body, name) - chosen
        if any(topology.downstream(body, other) & chosen for other in outside):
            raise GraphError(
                "These nodes cannot become one stage: a path leaves the selection and comes back to it.",
                "Select the nodes in between as well.",
            )
    if at:
        graph = _hoisted(graph, inner, at)
        body = graph.at(at)
    name = edits.fresh_id(set(body.nodes), title)
    made, edges = _enclosed(body, inner, name, title)
    taken = {key: body.frames[key] for key in framed if key in body.frames}
    made = replace(made, body=replace(made.body, frames=frozen(taken)))
    nodes = {key: item for key, item in body.nodes.items() if key not in chosen}
    left = {key: frame for key, frame in body.frames.items() if key not in taken}
    around = replace(body, nodes=frozen({**nodes, name: made}), edges=edges, frames=frozen(left))
    grouped = graph.with_body(at, around)
    edits.check_depth(grouped)
    return grouped, name


def _hoisted(graph: Graph, ids: list[str], at: Path) -> Graph:
    """The graph with the per-repeat values of these nodes moved up into parameters of the group they stand in."""
    around = graph.item(at)
    assert isinstance(around, Group)
    params, nodes = dict(around.params), dict(around.body.nodes)
    for name in ids:
        own = dict(nodes[name].params)
        for key, value in own.items():
            if isinstance(value, First | Cycle | Ramp):
                raised = key if key not in params else edits.fresh_id(params, f"{name}_{key}")
                params[raised], own[key] = value, Ref(raised)
        nodes[name] = replace(nodes[name], params=frozen(own))
    body = replace(around.body, nodes=frozen(nodes))
    return edits.replace_item(graph, at, replace(around, params=frozen(params), body=body))


def _enclosed(body: Graph, inner: list[str], name: str, title: str) -> tuple[Group, tuple[Edge, ...]]:
    """The group that holds the nodes `inner`, and the edges of the level it stands in."""
    chosen = set(inner)
    left = min(body.nodes[n].x for n in inner)
    right = max(body.nodes[n].x for n in inner)
    top = min(body.nodes[n].y for n in inner)
    ports: dict[str, Item] = {}
    within: list[Edge] = []
    around: list[Edge] = []
    entries: dict[tuple[str, str], str] = {}
    exits: dict[tuple[str, str], str] = {}
    for edge in body.edges:
        into, out_of = edge.target in chosen, edge.source in chosen
        if into and out_of:
            within.append(edge)
        elif into:
            key = (edge.source, edge.source_port)
            if key not in entries:
                entries[key] = edits.fresh_id(
                    [*chosen, *ports], "x" if not entries else f"x{len(entries) + 1}"
                )
                ports[entries[key]] = Node(id=entries[key], block="input", x=left - 160, y=top)
                around.append(Edge(*key, name, entries[key]))
            within.append(Edge(entries[key], "y", edge.target, edge.target_port))
        elif out_of:
            key = (edge.source, edge.source_port)
            if key not in exits:
                exits[key] = edits.fresh_id([*chosen, *ports], "y" if not exits else f"y{len(exits) + 1}")
                ports[exits[key]] = Node(id=exits[key], block="output", x=right + 200, y=top)
                within.append(Edge(*key, exits[key], "x"))
            around.append(Edge(name, exits[key], edge.target, edge.target_port))
        else:
            around.append(edge)
    _open_ends(body, inner, ports, within, right + 200, top)
    nodes = {**{n: body.nodes[n] for n in inner}, **ports}
    references = [v for n in inner for v in body.nodes[n].params.values() if isinstance(v, Ref)]
    made = Group(
        id=name, title=title, x=left, y=top, body=Graph(nodes=frozen(nodes), edges=tuple(within)),
        params=frozen({reference.name: reference for reference in references}),
    )  # fmt: skip
    return made, tuple(around)


def _open_ends(
    body: Graph, inner: list[str], ports: dict[str, Item], within: list[Edge], x: float, y: float
) -> None:
    """Give the group an output when nothing outside uses it yet, so that it can be wired later."""
    if any(is_port(port, "output") for port in ports.values()):
        return
    fed = {edge.source for edge in within}
    last = [name for name in topology.order(body) if name in set(inner) and name not in fed]
    source = body.nodes[last[-1]]
    out = source.outputs[0] if isinstance(source, Group) and source.outputs else "y"
    name = edits.fresh_id([*inner, *ports], "y")
    ports[name] = Node(id=name, block="output", x=x, y=y)
    within.append(Edge(source.id, out, name, "x"))


def ungroup(graph: Graph, name: str, *, at: Path = ()) -> Graph:
    """The graph with a group's body put in its place. Raises GraphError when it repeats or collects what it gives.

    References to the group's parameters become the values they had, and a body within a body no longer has
    repeats of its own, so values for each repeat become the first of them.
    """
    body = graph.at(at)
    found = body.nodes.get(name)
    if not isinstance(found, Group):
        raise GraphError(f"{name} is no group and cannot be dissolved.")
    if found.repeat > 1:
        raise GraphError(
            f"{found.title or name} repeats {found.repeat} times and cannot be dissolved as it is.",
            "Set its repeat count to 1 first.",
        )
    if found.collected:
        raise GraphError(
            f"{found.title or name} gives a stack of what it collects, which single blocks do not.",
            f"Switch “collect” off at {', '.join(sorted(found.collected))} first.",
        )
    rename = edits.fresh_ids(found.body.nodes, set(body.nodes) - {name})
    inner = {
        rename[key]: replace(
            item,
            id=rename[key],
            once=found.once,
            bypass=item.bypass or found.bypass,
            freeze=item.freeze or found.freeze,
            recompute=item.recompute or found.recompute,
            params=frozen({k: settled(v, found.params, within=bool(at)) for k, v in item.params.items()}),
        )
        for key, item in found.body.nodes.items()
        if not is_fixed(item)
    }
    source_of = {edge.target: (edge.source, edge.source_port) for edge in found.body.edges}
    outer_source = {e.target_port: (e.source, e.source_port) for e in body.edges if e.target == name}

    def real(source: tuple[str, str]) -> tuple[str, str] | None:
        if source[0] in found.inputs:
            return outer_source.get(source[0])
        return rename[source[0]], source[1]

    edges = [edge for edge in body.edges if name not in (edge.source, edge.target)]
    for edge in found.body.edges:
        source = real((edge.source, edge.source_port))
        if source and edge.target in rename and rename[edge.target] in inner:
            edges.append(Edge(*source, rename[edge.target], edge.target_port))
    for edge in body.edges:
        if edge.source == name and edge.source_port in source_of:
            source = real(source_of[edge.source_port])
            if source:
                edges.append(Edge(*source, edge.target, edge.target_port))
    nodes = {key: item for key, item in body.nodes.items() if key != name}
    freed = edits.fresh_ids(found.body.frames, body.frames)
    frames = {freed[key]: replace(frame, id=freed[key]) for key, frame in found.body.frames.items()}
    return graph.with_body(
        at,
        replace(
            body,
            nodes=frozen({**nodes, **inner}),
            edges=tuple(edges),
            frames=frozen({**body.frames, **frames}),
        ),
    )


def settled(value: Value, params: Mapping[str, Value], *, within: bool) -> Value:
    """What a parameter in the body of a group with these parameters is outside of it.

    `within` says that this is another group, whose repeats are not those that the value was made for.
    """
    if isinstance(value, Ref):
        outer = params.get(value.name, value)
        return outer if isinstance(outer, Ref) else settled(outer, params, within=within)
    if within and isinstance(value, First | Cycle):
        return value.at(0)
    if within and isinstance(value, Ramp) and value.over == "stage":
        return value.start
    return value
