"""The ports of nodes, and which wires between them are possible."""

from __future__ import annotations

from hybridgraph.graph import topology
from hybridgraph.graph.model import Edge, Graph, Group, Item
from hybridgraph.shapes import KIND_TITLES
from hybridgraph.spec import ANY, SAME, Catalogue, Port


def refusal(body: Graph, edge: Edge, catalogue: Catalogue) -> str | None:
    """Why this wire cannot be drawn, as a sentence; None when it can.

    Looks at ports, kinds and circles. Whether the sizes fit is found by running the graph with the wire.
    """
    source, target = body.nodes.get(edge.source), body.nodes.get(edge.target)
    if source is None or target is None:
        return f"There is no node called {edge.source if source is None else edge.target!r} here."
    giver, taker = (name_in(body, name, catalogue) for name in (edge.source, edge.target))
    out = port_of(source, edge.source_port, catalogue, output=True)
    into = port_of(target, edge.target_port, catalogue, output=False)
    if out is None or into is None:
        name, port = (giver, edge.source_port) if out is None else (taker, edge.target_port)
        return f"{name} has no {'output' if out is None else 'input'} called {port!r}."
    if edge.source == edge.target:
        return f"{giver} cannot feed itself."
    if topology.reaches(body, edge.target, edge.source):
        return f"This wire would close a circle: {taker} already feeds {giver}."
    if out.kind not in (ANY, SAME) and into.kind not in (ANY, out.kind):
        return f"{giver} gives {KIND_TITLES[out.kind]}, {taker} takes {KIND_TITLES[into.kind]}."
    return None


def port_of(item: Item, name: str, catalogue: Catalogue, *, output: bool) -> Port | None:
    """The port of that name on a node or group. Any port of an unknown block is taken to exist."""
    if isinstance(item, Group):
        names = item.outputs if output else item.inputs
        return Port(name=name, kind=ANY) if name in names else None
    spec = catalogue.get(item.block)
    if spec is None:
        return Port(name=name, kind=ANY)
    return spec.output(name) if output else spec.input(name)


def ports_of(item: Item, catalogue: Catalogue, *, output: bool) -> tuple[Port, ...]:
    """Every port of a node or group on one side. An unknown block shows none."""
    if isinstance(item, Group):
        return tuple(Port(name=name, kind=ANY) for name in (item.outputs if output else item.inputs))
    spec = catalogue.get(item.block)
    if spec is None:
        return ()
    return spec.outputs if output else spec.inputs


def title_of(item: Item, catalogue: Catalogue) -> str:
    """What a person calls a node or group: its own title, else its block's, else its id."""
    if item.title or isinstance(item, Group):
        return item.title or item.id
    spec = catalogue.get(item.block)
    return spec.title if spec else item.id


def name_in(body: Graph, node: str, catalogue: Catalogue) -> str:
    """What a person calls a node of this body: its title, with the id where another one has the same."""
    title = title_of(body.nodes[node], catalogue)
    same = sum(title_of(item, catalogue) == title for item in body.nodes.values())
    return f"{title} ({node})" if same > 1 else title
