"""A graph that is one lane, as a list of steps: what runs one after the other, whatever the drawing looks like.

Two graphs with equal steps are the same network: ids, titles and places do not matter, nor whether a parameter stands
on the stage or in its body, is written or left at its default, nor whether a block that runs once stands in its stage
or in front of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hybridgraph.graph.model import Graph, Group, Item, Node, is_port
from hybridgraph.graph.values import Cycle, First, Literal_, Ramp, Ref, Value
from hybridgraph.spec import BlockSpec, Catalogue

Effective = Literal_ | Ramp | tuple[Literal_, ...]
"""What a parameter amounts to: one literal, one for each repeat, or a ramp over the whole net."""


class Unreadable(Exception):  # noqa: N818  (no mistake of anybody: it only says why there is no pattern)
    """The graph has no form that a pattern could write; the text says why, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One block that runs `repeat` times in a row. `item` is the node or group of the lane it belongs to.

    `params` has every parameter; `values` holds them as the graph does, `written` names those that the graph gives.
    """

    block: str
    repeat: int
    params: Mapping[str, Effective]
    item: str = field(compare=False)
    title: str = field(compare=False)
    values: Mapping[str, Value] = field(compare=False)
    written: tuple[str, ...] = field(compare=False)


def steps_of(graph: Graph, catalogue: Catalogue) -> list[Step]:
    """The steps of a graph behind its image node, in order. Raises Unreadable where it is no lane."""
    images = [item for item in graph.nodes.values() if isinstance(item, Node) and item.block == "image"]
    if len(images) != 1:
        raise Unreadable(f"A pattern has one image node; there are {len(images)}.")
    steps: list[Step] = []
    for item in _lane(graph, images[0].id):
        steps += _ramped(item, _steps(item, item, {}, catalogue))
    return steps


def _ramped(item: Item, steps: list[Step]) -> list[Step]:
    """The steps, if ramps over the whole net mean in them what they mean in stages: each stage has its own share.

    A block outside of every group has no share; it stays at the start.
    """
    ramps = [step for step in steps if any(isinstance(value, Ramp) for value in step.params.values())]
    if isinstance(item, Node):
        return [
            replace(step, params={n: v.start if isinstance(v, Ramp) else v for n, v in step.params.items()})
            for step in steps
        ]
    if len(ramps) > 1 or (ramps and any(isinstance(inner, Group) for inner in item.body.nodes.values())):
        raise Unreadable(f"{_name(item)} holds several stages, whose ramps over the net no pattern writes.")
    return steps


def _lane(graph: Graph, start: str) -> list[Item]:
    """The items behind `start`, each with one wire in and at most one out."""
    following: dict[str, str] = {}
    reached: set[str] = set()
    for edge in graph.edges:
        if not {edge.source, edge.target} <= graph.nodes.keys():
            raise Unreadable(f"The wire {edge} ends nowhere.")
        if edge.source in following or edge.target in reached:
            item, way = (edge.source, "out") if edge.source in following else (edge.target, "in")
            raise Unreadable(f"{_name(graph.nodes[item])} has several wires {way}; a pattern is one lane.")
        following[edge.source] = edge.target
        reached.add(edge.target)
    names = [start]
    while names[-1] in following and len(names) < len(graph.nodes):
        names.append(following[names[-1]])
    lane = set(names)
    outside = next((item for name, item in graph.nodes.items() if name not in lane), None)
    if outside is not None:
        raise Unreadable(f"{_name(outside)} is not in the lane that begins at the image.")
    return [graph.nodes[name] for name in names[1:]]


def _steps(item: Item, outer: Item, around: Mapping[str, Value], catalogue: Catalogue) -> list[Step]:
    """The steps of one item: a block, a stage of one block that may begin with others that run once, or a group of such.

    `outer` is the item of the lane that this one lies in, `around` holds the parameters of the group around it.
    """
    if isinstance(item, Node):
        return [_step(item, outer, around, 1, catalogue)]
    starts = [node.id for node in item.body.nodes.values() if is_port(node, "input")]
    if len(starts) != 1:
        raise Unreadable(f"{_name(item)} has {len(starts)} inputs; a stage of a pattern has one.")
    inner = _lane(item.body, starts[0])
    if not inner or not is_port(inner[-1], "output"):
        raise Unreadable(f"{_name(item)} has no output at the end of its lane.")
    params = {name: _given(item, name, value, around) for name, value in item.params.items()}
    if item.repeat == 1:
        return [step for each in inner[:-1] for step in _steps(each, outer, params, catalogue)]
    blocks = inner[:-1]
    if [each.once for each in blocks] != [True] * (len(blocks) - 1) + [False]:
        raise Unreadable(f"{_name(item)} repeats several blocks; a stage of a pattern repeats one.")
    steps: list[Step] = []
    for each in blocks:
        if isinstance(each, Group):
            raise Unreadable(f"{_name(item)} repeats another stage; those of a pattern repeat a block.")
        steps.append(_step(each, outer, params, 1 if each.once else item.repeat, catalogue))
    return steps


def _step(node: Node, outer: Item, around: Mapping[str, Value], repeat: int, catalogue: Catalogue) -> Step:
    spec: BlockSpec | None = catalogue.get(node.block)
    if spec is None:
        raise Unreadable(f"{_name(node)} is a block that is not known here: {node.block}.")
    values: dict[str, Value] = dict(spec.defaults())
    values |= {name: _given(node, name, value, around) for name, value in node.params.items()}
    return Step(
        block=node.block,
        repeat=repeat,
        params={name: _effective(value, repeat) for name, value in values.items()},
        item=outer.id,
        title=_name(outer),
        values=values,
        written=tuple(node.params),
    )


def _given(item: Item, name: str, value: Value, around: Mapping[str, Value]) -> Value:
    """A value, or what it refers to in the group around."""
    if not isinstance(value, Ref):
        return value
    if value.name not in around:
        raise Unreadable(f"{_name(item)}: {name} refers to a parameter that is not there.")
    return around[value.name]


def _effective(value: Value, repeat: int) -> Effective:
    """The value in its simplest form for this many repeats."""
    if isinstance(value, Ramp) and value.over == "net":
        return value if value.start != value.stop else value.start
    if isinstance(value, Ramp):
        each: tuple[Literal_, ...] = tuple(value.at(index, repeat) for index in range(repeat))
    elif isinstance(value, First | Cycle):
        each = tuple(value.at(index) for index in range(repeat))
    else:
        assert not isinstance(value, Ref)
        return value
    return each[0] if all(one == each[0] for one in each) else each


def _name(item: Item) -> str:
    return item.title or item.id
