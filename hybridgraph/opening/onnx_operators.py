"""ONNX's operators (https://onnx.ai/onnx/operators), each as operations of the list that a design may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from hybridgraph.opening.building import Builder, Sym, Value


class Attributes:
    """The attributes of a node, by name."""

    def __init__(self, node: Any, tensor: Callable[[Any], Tensor], uses: Mapping[str, int]) -> None:
        self._found = {one.name: one for one in node.attribute}
        self._tensor = tensor
        self.outputs = len(node.output)
        self.label = node.output[0]
        self.once = [uses.get(one, 0) == 1 for one in node.input]
        """Which inputs no other node uses."""

    def get(self, name: str, default: Any = None) -> Any:
        """A number, a text, a list of numbers or a tensor; the default where there is none."""
        one = self._found.get(name)
        if one is None:
            return default
        kinds = {1: "f", 2: "i", 3: "s", 4: "t", 6: "floats", 7: "ints"}
        kind = kinds[one.type]
        value = getattr(one, kind)
        if kind == "t":
            return self._tensor(value)
        if kind == "s":
            return value.decode("utf-8", "replace")
        return list(value) if kind in ("floats", "ints") else value


Inputs = list[Any]
Lower = Callable[[Builder, Inputs, Attributes], Any]
LOWERED: dict[str, Lower] = {}


def lowers(*names: str) -> Callable[[Lower], Lower]:
    """Note what these operators become."""

    def keep(function: Lower) -> Lower:
        for name in names:
            LOWERED[name] = function
        return function

    return keep


def _straight(name: str, op: str) -> None:
    LOWERED[name] = lambda b, i, _a: b.emit(op, *i)


for _name, _op in {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Erf": "erf",
    "Abs": "abs", "Neg": "neg", "Sin": "sin", "Cos": "cos", "Floor": "floor", "Reciprocal": "reciprocal",
    "HardSwish": "hardswish", "Mish": "mish", "Softplus": "softplus", "Sub": "sub", "Mul": "mul",
    "Pow": "pow", "Equal": "eq", "Less": "lt", "Greater": "gt", "LessOrEqual": "le", "GreaterOrEqual": "ge",
    "Not": "logical_not", "And": "logical_and", "Or": "logical_or", "Where": "where", "PRelu": "prelu",
    "Max": "maximum", "Min": "minimum", "Sign": "sign", "Round": "round", "IsNaN": "isnan",
}.items():  # fmt: skip
    _straight(_name, _op)
for _name in ("Identity", "Dropout"):
    LOWERED[_name] = lambda _b, i, _a: i[0]


def integers(value: Value) -> list[Any]:
    """The numbers of a small table, those that depend on the batch as pairs. Raises TypeError where it is not known."""
    if not value.concrete:
        raise TypeError("a size that is computed from pictures")
    first, second = (one.reshape(-1).tolist() for one in value.pair)
    return [int(a) if a == b else Sym(int(a), int(b)) for a, b in zip(first, second, strict=True)]


@lowers("Constant")
def _constant(b: Builder, _i: Inputs, a: Attributes) -> Value:
    value = a.get("value")
    if value is None:
        value = next(torch.tensor(a.get(key)) for key in ("value_float", "value_int", "value_ints", "value_floats")
                     if a.get(key) is not None)  # fmt: skip
    return b.constant(value, a.label)


@lowers("Conv")
def _conv(b: Builder, i: Inputs, a: Attributes) -> Value:
    x, weight = i[0], i[1]
    sides = weight.rank - 2
    pads = a.get("pads", [0] * 2 * sides)
    named = {"stride": a.get("strides", [1] * sides), "dilation": a.get("dilations", [1] * sides),
             "groups": a.get("group", 1)}  # fmt: skip
    if a.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise TypeError("auto_pad")
    if pads[:sides] != pads[sides:]:
        order = [number for at in reversed(range(sides)) for number in (pads[at], pads[at + sides])]
        x, pads = b.emit("pad", x, order, "constant", 0.0), [0] * 2 * sides
    bias = i[2] if len(i) > 2 else None
    return b.emit("conv2d" if sides == 2 else "conv1d", x, weight, bias, padding=pads[:sides], **named)


@lowers("BatchNormalization")
def _batch_norm(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("batch_norm", *i[:5], _plain(a.get("epsilon", 1e-5)))


@lowers("LayerNormalization")
def _layer_norm(b: Builder, i: Inputs, a: Attributes) -> Value:
    axis = a.get("axis", -1) % i[0].rank
    bias = i[2] if len(i) > 2 else None
    return b.emit("layer_norm", i[0], list(i[0].shape[axis:]), i[1], bias, _plain(a.get("epsilon", 1e-5)))


@lowers("GroupNormalization")
def _group_norm(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("group_norm", i[0], a.get("num_groups"), i[1], i[2], _plain(a.get("epsilon", 1e-5)))


@lowers("InstanceNormalization")
def _instance_norm(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("group_norm", i[0], i[0].shape[1], i[1], i[2], _plain(a.get("epsilon", 1e-5)))


def _plain(number: float) -> float:
    """A number that the file holds in fp32, as people write it."""
    return float(f"{number:.6g}")


@lowers("Gelu")
def _gelu(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("gelu", i[0], approximate=a.get("approximate", "none"))


@lowers("LeakyRelu")
def _leaky(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("leaky_relu", i[0], _plain(a.get("alpha", 0.01)))


@lowers("Elu")
def _elu(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("elu", i[0], _plain(a.get("alpha", 1.0)))


@lowers("HardSigmoid")
def _hard_sigmoid(b: Builder, i: Inputs, a: Attributes) -> Value:
    scaled = b.emit("mul", i[0], a.get("alpha", 0.2))
    return b.emit("clamp", b.emit("add", scaled, a.get("beta", 0.5)), 0.0, 1.0)


@lowers("Clip")
def _clip(b: Builder, i: Inputs, a: Attributes) -> Value:
    ends = [one.pair[0].item() if one is not None else None for one in i[1:]]
    low, high = (*ends, None, None)[:2]
    return b.emit("clamp", i[0], low if i[1:] else a.get("min"), high if i[1:] else a.get("max"))


@lowers("MatMul")
def _matmul(b: Builder, i: Inputs, _a: Attributes) -> Value:
    x, weight = i
    if weight.concrete and weight.rank == 2 and not x.concrete:
        return b.emit("linear", x, b.emit("permute", weight, [1, 0]))
    return b.emit("matmul", x, weight)


@lowers("Gemm")
def _gemm(b: Builder, i: Inputs, a: Attributes) -> Value:
    if a.get("alpha", 1.0) != 1.0 or a.get("beta", 1.0) != 1.0 or a.get("transA", 0):
        raise TypeError("a scaled Gemm")
    weight = i[1] if a.get("transB", 0) else b.emit("permute", i[1], [1, 0])
    return b.emit("linear", i[0], weight, i[2] if len(i) > 2 else None)


@lowers("Add")
def _add(b: Builder, i: Inputs, a: Attributes) -> Value:
    last = b.steps[-1] if b.steps else None
    for at in (0, 1):
        x, bias = i[at], i[1 - at]
        bare = last is not None and last.op == "linear" and len(last.args) == 2 and x.name == last.result
        if bare and a.once[at] and bias.concrete and bias.rank == 1 and bias.shape == x.shape[-1:]:
            return b.with_bias(x, bias)
    return b.emit("add", *i)


@lowers("Div")
def _div(b: Builder, i: Inputs, _a: Attributes) -> Value:
    if any(one.pair[0].is_floating_point() for one in i):
        return b.emit("div", *i)
    return b.emit("div", *i, rounding_mode="trunc")


@lowers("Mod")
def _mod(b: Builder, i: Inputs, a: Attributes) -> Value:
    if a.get("fmod", 0):
        raise TypeError("a remainder with the sign of the dividend")
    return b.emit("remainder", *i)


@lowers("Sum")
def _sum(b: Builder, i: Inputs, _a: Attributes) -> Value:
    found: Value = i[0]
    for one in i[1:]:
        found = b.emit("add", found, one)
    return found


@lowers("Softmax")
def _softmax(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("softmax", i[0], a.get("axis", -1))


@lowers("MaxPool")
def _pool(b: Builder, i: Inputs, a: Attributes) -> Value:
    kernel = a.get("kernel_shape")
    pads = a.get("pads", [0] * 4)
    if pads[:2] != pads[2:] or a.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise TypeError("an uneven margin")
    named: dict[str, Any] = {"stride": a.get("strides", [1, 1]), "padding": pads[:2],
                             "ceil_mode": bool(a.get("ceil_mode", 0))}  # fmt: skip
    if a.outputs > 1:
        raise TypeError("a pooling with places")
    return b.emit("max_pool2d", i[0], kernel, **named)


@lowers("AveragePool")
def _average(b: Builder, i: Inputs, a: Attributes) -> Value:
    pads = a.get("pads", [0] * 4)
    if pads[:2] != pads[2:] or a.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise TypeError("an uneven margin")
    return b.emit(
        "avg_pool2d", i[0], a.get("kernel_shape"), stride=a.get("strides", [1, 1]), padding=pads[:2],
        ceil_mode=bool(a.get("ceil_mode", 0)), count_include_pad=bool(a.get("count_include_pad", 0)),
    )  # fmt: skip


@lowers("GlobalAveragePool")
def _global(b: Builder, i: Inputs, _a: Attributes) -> Value:
    return b.emit("mean", i[0], list(range(2, i[0].rank)), keepdim=True)


def _reduce(op: str) -> Lower:
    def lower(b: Builder, i: Inputs, a: Attributes) -> Value:
        axes = integers(i[1]) if len(i) > 1 and i[1] is not None else a.get("axes", list(range(i[0].rank)))
        return b.emit(op, i[0], axes, keepdim=bool(a.get("keepdims", 1)))

    return lower


for _name, _op in {
    "ReduceMean": "mean",
    "ReduceSum": "sum",
    "ReduceMax": "amax",
    "ReduceMin": "amin",
}.items():
    LOWERED[_name] = _reduce(_op)


@lowers("ReduceL2")
def _length(b: Builder, i: Inputs, a: Attributes) -> Value:
    squares = b.emit("square", i[0])
    return b.emit("sqrt", _reduce("sum")(b, [squares, *i[1:]], a))
