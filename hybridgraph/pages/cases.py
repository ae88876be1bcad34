"""The numbers that a node's formulas are about: its parameters and input shapes, in each repeat of its stage.

Worked out from the graph and its analysis, without the engine. The analysis keeps the inputs of the first repeat and
the outputs of the last; what a later repeat is fed is what the repeats hand on, which is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import product
from math import prod

from hybridgraph.analysis import Analysis
from hybridgraph.errors import GraphError
from hybridgraph.graph.model import Graph, Group, Item, Node, Path, is_port
from hybridgraph.graph.values import Literal_, Position, resolve
from hybridgraph.pages.formula import Known
from hybridgraph.shapes import Shape, Stack
from hybridgraph.spec import BlockSpec

MAX_REPEATS = 4096


@dataclass(slots=True, kw_only=True)
class Case:
    """The names that formulas may use, and in how many repeats they have these values."""

    names: Mapping[str, Known]
    count: int = 1


def bind(spec: BlockSpec, params: Mapping[str, Literal_], inputs: Mapping[str, Shape]) -> dict[str, Known]:
    """The names of a block with these parameters, the others at their defaults, on these inputs.

    Those are its parameters, its wired numbers, `port.size` for each size of each shape, and for each optional port
    its name, which is true when something is wired to it.
    """
    names: dict[str, Known] = {**spec.defaults(), **params}
    for name, shape in inputs.items():
        names |= {f"{name}.{size}": value for size, value in _sizes(shape).items()}
    for name, source in spec.wired.items():
        if source in names:
            names[name] = names[source]
    for port in spec.inputs:
        if port.optional:
            names[port.name] = port.name in inputs
    return names


def _sizes(shape: Shape) -> dict[str, int]:
    """The sizes of a shape by name; of a stack, its own and those of what is stacked."""
    inner = _sizes(shape.of) if isinstance(shape, Stack) else {}
    own = {entry.name: getattr(shape, entry.name) for entry in fields(shape)}
    return {**inner, **{name: value for name, value in own.items() if isinstance(value, int)}}


def cases(graph: Graph, path: Path, spec: BlockSpec, analysis: Analysis) -> list[Case]:
    """The distinct cases of the node at `path`, the first repeat's first.

    Empty while the analysis does not know the node's shapes.
    """
    item = graph.item(path)
    groups = [graph.item(path[:n]) for n in range(1, len(path))]
    counts = [group.repeat for group in groups if isinstance(group, Group)]
    if not isinstance(item, Node) or prod(counts) > MAX_REPEATS:
        return []
    inert = {name for name, parameter in spec.params.items() if parameter.inert}
    found: dict[tuple[tuple[str, Known], ...], Case] = {}
    for indices in product(*(range(count) for count in counts)):
        if any(part.once and index for part, index in zip([*groups[1:], item], indices, strict=False)):
            continue
        params = _params(groups, item, indices)
        inputs = {port.name: _incoming(graph, analysis, path, port.name, indices) for port in spec.inputs}
        given = {name: shape for name, shape in inputs.items() if shape is not None}
        if params is None or any(not port.optional and port.name not in given for port in spec.inputs):
            return []
        names = bind(spec, params, given)
        key = tuple((name, value) for name, value in names.items() if name not in inert)
        if key in found:
            found[key].count += 1
        else:
            found[key] = Case(names=names)
    return list(found.values())


def _params(groups: list[Item], node: Node, indices: tuple[int, ...]) -> dict[str, Literal_] | None:
    """The node's parameters in these repeats; None when one refers to nothing."""
    around: dict[str, Literal_] = {}
    where = Position()
    try:
        for group, index in zip(groups, indices, strict=True):
            inside = Position(index=index, count=group.repeat if isinstance(group, Group) else 1)
            around = {name: resolve(value, around, inside) for name, value in group.params.items()}
            where = inside
        return {name: resolve(value, around, where) for name, value in node.params.items()}
    except GraphError:
        return None


def _incoming(
    graph: Graph, analysis: Analysis, path: Path, port: str, indices: tuple[int, ...]
) -> Shape | None:
    """What enters a port of the node or group at `path` in these repeats of the groups around it."""
    report = analysis.nodes.get(path)
    if report is None or not any(indices):
        return report.inputs.get(port) if report else None
    body, outer = graph.at(path[:-1]), path[:-1]
    edge = next((edge for edge in body.edges if (edge.target, edge.target_port) == (path[-1], port)), None)
    if edge is None:
        return None
    source = body.nodes[edge.source]
    if is_port(source, "input"):
        group, around = graph.item(outer), analysis.nodes.get(outer)
        if indices[-1] and isinstance(group, Group) and edge.source == group.inputs[0]:
            return next(iter(around.outputs.values()), None) if around else None
        return _incoming(graph, analysis, outer, edge.source, indices[:-1])
    if source.once and indices[-1]:  # in later repeats the entry part hands on what it gets
        first = next((e.target_port for e in body.edges if e.target == edge.source), "")
        return _incoming(graph, analysis, (*outer, edge.source), first, indices)
    given = analysis.nodes.get((*outer, edge.source))
    return given.outputs.get(edge.source_port) if given else None
