"""Repairs by a block in a wire, or by another wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from hybridgraph.graph import edits, topology
from hybridgraph.graph.model import Edge, Graph, Node, frozen
from hybridgraph.graph.wiring import ports_of, refusal
from hybridgraph.repairs.repair import Case, Repair
from hybridgraph.shapes import ImageMap
from hybridgraph.spec import ANY, SAME, BlockSpec

CONVOLUTION, POOLING = "conv_norm_act", "pool"
_NEAR = 6
"""Other sources that are offered for one port."""


def converters(case: Case) -> Iterator[Repair]:
    """A block between that turns what comes into what is taken."""
    spec = case.spec
    wanted = spec.input(case.finding.port) if spec is not None else None
    for edge in case.wires_in[:1]:
        shape = case.carried(edge)
        if wanted is None or shape is None:
            return
        fitting = [
            other
            for other in case.catalogue.values()
            if not other.structural and _turns(other, shape.kind, wanted.kind)
        ]
        glue = [
            other for other in fitting if other.family == "glue"
        ]  # it has no weights and changes nothing else
        for other in glue or fitting:
            yield _inserted(case, edge, Node(id=other.id, block=other.id), f"Insert {other.title}")


def _turns(spec: BlockSpec, given: str, wanted: str) -> bool:
    needed = [port for port in spec.inputs if not port.optional]
    return (
        len(needed) == 1
        and len(spec.outputs) == 1
        and needed[0].kind == given
        and spec.outputs[0].kind not in (ANY, SAME)
        and spec.outputs[0].kind == wanted
    )


def matchings(case: Case) -> Iterator[Repair]:
    """Where maps must agree: a 1×1 convolution or a pooling in one wire that makes it like another one."""
    shapes = {edge: shape for edge in case.wires_in if isinstance(shape := case.carried(edge), ImageMap)}
    if len(shapes) < 2:
        return
    for edge, shape in shapes.items():
        for other in dict.fromkeys(shapes.values()):
            if other != shape and (stride := _stride(shape, other)) is not None:
                yield from _matched(case, edge, shape, other, stride)


def _matched(case: Case, edge: Edge, shape: ImageMap, other: ImageMap, stride: int) -> Iterator[Repair]:
    start = case.name(edge.source)
    if shape.channels == other.channels and POOLING in case.catalogue:
        pool = Node(id="pool", block=POOLING, params=frozen({"stride": stride, "kernel": stride}))
        yield _inserted(case, edge, pool, f"Pool what comes from {start} to {other.height}×{other.width}")
    if CONVOLUTION in case.catalogue:
        params = {"channels": other.channels, "kernel": 1, "stride": stride, "activation": "none"}
        words = f"Insert a 1×1 convolution after {start}: {shape} becomes {other}"
        yield _inserted(case, edge, Node(id="match", block=CONVOLUTION, params=frozen(params)), words)


def _stride(shape: ImageMap, other: ImageMap) -> int | None:
    """The stride that makes one grid of the other; None where there is none."""
    stride = max(shape.height // max(other.height, 1), 1)
    fits = -(-shape.height // stride) == other.height and -(-shape.width // stride) == other.width
    return stride if fits else None


def sources(case: Case) -> Iterator[Repair]:
    """A wire from a node that gives what the open port takes, from those whose result nobody uses first."""
    body = case.graph.at(case.at)
    item = case.item
    ports = [port.name for port in ports_of(item, case.catalogue, output=False) if not port.optional]
    used = {edge.source for edge in body.edges}
    for port in [case.finding.port] if case.finding.port in ports else ports:
        wires = [
            Edge(name, out.name, item.id, port)
            for name, other in body.nodes.items()
            for out in ports_of(other, case.catalogue, output=True)
        ]
        fitting = [edge for edge in wires if refusal(body, edge, case.catalogue) is None]
        fitting.sort(key=lambda edge: edge.source in used)
        for edge in fitting[:_NEAR]:
            yield _wired(case, edge, f"Wire {case.name(edge.source)} to it")


def other_sources(case: Case) -> Iterator[Repair]:
    """The wire's end moved to what stands further up and gives the kind that is taken."""
    body = case.graph.at(case.at)
    for edge in case.wires_in[:1]:
        above = topology.upstream(body, edge.source)
        spec = case.spec
        wanted = spec.input(edge.target_port) if spec is not None else None
        for name in reversed([name for name in body.nodes if name in above]):
            report = case.analysis.nodes.get((*case.at, name))
            for port, shape in (report.outputs if report is not None else {}).items():
                if wanted is not None and shape.kind == wanted.kind:
                    moved = replace(edge, source=name, source_port=port)
                    yield _wired(case, moved, f"Take its input from {case.name(name)}")


def joins(case: Case) -> Iterator[Repair]:
    """An Add or a Concat before a port in which two wires end."""
    edges = case.wires_in
    for block in ("add", "concat"):
        spec = case.catalogue.get(block)
        if spec is None or len(edges) != 2:
            continue
        yield Repair(title=f"Join both wires with {spec.title}", edit=partial(_joined, case, edges, spec))


def _joined(case: Case, edges: list[Edge], spec: BlockSpec, graph: Graph) -> Graph:
    name = edits.fresh_id(graph.at(case.at).nodes, spec.id)
    item = case.item
    graph = edits.disconnect(graph, edges, at=case.at)
    graph = edits.add_node(graph, Node(id=name, block=spec.id, x=item.x - 160, y=item.y), at=case.at)
    for edge, port in zip(edges, spec.inputs, strict=False):
        graph = edits.connect(
            graph, Edge(edge.source, edge.source_port, name, port.name), case.catalogue, at=case.at
        )
    return edits.connect(
        graph, Edge(name, spec.outputs[0].name, item.id, edges[0].target_port), case.catalogue, at=case.at
    )


def _inserted(case: Case, edge: Edge, node: Node, title: str) -> Repair:
    def edit(graph: Graph) -> Graph:
        body = graph.at(case.at)
        x, y = _between(body, edge)
        named = replace(node, id=edits.fresh_id(body.nodes, node.id), x=x, y=y)
        return edits.splice(graph, edge, named, case.catalogue, at=case.at)

    return Repair(title=title, edit=edit)


def _between(body: Graph, edge: Edge) -> tuple[float, float]:
    """The place in the middle of a wire; the origin, which asks for a layout, where nothing has a place."""
    ends = [body.nodes[edge.source], body.nodes[edge.target]]
    if not any(end.x or end.y for end in body.nodes.values()):
        return 0.0, 0.0
    return sum(end.x for end in ends) / 2, sum(end.y for end in ends) / 2 + 24


def _wired(case: Case, edge: Edge, title: str) -> Repair:
    return Repair(title=title, edit=lambda graph: edits.connect(graph, edge, case.catalogue, at=case.at))
