"""Blocks and arguments that the contract of blocks is asked of, all found in the catalogue.

A new block is covered as soon as it is registered: what its inputs get comes from the kinds of its ports, its
arguments from the limits and choices it declares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from hybridgraph.engine import Engine, block_class
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, frozen
from hybridgraph.plan import Measured
from hybridgraph.shapes import ImageMap, Shape, Stack, Tokens, Vector
from hybridgraph.spec import REGISTRY, BlockSpec, Literal_, Parameter

SIDE, CHANNELS = 8, 16
PICTURE = frozen({"channels": CHANNELS, "height": SIDE, "width": SIDE})
# What a port of each kind is given: the first that the block takes.
SAMPLES: dict[str, tuple[Shape, ...]] = {
    "image": (ImageMap(CHANNELS, SIDE, SIDE),),
    "any": (ImageMap(CHANNELS, SIDE, SIDE),),
    "tokens": (Tokens(SIDE * SIDE, CHANNELS), Tokens(SIDE * SIDE + 1, CHANNELS)),
    "vector": (Vector(CHANNELS),),
    "stack": (Stack(2, Tokens(SIDE * SIDE, CHANNELS)),),
}
# Small values in place of the papers', the first that the block takes.
SMALL: tuple[dict[str, Literal_], ...] = tuple(
    {"channels": channels, "head_dim": 8, "window": 4, "classes": 5, "reduction": 4, "width": 4, **share}
    for channels in (CHANNELS, 4 * CHANNELS)
    for share in ({}, {"nu": 0.5})
)
MAX_PARAMS, MAX_MACS = 200_000, 5_000_000
"""A case above these is measured on the meta device and not run."""


@cache
def engine() -> Engine:
    """What measures the cases, each once."""
    return Engine()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One block with its arguments and the shapes on its inputs."""

    spec: BlockSpec
    params: Mapping[str, Literal_]
    shapes: Mapping[str, Shape]

    def __str__(self) -> str:
        ports = "".join(
            f" +{port.name}" for port in self.spec.inputs if port.optional and port.name in self.shapes
        )
        said = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.spec.id}({said}){ports}"

    def given(self, **params: Literal_) -> Case:
        """The same case with other arguments."""
        return replace(self, params={**self.params, **params})

    @property
    def arguments(self) -> dict[str, Any]:
        """Those of the constructor: what comes from the wires and what a person sets."""
        wired = {}
        for name, origin in self.spec.wired.items():
            port, attribute = origin.split(".")
            wired[name] = getattr(self.shapes[port], attribute)
        return {**wired, **self.spec.defaults(), **self.params}

    @property
    def measured(self) -> Measured:
        """What the engine makes of it on the meta device."""
        return engine().measure(self.spec, self.arguments, self.shapes)

    @property
    def runs(self) -> bool:
        """Whether the block takes its arguments and is small enough to be run in a test."""
        measured = self.measured
        return not measured.error and measured.cost.params <= MAX_PARAMS and measured.cost.macs <= MAX_MACS

    def build(self) -> nn.Module:
        """The block with fresh weights, the same ones each time."""
        torch.manual_seed(1)
        return block_class(self.spec)(**self.arguments)

    def inputs(self, batch: int = 3) -> dict[str, Tensor]:
        """Random values of the case's shapes, (batch, …), the same ones each time."""
        generator = torch.Generator().manual_seed(2)
        return {
            name: torch.randn(batch, *shape.dims, generator=generator) for name, shape in self.shapes.items()
        }


@cache
def small(id_: str) -> Case:
    """The block with small arguments, on the first sample inputs that it takes."""
    spec = REGISTRY[id_]
    needed = [port for port in spec.inputs if not port.optional]
    complaints = []
    for more, shapes in product(SMALL, product(*(SAMPLES[port.kind] for port in needed))):
        params = {
            name: value
            for name, value in more.items()
            if name in spec.params and not spec.params[name].complaint(value)
        }
        case = Case(
            spec=spec,
            params=params,
            shapes={port.name: shape for port, shape in zip(needed, shapes, strict=True)},
        )
        if not case.measured.error:
            return case
        complaints.append(case.measured.error)
    raise AssertionError(f"{spec.id} takes none of the sample inputs: {complaints[-1]}")


