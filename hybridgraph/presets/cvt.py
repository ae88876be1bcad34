"""CvT: three stages of convolutional token embedding and convolutional attention, a class token in the last.

Wu et al. 2021, "CvT: Introducing Convolutions to Vision Transformers" (arXiv:2103.15808).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import Cycle, Ramp, Value
from hybridgraph.presets.lane import SMALLEST_GRID, block, image, lane, stage
from hybridgraph.presets.preset import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class Cvt:
    """The numbers of one variant; `drop_path` is reached at the end of the last stage, which alone has any.

    `expansions` and `kv_strides` say for each stage, where they differ for each of its blocks, how wide the
    feed-forward part and how coarse keys and values are.
    """

    depths: tuple[int, int, int]
    channels: tuple[int, int, int]
    drop_path: float
    head_dim: int = 64
    expansions: tuple[Value, Value, Value] = (4, 4, 4)
    kv_strides: tuple[Value, Value, Value] = (2, 2, 2)


def build(name: str, v: Cvt, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; small pictures lose the first embedding's stride, then the second's."""
    first = 4 if image_size >= 16 * SMALLEST_GRID else 2 if image_size >= 8 * SMALLEST_GRID else 1
    strides = (
        first,
        2 if image_size >= 4 * SMALLEST_GRID else 1,
        2 if image_size >= 2 * SMALLEST_GRID else 1,
    )
    items: list[Item] = [image(channels_in, image_size)]
    for index, (depth, channels) in enumerate(zip(v.depths, v.channels, strict=True)):
        number, last = index + 1, index == len(v.depths) - 1
        kernel, padding = (7, 2) if strides[index] == 4 else (3, 1)
        embed = block(
            f"embed{number}",
            "conv_token_embed",
            channels=channels,
            kernel=kernel,
            stride=strides[index],
            padding=padding,
        )
        items.append(embed)
        shared: dict[str, Value] = {
            "head_dim": v.head_dim,
            "expansion": v.expansions[index],
            "stride_k": v.kv_strides[index],
            "stride_v": v.kv_strides[index],
        }
        if last:
            items += [block("tokens", "map_to_tokens"), block("class_token", "class_token")]
            shared["drop_path"] = Ramp(0.0, v.drop_path)
        kind = "cvt_token_block" if last else "cvt_block"
        items.append(stage(f"stage{number}", kind, repeat=depth, title=f"Stage {number}", shared=shared))
    return lane(name, [*items, block("classifier", "token_classifier", classes=classes, eps=1e-5)])


PAPER = "Wu et al. 2021 · arXiv:2103.15808"
_13 = Cvt(depths=(1, 2, 10), channels=(64, 192, 384), drop_path=0.1)
_21 = Cvt(depths=(1, 4, 16), channels=(64, 192, 384), drop_path=0.1)
# The paper searched an expansion of 2 or 4 and a stride of 1 or 2 for each block and printed neither, only that the
# first and last are cheap and those in the middle mostly fine. This one is such, and has the printed 18 million
# parameters and 4.1 thousand million multiply-adds; it need not be the authors' network.
_13_NAS = Cvt(
    depths=(1, 2, 10),
    channels=(64, 192, 384),
    drop_path=0.1,
    expansions=(2, 2, Cycle((4,) * 7 + (2,) * 3)),
    kv_strides=(2, 2, Cycle((2,) * 4 + (1,) * 3 + (2,) * 3)),
)
_W24 = Cvt(depths=(2, 2, 20), channels=(192, 768, 1024), drop_path=0.3)


def _variant(
    name: str, title: str, v: Cvt, params: int, macs: float, top1: float | None, size: int = 224
) -> Preset:
    made = partial(build, v=v)
    return Preset(
        name=name, title=title, paper=PAPER, build=made, params=params, macs=macs, top1=top1, image_size=size
    )


PRESETS = (
    _variant("cvt-13", "CvT-13", _13, 19_997_480, 4.5661e9, 81.6),
    _variant("cvt-13-nas", "CvT-13-NAS", _13_NAS, 17_913_512, 4.1347e9, 82.2),
    _variant("cvt-21", "CvT-21", _21, 31_622_696, 7.178e9, 82.5),
    _variant("cvt-w24", "CvT-W24", _W24, 277_196_392, 194.2217e9, 87.7, 384),
)
