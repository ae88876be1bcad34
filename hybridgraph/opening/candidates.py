"""Which blocks of the catalogue a run of operations could be, with which parameters.

A parameter can only be what the run shows: a ratio of widths, a kernel, a width of heads. Those that decide the
sizes of weights are tried first; the rest follows by running the block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from math import isqrt, prod

from hybridgraph.opening.facts import Facts
from hybridgraph.shapes import ImageMap, Shape
from hybridgraph.spec import BlockSpec, Literal_, Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a run must show to be a block: matrices at least and at most, attentions, convolutions, operations.

    Its `kernel` has this side at least, or there is a maximum over cells.

    `free` are the parameters that only running the block can tell, since the sizes of its matrices do not.
    """

    least: int
    most: int
    attends: int = 0
    convs: bool | None = None
    depthwise: bool | None = None
    needs: frozenset[str] = frozenset()
    kernel: int = 1
    free: tuple[str, ...] = ()

    def allows(self, facts: Facts) -> bool:
        """Whether a run with these facts can be this block at all."""
        return (
            self.least <= facts.matrices <= self.most
            and facts.attentions == self.attends
            and self.convs in (None, "conv2d" in facts.ops)
            and self.depthwise in (None, max(facts.groups, default=1) > 1)
            and self.needs <= facts.ops
            and ("max_pool2d" in facts.ops or max(facts.kernels, default=1) >= self.kernel)
        )


_ATTENDING = ("head_dim", "window", "shift", "relative_bias", "eps")
KINDS: dict[str, Kind] = {
    "swin_block": Kind(least=4, most=6, attends=1, convs=False, free=_ATTENDING),
    "moat": Kind(least=5, most=9, attends=1, convs=True, depthwise=True, free=("stride", *_ATTENDING)),
    "coatnet_transformer": Kind(
        least=4, most=8, attends=1, depthwise=False, free=("pool", "stride", "norm", *_ATTENDING)
    ),
    "transformer": Kind(least=4, most=6, attends=1, convs=False, free=_ATTENDING),
    "swin_v2_block": Kind(
        least=6, most=8, attends=1, convs=False, free=("head_dim", "window", "shift", "trained_window", "spacing")
    ),
    "maxvit": Kind(least=11, most=16, attends=2, convs=True, depthwise=True, free=("stride", *_ATTENDING)),
    "cvt_block": Kind(
        least=6, most=9, attends=1,
        free=("head_dim", "stride_q", "stride_k", "stride_v", "kernel_q", "kernel_k", "kernel_v", "scale", "activation"),
    ),
    "relative_attention": Kind(least=2, most=4, attends=1, convs=False, free=_ATTENDING),
    "mbconv": Kind(
        least=3, most=6, convs=True, depthwise=True, needs=frozenset(("batch_norm",)),
        free=("stride", "eps", "se_activation", "se_early", "stride_in", "pool", "activation", "activate_first",
              "project_bias"),
    ),
    "resnet_stem": Kind(
        least=1, most=1, convs=True, kernel=5, needs=frozenset(("relu",)), free=("stride", "pool", "norm")
    ),
    "conv_norm_act": Kind(least=1, most=1, convs=True, free=("stride", "activation", "norm", "bias")),
    "inverted_residual": Kind(least=1, most=5, convs=True, free=("stride", "activation")),
    "resnet_bottleneck": Kind(
        least=3, most=6, convs=True, needs=frozenset(("relu",)),
        free=("stride", "stride_in_first", "dilation", "attention_at", "norm"),
    ),
    "resnet_basic": Kind(least=2, most=5, convs=True, needs=frozenset(("relu",)), free=("stride", "norm")),
    "preact_residual": Kind(
        least=2, most=6, convs=True, needs=frozenset(("relu", "batch_norm")), free=("stride",)
    ),
    "convnext_block": Kind(
        least=3, most=3, convs=True, depthwise=True, needs=frozenset(("layer_norm",)), free=("layer_scale",)
    ),
    "early_conv_stem": Kind(least=3, most=8, convs=True, needs=frozenset(("relu",)), free=("stride", "norm")),
    "conv_stem": Kind(least=2, most=2, convs=True, depthwise=False, free=("stride", "activation", "eps", "bias")),
    "convnext_downsample": Kind(
        least=1, most=1, convs=True, needs=frozenset(("layer_norm",)), free=("stride",)
    ),
    "patch_merging": Kind(least=1, most=1, convs=False, needs=frozenset(("layer_norm",)), free=("norm_last",)),
    "patch_embed": Kind(least=1, most=1, convs=True, free=("norm", "eps")),
    "conv_token_embed": Kind(
        least=1, most=1, convs=True, needs=frozenset(("layer_norm",)), free=("padding", "stride")
    ),
    "token_classifier": Kind(least=1, most=1, convs=False, needs=frozenset(("layer_norm",)), free=("pool", "eps")),
    "classifier": Kind(least=1, most=2, free=("norm", "norm_kind", "eps")),
    "se": Kind(least=2, most=2, free=("squeeze", "gate", "bias")),
    "cbam": Kind(least=2, most=3, convs=True, free=("order", "pool", "spatial_pool", "bias")),
    "bam": Kind(
        least=5, most=9, convs=True, needs=frozenset(("sigmoid", "relu")), free=("dilation", "combine", "final_norm")
    ),
    "class_token": Kind(least=0, most=0, needs=frozenset(("cat",))),
    "position_embedding": Kind(least=0, most=0, needs=frozenset(("add",))),
    "norm_act": Kind(least=0, most=0, needs=frozenset(("batch_norm",)), free=("activation",)),
    "map_to_tokens": Kind(least=0, most=0, needs=frozenset(("permute",))),
    "pool": Kind(least=0, most=0, free=("mode", "kernel", "stride")),
}  # fmt: skip
"""The blocks that are looked for, the larger ones first."""

