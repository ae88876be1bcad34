"""Repairs by taking away what does no good, and by what every design needs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hybridgraph.graph import edits, links, topology
from hybridgraph.graph.model import Edge, Graph, Group, Node
from hybridgraph.graph.wiring import ports_of
from hybridgraph.repairs.repair import Case, Repair
from hybridgraph.spec import Catalogue


def delete(case: Case) -> Iterator[Repair]:
    """The node goes, and its wires are joined where that is possible."""
    title = f"Delete {case.name(case.path[-1])}"
    yield Repair(title=title, edit=partial(edits.remove, ids=[case.path[-1]], at=case.at, heal=True))


def delete_end(case: Case) -> Iterator[Repair]:
    """One of the nodes goes that no wire takes further."""
    body = case.graph.at(case.at)
    feeding = {edge.source for edge in body.edges}
    for name in body.nodes:
        if name not in feeding:
            title = f"Delete {case.name(name)}"
            yield Repair(title=title, edit=partial(edits.remove, ids=[name], at=case.at))


def bypass(case: Case) -> Iterator[Repair]:
    """The node stays, and values go past it."""
    title = f"Bypass {case.name(case.path[-1])}"
    yield Repair(title=title, edit=partial(edits.set_bypass, path=case.path, bypass=True))


def reset(case: Case) -> Iterator[Repair]:
    """The parameter goes back to its default, or away."""
    name = case.finding.port
    if name in case.item.params:
        yield Repair(title=f"Reset {name}", edit=partial(edits.reset_param, path=case.path, name=name))


def reset_collect(case: Case) -> Iterator[Repair]:
    """The stage's output gives what the last repeat gave."""
    yield Repair(
        title="Switch “collect” off", edit=partial(edits.reset_param, path=case.path, name="collect")
    )


def drop_wire(case: Case) -> Iterator[Repair]:
    """One of the wires at the port goes."""
    for edge in case.wires_in:
        title = f"Remove the wire from {case.name(edge.source)}"
        yield Repair(title=title, edit=partial(edits.disconnect, edges=[edge], at=case.at))


def break_circle(case: Case) -> Iterator[Repair]:
    """One of the wires of a circle goes."""
    body = case.graph.at(case.at)
    try:
        topology.order(body)
    except topology.CycleError as error:
        ring = set(zip(error.cycle, [*error.cycle[1:], error.cycle[0]], strict=True))
        for edge in body.edges:
            if (edge.source, edge.target) in ring:
                title = f"Remove the wire from {case.name(edge.source)} to {case.name(edge.target)}"
                yield Repair(title=title, edit=partial(edits.disconnect, edges=[edge], at=case.at))


def agree(case: Case) -> Iterator[Repair]:
    """Linked copies have one body again, or this one stands on its own."""
    group = case.item
    paths = links.members(case.graph).get(group.link, []) if isinstance(group, Group) else []
    for path in (case.path, *(path for path in paths if path != case.path)):
        item = case.graph.item(path)
        name = f"{item.title} ({item.id})" if item.title else item.id  # copies have the same title
        title = f"Use the body of {name} in all {len(paths)} linked copies"
        yield Repair(title=title, edit=partial(links.unified, path=path))
    yield Repair(title=f"Make {group.title or group.id} unique", edit=partial(links.unlinked, path=case.path))


def add_image(case: Case) -> Iterator[Repair]:
    """An image, wired to the first node that nothing feeds."""
    fed = {edge.target for edge in case.graph.edges}
    open_ends = [
        Edge("image", "y", name, ports[0].name)
        for name, item in case.graph.nodes.items()
        if name not in fed and (ports := ports_of(item, case.catalogue, output=False))
    ]
    yield Repair(title="Add an image", edit=partial(_with_image, open_ends[:1], case.catalogue))


def _with_image(wires: list[Edge], catalogue: Catalogue, graph: Graph) -> Graph:
    left = min((item.x for item in graph.nodes.values()), default=0.0)
    name = edits.fresh_id(graph.nodes, "image")
    graph = edits.add_node(graph, Node(id=name, block="image", x=left - 160))
    for wire in wires:
        graph = edits.connect(graph, Edge(name, "y", wire.target, wire.target_port), catalogue)
    return graph
