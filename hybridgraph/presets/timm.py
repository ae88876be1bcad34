"""The networks of timm that differ from the papers they are named after, so that their weights fit.

Wightman, "PyTorch Image Models" (timm): the CoAtNets with the ending `rw`, made before the authors' code was known,
and SE-ResNets with the stride in the 3×3 convolution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Value
from hybridgraph.presets import resnet
from hybridgraph.presets.lane import block, image, lane, stage, strides_for
from hybridgraph.presets.preset import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class CoAtNetRw:
    """The numbers of one variant; `stem` is the width of both its convolutions.

    What varied between them: where an MBConv shrinks, whether its projection has a bias, where its gate sits and
    what activates in it, whether the transformer's shortcut has a bias, its norm, learned branch scales, and the size
    of the network that computes its biases (`rmlp`), if any.
    """

    channels: tuple[int, int, int, int] = (96, 192, 384, 768)
    depths: tuple[int, int, int, int] = (2, 3, 7, 2)
    stem: tuple[int, int] = (32, 64)
    stride_in: str = "depthwise"
    activate_first: bool = True
    project_bias: bool = False
    se_early: bool = False
    se_activation: str = "relu"
    shortcut_bias: bool = True
    norm: str = "layer"
    layer_scale: bool = False
    bias_hidden: int | None = None


def build(name: str, v: CoAtNetRw, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; at small pictures the first strides go."""
    strides = strides_for(image_size, (2, 2, 2, 2, 2))
    width, channels = v.stem
    convolution: dict[str, Value] = {
        "expand_from": "incoming",
        "se_reduction": 1,
        "se_activation": v.se_activation,
        "se_early": v.se_early,
        "stride_in": v.stride_in,
        "activation": "silu",
        "activate_first": v.activate_first,
        "project_bias": v.project_bias,
        "eps": 1e-5,
    }
    attention: dict[str, Value] = {
        "head_dim": 32,
        "widen_in": "output",
        "pool": "avg",
        "shortcut_bias": v.shortcut_bias,
        "norm": v.norm,
        "eps": 1e-6,
        "layer_scale": v.layer_scale,
        "bias_hidden": v.bias_hidden,
    }
    items: list[Item] = [
        image(channels_in, image_size),
        block(
            "stem", "conv_stem", channels=channels, width=width, stride=strides[0], bias=False,
            activation="silu", eps=1e-5,
        ),
    ]  # fmt: skip
    for index, depth in enumerate(v.depths):
        shared: dict[str, Value] = {
            "channels": v.channels[index],
            "expansion": 4,
            "stride": First(2, 1) if strides[index + 1] > 1 else 1,
            **(convolution if index < 2 else attention),
        }
        kind = "mbconv" if index < 2 else "coatnet_transformer"
        items.append(
            stage(f"stage{index + 1}", kind, repeat=depth, title=f"Stage {index + 1}", shared=shared)
        )
    head = block("classifier", "classifier", classes=classes, norm="positions", norm_kind=v.norm, eps=1e-6)
    return lane(name, [*items, head])


TIMM = "Wightman, PyTorch Image Models"

_NANO = CoAtNetRw(
    channels=(64, 128, 256, 512),
    depths=(3, 4, 6, 3),
    stride_in="pool",
    activate_first=False,
    project_bias=True,
    se_activation="silu",
)
_0 = CoAtNetRw(stride_in="pool", se_early=True, shortcut_bias=False)
_BN_0 = CoAtNetRw(se_early=True, shortcut_bias=False, norm="batch")
_1 = CoAtNetRw(depths=(2, 6, 14, 2), se_early=True, shortcut_bias=False)
_2 = CoAtNetRw(channels=(128, 256, 512, 1024), depths=(2, 6, 14, 2), stem=(64, 128), se_activation="silu")
_3 = CoAtNetRw(
    channels=(192, 384, 768, 1536),
    depths=(2, 6, 14, 2),
    stem=(96, 192),
    se_activation="silu",
    layer_scale=True,
)
_RMLP_NANO = replace(_NANO, stride_in="depthwise", bias_hidden=384)
_RMLP_1 = CoAtNetRw(depths=(2, 6, 14, 2), bias_hidden=512)
_RMLP_2 = replace(_2, layer_scale=True, bias_hidden=512)


def _coatnet(name: str, v: CoAtNetRw, params: int, macs: float) -> Preset:
    title = name.replace("coatnet", "CoAtNet") + " (timm)"
    return Preset(name=name, title=title, paper=TIMM, build=partial(build, v=v), params=params, macs=macs)


def _se_resnet(depth: int, depths: tuple[int, ...], params: int, macs: float) -> Preset:
    v = resnet.ResNet(depths=depths, attention="se")
    return Preset(
        name=f"se-resnet-{depth}-timm",
        title=f"SE-ResNet-{depth} (timm)",
        paper=TIMM,
        build=partial(resnet.build, v=v),
        params=params,
        macs=macs,
    )


PRESETS = (
    _coatnet("coatnet-nano-rw", _NANO, 15_141_244, 2.3827e9),
    _coatnet("coatnet-0-rw", _0, 27_435_562, 4.4063e9),
    _coatnet("coatnet-bn-0-rw", _BN_0, 27_435_562, 4.6471e9),
    _coatnet("coatnet-1-rw", _1, 41_721_502, 7.9922e9),
    _coatnet("coatnet-2-rw", _2, 73_868_400, 15.0193e9),
    _coatnet("coatnet-3-rw", _3, 165_173_428, 33.321e9),
    _coatnet("coatnet-rmlp-nano-rw", _RMLP_NANO, 15_145_116, 2.5941e9),
    _coatnet("coatnet-rmlp-1-rw2", _RMLP_1, 41_724_622, 8.0665e9),
    _coatnet("coatnet-rmlp-2-rw", _RMLP_2, 73_881_264, 15.1148e9),
    _se_resnet(50, resnet.D50, 28_088_024, 4.0917e9),
    _se_resnet(101, resnet.D101, 49_326_872, 7.8061e9),
    _se_resnet(152, resnet.D152, 66_821_848, 11.5202e9),
)