_OFFSETS = 2
"""What a small network takes that computes a relative bias: how far along each axis."""
MAX_STRUCTURES = 40
MAX_FREE = 96


def structures(spec: BlockSpec, facts: Facts, given: Shape, wanted: Shape) -> Iterator[dict[str, Literal_]]:
    """Parameters that decide the sizes of weights, in every combination that the run shows."""
    free = KINDS[spec.id].free
    names = [name for name in spec.params if name not in free]
    domains = [_domain(spec.params[name], facts, given, wanted) for name in names]
    if prod(map(len, domains)) == 0:
        return
    for values in islice(product(*domains), MAX_STRUCTURES):
        yield dict(zip(names, values, strict=True))


def behaviours(spec: BlockSpec, facts: Facts, given: Shape, wanted: Shape) -> Iterator[dict[str, Literal_]]:
    """Parameters that change what a block computes and no weight's size."""
    names = [name for name in KINDS[spec.id].free if name in spec.params]
    domains = [_domain(spec.params[name], facts, given, wanted) for name in names]
    for values in islice(product(*domains), MAX_FREE):
        yield dict(zip(names, values, strict=True))


def _domain(parameter: Parameter, facts: Facts, given: Shape, wanted: Shape) -> tuple[Literal_, ...]:
    """The values a parameter can have in this run, the default first where it is one of them."""
    found = tuple(
        dict.fromkeys(
            value for value in _values(parameter, facts, given, wanted) if parameter.complaint(value) is None
        )
    )
    if parameter.name == "stride":
        return found  # the sizes of the map tell, the likelier first
    first = [value for value in found if value == parameter.default]
    return (*first, *(value for value in found if value != parameter.default))


