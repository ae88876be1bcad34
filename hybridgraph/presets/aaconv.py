"""ResNets whose last three stages have attention beside the 3×3 convolution.

Bello, Zoph, Vaswani, Shlens, Le 2019, "Attention Augmented Convolutional Networks" (arXiv:1904.09925).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First, Value
from hybridgraph.presets.lane import block, image, lane, stage
from hybridgraph.presets.preset import Preset
from hybridgraph.presets.resnet import stem

WIDTHS = (64, 128, 256, 512)


@dataclass(frozen=True, slots=True, kw_only=True)
class AAResNet:
    """The numbers of one variant: `kappa` and `nu` are the shares of keys and values."""

    depths: tuple[int, int, int, int]
    kappa: float = 0.2
    nu: float = 0.1
    bottleneck: bool = True


def build(name: str, v: AAResNet, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; attention works at half resolution in the first augmented stage."""
    items: list[Item] = [image(channels_in, image_size), stem(WIDTHS[0], image_size)]
    for index, (depth, width) in enumerate(zip(v.depths, WIDTHS, strict=True)):
        shared: dict[str, Value] = {"channels": 4 * width if v.bottleneck else width}
        shared["stride"] = First(2, 1) if index else 1
        kind = "resnet_bottleneck" if v.bottleneck else "resnet_basic"
        if index:
            kind = "aa_residual"
            shared |= {
                "kind": "bottleneck" if v.bottleneck else "basic",
                "kappa": v.kappa,
                "nu": v.nu,
                "heads": 8,
                "key_floor": 20,
                "pool": index == 1,
            }
        elif v.bottleneck:
            shared["stride_in_first"] = False
        items.append(
            stage(f"stage{index + 1}", kind, repeat=depth, title=f"Stage {index + 1}", shared=shared)
        )
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="none")])


PAPER = "Bello et al. 2019 · arXiv:1904.09925"
_34 = AAResNet(depths=(3, 4, 6, 3), kappa=0.25, nu=0.25, bottleneck=False)
_50 = AAResNet(depths=(3, 4, 6, 3))
_101 = AAResNet(depths=(3, 4, 23, 3))
_152 = AAResNet(depths=(3, 8, 36, 3))


def _variant(name: str, title: str, v: AAResNet, params: int, macs: float, top1: float) -> Preset:
    made = partial(build, v=v)
    return Preset(name=name, title=title, paper=PAPER, build=made, params=params, macs=macs, top1=top1)


PRESETS = (
    _variant("aa-resnet-34", "AA-ResNet-34", _34, 20_745_072, 3.605e9, 74.7),
    _variant("aa-resnet-50", "AA-ResNet-50", _50, 25_777_392, 4.189e9, 77.7),
    _variant("aa-resnet-101", "AA-ResNet-101", _101, 45_354_728, 8.1385e9, 78.7),
    _variant("aa-resnet-152", "AA-ResNet-152", _152, 61_549_536, 12.0457e9, 79.1),
)
