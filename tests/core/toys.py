"""Four toy blocks and a toy measure, so that the core is tested without torch."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from hybridgraph.analysis import Analysis, Cost, Finding
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, frozen
from hybridgraph.graph.values import Value
from hybridgraph.plan import Argument, Measured, Plan
from hybridgraph.planner import plan
from hybridgraph.shapes import ImageMap, Shape, Vector, size
from hybridgraph.spec import ANY, IMAGE, SAME, STRUCTURAL, VECTOR, BlockSpec, Parameter, Port

PAINT = BlockSpec(
    id="paint",
    title="Paint",
    family="convolution",
    symbol="P",
    inputs=(Port(name="x", kind=IMAGE),),
    outputs=(Port(name="y", kind=IMAGE),),
    wired={"in_channels": "x.channels"},
    params={
        "channels": Parameter(kind="int", name="channels", default=8, minimum=1, maximum=4096),
        "stride": Parameter(kind="int", name="stride", default=1, minimum=1, maximum=8),
        "rate": Parameter(kind="float", name="rate", default=0.0, minimum=0.0, maximum=0.9, inert=True),
        "mode": Parameter(kind="choice", name="mode", default="soft", choices=("soft", "hard")),
    },
)
SUM = BlockSpec(
    id="sum",
    title="Sum",
    family="glue",
    symbol="+",
    inputs=(Port(name="a", kind=ANY), Port(name="b", kind=ANY), Port(name="c", kind=ANY, optional=True)),
    outputs=(Port(name="y", kind=SAME),),
)
SPLIT = BlockSpec(
    id="split",
    title="Split",
    family="glue",
    symbol="<",
    inputs=(Port(name="x", kind=IMAGE),),
    outputs=(Port(name="thick", kind=IMAGE), Port(name="thin", kind=IMAGE)),
)
JUDGE = BlockSpec(
    id="judge",
    title="Judge",
    family="head",
    symbol="J",
    inputs=(Port(name="x", kind=IMAGE),),
    outputs=(Port(name="y", kind=VECTOR),),
    wired={"in_channels": "x.channels"},
    params={"classes": Parameter(kind="int", name="classes", default=10, minimum=1, maximum=1000)},
)
TOYS = {**STRUCTURAL, **{spec.id: spec for spec in (PAINT, SUM, SPLIT, JUDGE)}}


def measure(spec: BlockSpec, args: Mapping[str, Argument], inputs: Mapping[str, Shape]) -> Measured:
    """What a toy block gives: shapes and a cost that tests can add up in their heads."""
    first = next(iter(inputs.values()))
    if spec.id == "sum":
        if any(shape != first for shape in inputs.values()):
            return Measured(outputs={}, error="only equal shapes can be summed.", hint="Match the shapes.")
        return Measured(outputs={"y": first}, cost=Cost(activation_bytes=size(first)))
    assert isinstance(first, ImageMap)
    if spec.id == "split":
        thin = ImageMap(1, *first.grid)
        return Measured(outputs={"thick": ImageMap(2 * first.channels, *first.grid), "thin": thin})
    if spec.id == "judge":
        classes = args["classes"]
        assert isinstance(classes, int)
        count = first.channels * classes
        return Measured(outputs={"y": Vector(classes)}, cost=Cost(params=count, macs=count))
    channels, stride = args["channels"], args["stride"]
    assert isinstance(channels, int)
    assert isinstance(stride, int)
    made = ImageMap(channels, -(-first.height // stride), -(-first.width // stride))
    params = first.channels * channels
    return Measured(outputs={"y": made}, cost=Cost(params=params, macs=params * made.height * made.width))


def planned(graph: Graph) -> tuple[Plan | None, Analysis]:
    return plan(graph, TOYS, measure)


def analyzed(graph: Graph) -> Analysis:
    return planned(graph)[1]


def finding(analysis: Analysis, code: str) -> Finding:
    """The one finding of this code."""
    (found,) = [found for found in analysis.findings if found.code == code]
    return found


# -- graphs in a few words


def image(channels: int = 3, side: int = 32) -> Node:
    return Node(
        id="image", block="image", params=frozen({"channels": channels, "height": side, "width": side})
    )


def node(name: str, block: str = "paint", *, once: bool = False, **params: Value) -> Node:
    return Node(id=name, block=block, params=frozen(params), once=once)


def graph(*items: Item, wires: str, name: str = "") -> Graph:
    """A graph of items and wires such as "image.y > a.x, a > b"; ports left out are y and x."""
    edges = []
    for wire in filter(None, (part.strip() for part in wires.split(","))):
        (source, out), (target, into) = (
            (*end.strip().split("."), port)[:2] for end, port in zip(wire.split(">"), "yx", strict=True)
        )
        edges.append(Edge(source, out, target, into))
    return Graph(name=name, nodes=frozen({item.id: item for item in items}), edges=tuple(edges))


def group(
    name: str, *items: Item, wires: str, repeat: int = 1, inputs: str = "x", outputs: str = "y",
    once: bool = False, **params: Value,
) -> Group:  # fmt: skip
    """A group whose ports are the words in `inputs` and `outputs`."""
    ports = [node(port, "input") for port in inputs.split()] + [
        node(port, "output") for port in outputs.split()
    ]
    return Group(
        id=name, body=graph(*ports, *items, wires=wires), repeat=repeat, params=frozen(params), once=once
    )


def chain(*items: Item) -> Graph:
    """The image and the items, each wired to the next; groups have the ports x and y."""
    every = [image(), *items]
    wires = []
    for source, target in pairwise(every):
        out = source.outputs[0] if isinstance(source, Group) else "y"
        into = target.inputs[0] if isinstance(target, Group) else "x"
        wires.append(f"{source.id}.{out} > {target.id}.{into}")
    return graph(*every, wires=", ".join(wires))