def values(parameter: Parameter) -> list[Literal_]:
    """What is tried of a parameter: its default, every choice, none, both limits and small numbers between."""
    tried: list[Literal_] = [parameter.default, *parameter.choices]
    if parameter.kind == "bool":
        tried += [True, False]
    elif parameter.kind == "int":
        assert parameter.minimum is not None
        assert parameter.maximum is not None
        tried += [2, 3, int(parameter.minimum), int(parameter.maximum)]
    elif parameter.kind == "float":
        assert parameter.minimum is not None
        assert parameter.maximum is not None
        tried += [0.3, float(parameter.minimum), float(parameter.maximum)]
    if parameter.optional:
        tried.append(None)
    return [value for value in dict.fromkeys(tried) if not parameter.complaint(value)]


@cache
def one_by_one(id_: str) -> tuple[Case, ...]:
    """The block with each value of each parameter in turn, also where it refuses it."""
    spec, case = REGISTRY[id_], small(id_)
    cases = [case]
    for name, parameter in spec.params.items():
        others = (value for value in values(parameter) if value != case.arguments[name])
        cases += [case.given(**{name: value}) for value in others]
    optional = {port.name: SAMPLES[port.kind][0] for port in spec.inputs if port.optional}
    if optional:
        cases.append(replace(case, shapes={**case.shapes, **optional}))
    return tuple(cases)


@cache
def together(id_: str) -> tuple[Case, ...]:
    """A few cases in which each switch and choice, none and some small numbers occur, as far as they get on."""
    spec, cases = REGISTRY[id_], {}
    options = {name: values(parameter) for name, parameter in spec.params.items()}
    words = [len(found) for name, found in options.items() if spec.params[name].kind in {"choice", "bool"}]
    optional = {port.name: SAMPLES[port.kind][0] for port in spec.inputs if port.optional}
    rounds = max([2, *words]) if spec.params or optional else 1
    for turn in range(rounds):
        case = small(id_)
        if turn == 1:
            case = replace(case, shapes={**case.shapes, **optional})
        for name, found in options.items():
            other = case.given(**{name: found[turn % len(found)]})
            if turn and other.runs:
                case = other
        cases[str(case)] = case
    return tuple(cases.values())


@contextmanager
def asking(case: Case) -> Iterator[Case]:
    """Name the case in whatever fails inside."""
    try:
        yield case
    except BaseException as error:
        error.add_note(f"asked of {case}")
        raise


def outputs(block: nn.Module, x: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    """What a block gives at each of its output ports."""
    result = block(**x)
    return result if isinstance(result, tuple) else (result,)


def design(case: Case, port: str = "") -> Graph:
    """The case as a network, with what its inputs need in front; each input after the first has a convolution.

    The network ends at the case, which is its first output port; at another one it ends by adding that to itself.
    """
    nodes: dict[str, Item] = {"image": Node(id="image", block="image", params=PICTURE)}
    edges: list[Edge] = []

    def put(item: Item, source: str, port: str = "x") -> str:
        nodes[item.id] = item
        edges.append(Edge(source, "y", item.id, port))
        return item.id

    for index, (name, shape) in enumerate(case.shapes.items()):
        source = (
            "image" if index == 0 else put(node(f"mix_{name}", "conv_norm_act", channels=CHANNELS), "image")
        )
        if isinstance(shape, (Tokens, Stack)):
            source = put(node(f"tokens_{name}", "map_to_tokens"), source)
        if isinstance(shape, Tokens) and shape.length > SIDE * SIDE:
            source = put(node(f"class_{name}", "class_token"), source)
        elif isinstance(shape, Stack):
            source = put(collected(f"stack_{name}", shape.count), source)
        elif isinstance(shape, Vector):
            source = put(node(f"vector_{name}", "classifier", classes=shape.channels), source)
        edges.append(Edge(source, "y", "case", name))
    nodes["case"] = Node(id="case", block=case.spec.id, params=frozen(dict(case.params)))
    if port and port != case.spec.outputs[0].name:
        nodes["end"] = node("end", "add")
        edges += [Edge("case", port, "end", "a"), Edge("case", port, "end", "b")]
    return Graph(name=case.spec.id, nodes=frozen(nodes), edges=tuple(edges))


def node(name: str, kind: str, **params: Literal_) -> Node:
    """A node of a block with these parameters."""
    return Node(id=name, block=kind, params=frozen(params))


def collected(name: str, repeat: int) -> Group:
    """A stage that gives what each of its repeats gave."""
    items = (node("x", "input"), node("each", "transformer", head_dim=8), node("y", "output", collect=True))
    body = Graph(
        nodes=frozen({item.id: item for item in items}),
        edges=(Edge("x", "y", "each", "x"), Edge("each", "y", "y", "x")),
    )
    return Group(id=name, body=body, repeat=repeat)
