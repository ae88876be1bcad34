"""Preactivated networks for pictures of 32 pixels: three stages of residual blocks, narrow and deep or wide.

Hu et al. 2018 (arXiv:1709.01507) put SE into them, Bello et al. 2019 (arXiv:1904.09925) attention beside a
convolution; the networks are those of He et al. 2016 (arXiv:1603.05027) and of Zagoruyko and Komodakis 2016
(arXiv:1605.07146).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Value
from hybridgraph.presets.lane import block, image, lane, stage
from hybridgraph.presets.preset import Preset
from hybridgraph.presets.resnet import HU

STEM = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Preactivated:
    """The numbers of one variant: `depth` blocks in each stage, each twice as wide inside as the stage before.

    `augmented` puts attention beside the first convolution of each block, in place of an SE gate at its end.
    `bare_stem` leaves the stem's result as it is and puts a norm behind the last block, as the wide networks do.
    """

    depth: int
    width: int
    bottleneck: bool = False
    augmented: bool = False
    bare_stem: bool = True


def build(name: str, v: Preactivated, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; the stem keeps the resolution, and the second and third stage halve it."""
    stem = block("stem", "conv_norm_act", channels=STEM)
    if v.bare_stem:
        stem = block("stem", "conv_norm_act", channels=STEM, norm="none", activation="none", bias=False)
    items: list[Item] = [image(channels_in, image_size), stem]
    for index in range(3):
        channels = v.width << index
        shared: dict[str, Value] = {
            "channels": 4 * channels if v.bottleneck else channels,
            "stride": First(2, 1) if index else 1,
        }
        if v.augmented:
            kind = "aa_preact_residual"
            shared |= {"kappa": 0.2, "nu": 0.1, "heads": 8, "key_floor": 20}
        else:
            kind = "preact_residual"
            shared |= {"kind": "bottleneck" if v.bottleneck else "basic", "attention": "se", "reduction": 16}
        number = index + 1
        items.append(stage(f"stage{number}", kind, repeat=v.depth, title=f"Stage {number}", shared=shared))
    if v.bare_stem:
        items.append(block("norm", "norm_act"))
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="none")])


BELLO = "Bello et al. 2019 · arXiv:1904.09925"


def _variant(
    name: str, title: str, v: Preactivated, params: int, macs: float, *, paper: str = HU, classes: int = 10
) -> Preset:
    """The papers' accuracies on CIFAR are no ImageNet figures and stay out."""
    return Preset(
        name=name,
        title=title,
        paper=paper,
        build=partial(build, v=v),
        params=params,
        macs=macs,
        image_size=32,
        classes=classes,
    )


# The counts of the two narrow ones are those of an implementation with a norm behind the stem and none at the end.
_110 = Preactivated(depth=18, width=16, bare_stem=False)
_164 = Preactivated(depth=18, width=16, bottleneck=True, bare_stem=False)
_16_8 = Preactivated(depth=2, width=128)
# The paper prints 36.2 million, between those of this network, whose shortcuts are projections as in its own paper,
# and the 36.05 million of one whose shortcuts have no parameters.
_28_10 = Preactivated(depth=4, width=160, augmented=True)

PRESETS = (
    _variant("se-resnet-110-cifar", "SE-ResNet-110 for CIFAR-10", _110, 1_744_664, 0.253162e9),
    _variant("se-resnet-164-cifar", "SE-ResNet-164 for CIFAR-10", _164, 1_904_882, 0.24784e9),
    _variant("se-wrn-16-8-cifar", "SE-WRN-16-8 for CIFAR-10", _16_8, 11_049_290, 1.5482e9),
    _variant(
        "aa-wrn-28-10-cifar",
        "AA-WRN-28-10 for CIFAR-100",
        _28_10,
        36_312_660,
        6.1749e9,
        paper=BELLO,
        classes=100,
    ),
)
