"""Torch's own operators, each as one or a few operations of the list that a design may hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hybridgraph.opening.building import Builder, Value

Lower = Callable[[Builder, dict[str, Any]], Any]
LOWERED: dict[str, Lower] = {}
"""What each operator becomes, by its name without the overload."""

_SKIPPED = ("_assert", "sym_constrain", "_guards", "assert_")


def skipped(target: str) -> bool:
    """Whether a node checks sizes and computes nothing."""
    bare = target.rpartition("aten.")[2] if "aten." in target else target.rpartition(".")[2]
    return bare.startswith(_SKIPPED)


def lowers(*names: str) -> Callable[[Lower], Lower]:
    """Note what these operators become."""

    def keep(function: Lower) -> Lower:
        for name in names:
            LOWERED[name] = function
        return function

    return keep


def _straight(name: str, op: str, *taken: str, **fixed: Any) -> None:
    """An operator that is one operation: which of its arguments are taken, in order."""

    def lower(b: Builder, a: dict[str, Any]) -> Value:
        args = [a["self"] if one == "self" and "self" in a else a.get(one) for one in taken]
        return b.emit(op, *args, **fixed)

    LOWERED[name] = lower


for _name in ["relu", "sigmoid", "tanh", "exp", "log", "sqrt", "rsqrt", "erf", "abs", "neg", "sin", "cos", "floor", "reciprocal", "silu", "hardswish", "hardsigmoid", "mish", "relu6", "sign", "square", "round", "logical_not", "isnan"]:  # fmt: skip
    _straight(_name, _name, "self")
    _straight(f"{_name}_", _name, "self")
for _name in [
    "mul",
    "div",
    "pow",
    "maximum",
    "minimum",
    "eq",
    "ne",
    "gt",
    "lt",
    "ge",
    "le",
    "logical_and",
    "logical_or",
]:
    _straight(_name, _name, "self", "other" if _name != "pow" else "exponent")
_straight("mul_", "mul", "self", "other")
_straight("div_", "div", "self", "other")
_straight("matmul", "matmul", "self", "other")
_straight("bmm", "matmul", "self", "mat2")
_straight("mm", "matmul", "self", "mat2")
_straight("linear", "linear", "input", "weight", "bias")
_straight("addmm", "addmm", "self", "mat1", "mat2")
_straight("adaptive_avg_pool2d", "adaptive_avg_pool2d", "self", "output_size")
_straight("_adaptive_avg_pool2d", "adaptive_avg_pool2d", "self", "output_size")
_straight("adaptive_avg_pool1d", "adaptive_avg_pool1d", "self", "output_size")
_straight("permute", "permute", "self", "dims")
_straight("unsqueeze", "unsqueeze", "self", "dim")
_straight("index_select", "index_select", "self", "dim", "index")
_straight("where", "where", "condition", "self", "other")
_straight("prelu", "prelu", "self", "weight")
_straight("pixel_shuffle", "pixel_shuffle", "self", "upscale_factor")
_straight("tile", "tile", "self", "dims")
_straight("repeat", "tile", "self", "repeats")
_straight("flip", "flip", "self", "dims")
for _name in ("view", "_unsafe_view"):
    _straight(_name, "reshape", "self", "size")
_straight("reshape", "reshape", "self", "shape")
for _name in ["clone", "contiguous", "detach", "alias", "lift_fresh_copy", "dropout", "dropout_", "feature_dropout", "alpha_dropout", "detach_", "native_dropout", "expand_copy", "lift_fresh"]:  # fmt: skip
    LOWERED[_name] = lambda _b, a: a["self"] if "self" in a else a["input"]


@lowers("conv2d", "conv1d")
def _conv(b: Builder, a: dict[str, Any]) -> Value:
    op = "conv1d" if a["input"].rank == 3 else "conv2d"
    return b.emit(
        op, a["input"], a["weight"], a.get("bias"), stride=pair_of(a.get("stride", 1)),
        padding=pair_of(a.get("padding", 0)), dilation=pair_of(a.get("dilation", 1)), groups=a.get("groups", 1),
    )  # fmt: skip


@lowers("convolution")
def _convolution(b: Builder, a: dict[str, Any]) -> Value:
    if not a.get("transposed"):
        found: Value = _conv(b, a)
        return found
    return b.emit(
        "conv_transpose2d", a["input"], a["weight"], a.get("bias"), stride=pair_of(a["stride"]),
        padding=pair_of(a["padding"]), output_padding=pair_of(a["output_padding"]), groups=a["groups"],
        dilation=pair_of(a["dilation"]),
    )  # fmt: skip


@lowers("batch_norm", "_native_batch_norm_legit_no_training", "_batch_norm_no_update")
def _norm(b: Builder, a: dict[str, Any]) -> Any:
    return b.emit(
        "batch_norm",
        a["input"],
        a.get("weight"),
        a.get("bias"),
        a["running_mean"],
        a["running_var"],
        a["eps"],
    )


@lowers("layer_norm", "native_layer_norm")
def _layer_norm(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit(
        "layer_norm", a["input"], a["normalized_shape"], a.get("weight"), a.get("bias"), a.get("eps", 1e-5)
    )


@lowers("group_norm")
def _group_norm(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit(
        "group_norm", a["input"], a["num_groups"], a.get("weight"), a.get("bias"), a.get("eps", 1e-5)
    )


@lowers("gelu")
def _gelu(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("gelu", a["self"], approximate=a.get("approximate", "none"))


@lowers("hardtanh", "hardtanh_")
def _hardtanh(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("clamp", a["self"], a.get("min_val", -1.0), a.get("max_val", 1.0))


@lowers("clamp", "clamp_", "clamp_min")
def _clamp(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("clamp", a["self"], a.get("min"), a.get("max"))


@lowers("leaky_relu", "leaky_relu_", "elu")
def _leaky(b: Builder, a: dict[str, Any]) -> Value:
    return (
        b.emit("elu", a["self"], a["alpha"])
        if "alpha" in a
        else b.emit("leaky_relu", a["self"], a.get("negative_slope", 0.01))
    )


@lowers("add", "add_")
def _sum_of(b: Builder, a: dict[str, Any]) -> Value:
    one, other = a["self"], a["other"]
    alpha = a.get("alpha", 1)
    other = b.emit("mul", other, alpha) if alpha != 1 else other
    return b.emit("add", one, other)


def _difference(*, reverse: bool) -> Lower:
    def lower(b: Builder, a: dict[str, Any]) -> Value:
        one, other = a["self"], a["other"]
        other = b.emit("mul", other, a["alpha"]) if a.get("alpha", 1) != 1 else other
        if reverse:
            return b.emit("add", b.emit("neg", one), other)
        return b.emit("sub", one, other)

    return lower


LOWERED["sub"] = LOWERED["sub_"] = _difference(reverse=False)
LOWERED["rsub"] = _difference(reverse=True)


def _reduced(op: str) -> Lower:
    def lower(b: Builder, a: dict[str, Any]) -> Value:
        dims = a.get("dim")
        dims = list(range(a["self"].rank)) if dims in (None, []) else dims
        return b.emit(op, a["self"], dims, a.get("keepdim", False))

    return lower


for _name in ("mean", "sum", "amax", "amin"):
    LOWERED[_name] = _reduced(_name)


@lowers("linalg_vector_norm")
def _length(b: Builder, a: dict[str, Any]) -> Value:
    if a.get("ord", 2) != 2:
        raise TypeError("a norm that is no length")
    squares = b.emit("square", a["self"])
    return b.emit("sqrt", _reduced("sum")(b, {**a, "self": squares}))


@lowers("var")
def _variance(b: Builder, a: dict[str, Any]) -> Value:
    unbiased = a.get("unbiased")
    correction = a.get("correction", 1 if unbiased in (None, True) else 0)
    return b.emit("var", a["self"], a.get("dim"), correction=correction, keepdim=a.get("keepdim", False))


@lowers("softmax", "_softmax")
def _softmax(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("softmax", a["self"], a["dim"])


@lowers("log_softmax", "_log_softmax")
def _log_softmax(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("log_softmax", a["self"], a["dim"])


@lowers("scaled_dot_product_attention")
def _attention(b: Builder, a: dict[str, Any]) -> Value:
    named: dict[str, Any] = {}
    if a.get("attn_mask") is not None:
        named["attn_mask"] = a["attn_mask"]
    if a.get("is_causal"):
        named["is_causal"] = True
    if a.get("scale") is not None:
        named["scale"] = a["scale"]
    return b.emit("scaled_dot_product_attention", a["query"], a["key"], a["value"], **named)


@lowers("avg_pool2d")
def _pool(b: Builder, a: dict[str, Any]) -> Value:
    stride = a.get("stride") or a["kernel_size"]
    named: dict[str, Any] = {"stride": pair_of(stride), "padding": pair_of(a.get("padding", 0))}
    named |= {"ceil_mode": a.get("ceil_mode", False), "count_include_pad": a.get("count_include_pad", True)}
    return b.emit("avg_pool2d", a["self"], pair_of(a["kernel_size"]), **named)


@lowers("max_pool2d")
def _max_pool(b: Builder, a: dict[str, Any]) -> Value:
    stride = a.get("stride") or a["kernel_size"]
    return b.emit(
        "max_pool2d", a["self"], pair_of(a["kernel_size"]), stride=pair_of(stride), padding=pair_of(a.get("padding", 0)),
        dilation=pair_of(a.get("dilation", 1)), ceil_mode=a.get("ceil_mode", False),
    )  # fmt: skip


def pair_of(value: Any) -> Any:
    """One number for both axes, where torch gives it in a list of one."""
    if isinstance(value, str):
        return value
    return (value[0], value[0]) if isinstance(value, list | tuple) and len(value) == 1 else value