def _values(  # noqa: C901  (one case for each parameter)
    parameter: Parameter, facts: Facts, given: Shape, wanted: Shape
) -> tuple[Literal_, ...]:
    name = parameter.name
    before, after = _channels(given), _channels(wanted)
    if name in ("channels", "classes"):
        return (after,)
    if parameter.kind == "choice":
        return _choices(parameter, facts)
    if parameter.kind == "bool":
        return (parameter.default, not parameter.default)
    if parameter.inert and name != "eps":
        return (parameter.default,)
    match name:
        case "eps":
            return facts.eps or (parameter.default,)
        case "stride":
            return _ratio(given, wanted)
        case "kernel" | "patch":
            return facts.kernels or tuple(range(1, 8))
        case "groups" | "dilation":
            return facts.groups if name == "groups" else facts.dilations
        case "padding":
            return tuple(range(4))
        case "head_dim":
            return tuple(one for one in facts.head_dims if any(side % one == 0 for side in facts.widths))
        case "window":
            return _windows(parameter, facts, given)
        case "shift":
            return facts.shifts or (0,)
        case "expansion":
            sides = [abs_ratio for one in facts.widths for abs_ratio in _ratios(one, before, after)]
            return tuple(sides) or (1,)
        case "se_reduction" | "reduction":
            ratios = tuple(
                base // few for few, many in facts.squeezes for base in (before, after, many) if few < base
            )
            return ratios or ((None,) if parameter.optional else (parameter.default,))
        case "width":
            return (None, *facts.widths) if parameter.optional else facts.widths
        case "layers":  # those of a stem beside its last; those of a gate beside its four others
            return (facts.matrices - 1, facts.matrices - 4)
        case "bias_hidden":
            found = tuple(one.shape[0] for one in facts.used if one.matrix and one.shape[1] == _OFFSETS)
            return (None,) if parameter.optional and not found else found
        case "stride_q" | "stride_k" | "stride_v":
            return facts.strides or (1,)
        case "kernel_q" | "kernel_k" | "kernel_v":
            return facts.kernels or (parameter.default,)
        case _:
            return (parameter.default,)


_PROJECTIONS = {"depthwise": "conv2d", "average": "avg_pool2d", "linear": "linear"}
"""What the kinds of a projection do beside their linear layer."""


def _choices(parameter: Parameter, facts: Facts) -> tuple[Literal_, ...]:
    choices = parameter.choices
    if "activation" in parameter.name:
        return tuple(one for one in choices if one == "none" or one in facts.activations)
    if parameter.name == "attention":
        return choices if "sigmoid" in facts.ops else ("none",)
    if parameter.name.startswith("kind_"):
        return tuple(one for one, op in _PROJECTIONS.items() if op in (*facts.ops, "linear"))
    if parameter.name == "attention_at" and "sigmoid" not in facts.ops:
        return (parameter.default,)
    if (
        parameter.name in ("stride_in", "pool")
        and max(facts.strides, default=1) == 1
        and not (facts.ops & {"avg_pool2d", "max_pool2d"})
    ):
        return choices if parameter.name == "pool" and "class" in choices else (parameter.default,)
    return choices


def _channels(shape: Shape) -> int:
    return int(getattr(shape, "channels", 0))


def _ratio(given: Shape, wanted: Shape) -> tuple[int, ...]:
    if not isinstance(given, ImageMap) or not isinstance(wanted, ImageMap):
        return (1,)
    ratio = -(-given.height // wanted.height)
    return (ratio, ratio // 2) if ratio > 1 else (1,)


def _ratios(one: int, before: int, after: int) -> list[int]:
    found = [one // side for side in (before, after) if side and one % side == 0]
    return found + [side // one for side in (before, after) if one and side % one == 0]


def _windows(parameter: Parameter, facts: Facts, given: Shape) -> tuple[Literal_, ...]:
    """Sides of windows that tile the map."""
    sides = given.grid if isinstance(given, ImageMap) else (1, 1)
    areas = [isqrt(one) for one in facts.windows if isqrt(one) ** 2 == one]
    found = [one for one in (*facts.windows, *areas, min(sides)) if all(side % one == 0 for side in sides)]
    return (None, *found) if parameter.optional else tuple(found)
