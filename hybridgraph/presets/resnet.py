"""ResNets of bottlenecks, plain or with SE or CBAM at the end of every residual branch.

He et al. 2016 (arXiv:1512.03385), Hu et al. 2018 (arXiv:1709.01507), Woo et al. 2018 (arXiv:1807.06521).
"""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import First
from hybridgraph.presets.lane import SMALLEST_GRID, block, image, lane, stage

CHANNELS = (256, 512, 1024, 2048)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResNet:
    """The numbers of one variant. SE-ResNets carry the stride in the first 1×1 convolution, later ones in the 3×3."""

    depths: tuple[int, int, int, int]
    attention: str = "none"
    reduction: int = 16
    stride_in_first: bool = False


def build(name: str, v: ResNet, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; small pictures lose the stem's pooling first, then its stride."""
    pool = -(-image_size // 32) >= SMALLEST_GRID
    stride = 2 if pool or -(-image_size // 16) >= SMALLEST_GRID else 1
    stem = block("stem", "resnet_stem", channels=64, pool=pool, stride=stride, kernel=7 if stride == 2 else 3)
    items: list[Item] = [image(channels_in, image_size), stem]
    for index, depth in enumerate(v.depths):
        items.append(
            stage(f"stage{index + 1}", "resnet_bottleneck", repeat=depth, title=f"Stage {index + 1}", shared={
                "channels": CHANNELS[index],
                "expansion": 4,
                "stride": First(2, 1) if index else 1,
                "stride_in_first": v.stride_in_first,
                "attention": v.attention,
                "reduction": v.reduction,
            })
        )  # fmt: skip
    return lane(name, [*items, block("classifier", "classifier", classes=classes, norm="none")])
