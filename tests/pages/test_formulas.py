"""The closed cost formulas of every page agree with what the engine counts by running the block."""

from collections.abc import Iterator
from dataclasses import fields
from itertools import combinations

import pytest

import hybridgraph.blocks  # noqa: F401  (fills the registry)
from hybridgraph import pages
from hybridgraph.engine import Engine
from hybridgraph.pages.cases import bind
from hybridgraph.plan import Argument
from hybridgraph.shapes import ImageMap, Shape, Stack, Tokens, Vector
from hybridgraph.spec import REGISTRY, BlockSpec, Literal_, Parameter

ENGINE = Engine()
SHAPES: dict[str, list[Shape]] = {
    "image": [ImageMap(16, 8, 8), ImageMap(24, 14, 14), ImageMap(16, 12, 6), ImageMap(32, 9, 15)],
    "any": [ImageMap(16, 8, 8), Tokens(10, 16)],
    "tokens": [Tokens(16, 16), Tokens(17, 24), Tokens(50, 16)],
    "vector": [Vector(16)],
    "stack": [Stack(3, Tokens(10, 16)), Stack(1, Tokens(7, 24))],
}
# Small values in place of the papers'; whoever has no such parameter keeps its default.
SMALL: dict[str, Literal_] = {
    "channels": 32, "head_dim": 8, "window": 4, "classes": 5, "reduction": 4, "width": 4, "stride": 2, "nu": 0.5,
}  # fmt: skip
LEAST_SETTINGS = 4
BLOCKS = [spec for spec in REGISTRY.values() if not spec.structural and pages.load(spec.id)]


def tried(parameter: Parameter) -> list[Literal_]:
    """A few values that the parameter may hold."""
    if parameter.kind == "choice":
        values: list[Literal_] = list(parameter.choices)
    elif parameter.kind == "bool":
        values = [False, True]
    elif parameter.kind == "float":
        values = [parameter.default, 0.25, 1.0]
    else:
        values = [parameter.default, 1, 2, 3, 4, 7]
    return [value for value in dict.fromkeys(values) if parameter.complaint(value) is None]


def settings(spec: BlockSpec) -> Iterator[tuple[int, dict[str, Literal_]]]:
    """The small values on each shape; then each number in turn, and each pair of switches and choices.

    The shapes and strides take turns.
    """
    base = {name: value for name, value in SMALL.items() if name in spec.params}
    numbers: list[dict[str, Literal_]] = []
    switches: list[dict[str, Literal_]] = []
    for name, parameter in spec.params.items():
        if not parameter.inert:
            is_number = parameter.kind in ("int", "float")
            (numbers if is_number else switches).extend({name: value} for value in tried(parameter))
            if is_number and parameter.optional:
                switches.append({name: None})
    changes = [{}, {}, {}, {}, *numbers, *({**one, **other} for one, other in combinations(switches, 2))]
    for turn, change in enumerate(changes):
        stride = {"stride": 1 + turn % 2} if "stride" in spec.params else {}
        yield turn, {**base, **stride, **change}


def arguments(spec: BlockSpec, params: dict[str, Literal_], inputs: dict[str, Shape]) -> dict[str, Argument]:
    wired = {}
    for name, source in spec.wired.items():
        port, _, attribute = source.partition(".")
        wired[name] = getattr(inputs[port], attribute)
    return {**wired, **spec.defaults(), **params}


def inputs_of(spec: BlockSpec, index: int) -> dict[str, Shape]:
    """A shape on each port that needs one, the same on ports of one kind."""
    return {
        port.name: SHAPES[port.kind][index % len(SHAPES[port.kind])]
        for port in spec.inputs
        if not port.optional
    }


@pytest.mark.parametrize("spec", BLOCKS, ids=lambda spec: spec.id)
def test_the_formulas_agree_with_the_engine(spec: BlockSpec) -> None:
    page = pages.load(spec.id)
    assert page is not None
    compared = 0
    for index, params in settings(spec):
        inputs = inputs_of(spec, index)
        measured = ENGINE.measure(spec, arguments(spec, params, inputs), inputs)
        if measured.error:
            continue  # a setting that does not fit these shapes
        if params.get("head_dim") == 1 and spec.id == "shaw_attention":
            continue  # torch multiplies vectors of one number without a matrix product, which nobody counts
        numbers = page.numbers(bind(spec, params, inputs))
        told = (params, inputs, numbers)
        assert sum(numbers.params.values()) == measured.cost.params, told
        assert sum(numbers.macs.values()) == pytest.approx(measured.cost.macs, rel=1e-3), told
        compared += 1
    assert compared >= LEAST_SETTINGS


def test_shapes_have_the_sizes_that_formulas_name() -> None:
    assert {entry.name for entry in fields(ImageMap)} == {"channels", "height", "width"}
    assert {entry.name for entry in fields(Tokens)} == {"length", "channels"}
