"""Vision transformers: one grid of tokens all the way, from patches or from early convolutions.

Dosovitskiy et al. 2021 (arXiv:2010.11929); Touvron et al. 2021, DeiT (arXiv:2012.12877); Xiao et al. 2021, ViT_P and
ViT_C (arXiv:2106.14881).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Graph, Item
from hybridgraph.graph.values import Ramp, Value
from hybridgraph.presets.lane import SMALLEST_GRID, block, image, lane, stage
from hybridgraph.presets.preset import Preset

STRIDE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionTransformer:
    """The numbers of one variant; `stem` is the width and number of layers of a convolutional stem, if any."""

    channels: int
    depth: int
    expansion: int = 4
    head_dim: int = 64
    drop_path: float = 0.0
    stem: tuple[int, int] | None = None


def stride_for(size: int) -> int:
    """The papers' 16 pixels a token, halved for small pictures until a grid of 4 or so is left."""
    stride = STRIDE
    while stride > 1 and size // stride < SMALLEST_GRID:
        stride //= 2
    return stride


def build(name: str, v: VisionTransformer, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; small pictures get smaller patches, or a stem of a smaller stride."""
    stride = stride_for(image_size)
    start = block("patch_embed", "patch_embed", channels=v.channels, patch=stride, norm=False)
    if v.stem is not None:
        width, layers = v.stem
        start = block(
            "stem", "early_conv_stem", channels=v.channels, width=width, layers=layers, stride=stride
        )
    shared: dict[str, Value] = {"head_dim": v.head_dim, "expansion": v.expansion}
    if v.drop_path:
        shared["drop_path"] = Ramp(0.0, v.drop_path, "net")
    items: list[Item] = [
        image(channels_in, image_size),
        start,
        block("tokens", "map_to_tokens"),
        block("class_token", "class_token"),
        block("position", "position_embedding"),
        stage("encoder", "transformer", repeat=v.depth, title="Encoder", shared=shared),
        block("classifier", "token_classifier", classes=classes),
    ]
    return lane(name, items)


DOSOVITSKIY, TOUVRON = "Dosovitskiy et al. 2021 · arXiv:2010.11929", "Touvron et al. 2021 · arXiv:2012.12877"
XIAO = "Xiao et al. 2021 · arXiv:2106.14881"
_FOUR, _SIX = (48, 4), (64, 6)


def _variant(
    name: str,
    title: str,
    paper: str,
    v: VisionTransformer,
    params: int,
    macs: float,
    top1: float | None = None,
) -> Preset:
    made = partial(build, v=v)
    return Preset(name=name, title=title, paper=paper, build=made, params=params, macs=macs, top1=top1)


_B = VisionTransformer(channels=768, depth=12)
_L = VisionTransformer(channels=1024, depth=24)
_DEIT_TI = VisionTransformer(channels=192, depth=12, drop_path=0.1)
_DEIT_S = VisionTransformer(channels=384, depth=12, drop_path=0.1)
_DEIT_B = VisionTransformer(channels=768, depth=12, drop_path=0.1)
_P1 = VisionTransformer(channels=192, depth=12, expansion=3)
_P4 = VisionTransformer(channels=384, depth=12, expansion=3)
_P36 = VisionTransformer(channels=1024, depth=14)
_P72 = VisionTransformer(channels=1152, depth=22)
# A convolutional stem costs about as much as the block that is left out for it; only the largest keeps all blocks.
_C1 = VisionTransformer(channels=192, depth=11, expansion=3, stem=(24, 4))
_C4 = VisionTransformer(channels=384, depth=11, expansion=3, stem=_FOUR)
_C18 = VisionTransformer(channels=768, depth=11, stem=_SIX)
_C36 = VisionTransformer(channels=1024, depth=13, stem=_SIX)
_C72 = VisionTransformer(channels=1152, depth=22, stem=_SIX)

PRESETS = (
    _variant("vit-b-16", "ViT-B/16", DOSOVITSKIY, _B, 86_567_656, 17.5638e9),
    _variant("vit-l-16", "ViT-L/16", DOSOVITSKIY, _L, 304_326_632, 61.555e9),
    _variant("deit-ti", "DeiT-Ti", TOUVRON, _DEIT_TI, 5_717_416, 1.2537e9, 72.2),
    _variant("deit-s", "DeiT-S", TOUVRON, _DEIT_S, 22_050_664, 4.599e9, 79.8),
    _variant("deit-b", "DeiT-B", TOUVRON, _DEIT_B, 86_567_656, 17.5638e9, 81.8),
    _variant("vit-p-1gf", "ViT_P-1GF", XIAO, _P1, 4_830_376, 1.079e9, 72.3),
    _variant("vit-p-4gf", "ViT_P-4GF", XIAO, _P4, 18_507_112, 3.9017e9, 80.4),
    _variant("vit-p-18gf", "ViT_P-18GF", XIAO, _B, 86_567_656, 17.564e9, 82.1),
    _variant("vit-p-36gf", "ViT_P-36GF", XIAO, _P36, 178_364_392, 35.972e9, 81.8),
    _variant("vit-p-72gf", "ViT_P-72GF", XIAO, _P72, 352_954_216, 71.162e9),
    _variant("vit-c-1gf", "ViT_C-1GF", XIAO, _C1, 4_567_936, 1.076e9, 75.3),
    _variant("vit-c-4gf", "ViT_C-4GF", XIAO, _C4, 17_754_136, 3.959e9, 81.4),
    _variant("vit-c-18gf", "ViT_C-18GF", XIAO, _C18, 81_573_160, 17.7115e9, 83.0),
    _variant("vit-c-36gf", "ViT_C-36GF", XIAO, _C36, 167_796_008, 35.002e9, 83.2),
    _variant("vit-c-72gf", "ViT_C-72GF", XIAO, _C72, 354_949_288, 72.744e9),
)
