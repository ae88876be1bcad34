"""Patches of a picture as positions of a map, and the merging of positions into larger ones.

Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words" (arXiv:2010.11929); Liu et al. 2021, "Swin Transformer:
Hierarchical Vision Transformer using Shifted Windows" (arXiv:2103.14030) and 2022, "Swin Transformer V2"
(arXiv:2111.09883).
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from hybridgraph.blocks.layers import init_truncated_normal, name_choices, nearest_divisors
from hybridgraph.errors import BlockError
from hybridgraph.spec import IMAGE, Bool, Float, Int, block


@block(
    "patch_embed",
    title="Patch embedding",
    family="convolution",
    symbol="PE",
    paper="Liu et al. 2021 · arXiv:2103.14030; Dosovitskiy et al. 2021 · arXiv:2010.11929",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block."),
        "patch": Int(1, 256, unit="px", doc="Side of one patch; it has to divide both sides of the picture."),
        "norm": Bool(doc="Whether layer normalisation follows (Swin) or not (ViT)."),
        "eps": Float(1e-12, 0.1, inert=True, doc="What the normalisation adds to the variance."),
    },
    card="{channels} · {patch}×{patch}",
    equation="y = LN(Conv_p(x))",
    aliases=("Patchify", "Patch partition", "Linear embedding"),
)
class PatchEmbed(nn.Module):
    """Cut the picture into patches that do not overlap and map each to a feature vector.

    The plainest way from pixels to features: one linear map, no assumption about what lies within a patch.
    Shape: (B, in_channels, H, W) -> (B, channels, H / patch, W / patch).
    Raises BlockError when `patch` does not divide both sides of the map.
    """

    def __init__(
        self,
        in_channels: int,
        grid: tuple[int, int],
        channels: int = 96,
        patch: int = 4,
        norm: bool = True,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        check_patch(grid, patch)
        self.conv = nn.Conv2d(in_channels, channels, patch, patch)
        self.norm = nn.LayerNorm(channels, eps) if norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).permute(0, 2, 3, 1)  # (B, H / p, W / p, C)
        return self.norm(x).permute(0, 3, 1, 2)  # (B, C, H / p, W / p)


@block(
    "patch_merging",
    title="Patch merging",
    family="glue",
    symbol="PM",
    paper="Liu et al. 2021 · arXiv:2103.14030",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        "expansion": Int(1, 8, doc="How many times the channels grow while the map halves."),
        "norm_last": Bool(
            doc="Whether layer normalisation follows the linear layer (SwinV2) or comes before (Swin)."
        ),
    },
    card="×{expansion}",
    equation="y = W · LN([x₀₀; x₁₀; x₀₁; x₁₁])",
    aliases=("Downsample", "Space to depth"),
)
class PatchMerging(nn.Module):
    """Join each 2×2 cell of the map into one position with more channels.

    Halves the map without losing a value before the linear layer decides what to keep.
    Shape: (B, in_channels, H, W) -> (B, expansion * in_channels, H / 2, W / 2).
    Raises BlockError when a side of the map is odd.
    """

    def __init__(
        self, in_channels: int, grid: tuple[int, int], expansion: int = 2, norm_last: bool = False
    ) -> None:
        super().__init__()
        if grid[0] % 2 or grid[1] % 2:
            raise BlockError(
                f"A {grid[0]}×{grid[1]} map has an odd side and cannot be merged two by two.",
                "Choose an image size that stays even up to here, or merge once less.",
            )
        self.norm_last = norm_last
        self.norm = nn.LayerNorm((expansion if norm_last else 4) * in_channels)
        self.reduce = nn.Linear(4 * in_channels, expansion * in_channels, bias=False)
        init_truncated_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        B, C, H, W = x.shape
        x = x.permute(0, 2, 3, 1)  # (B, H, W, C)
        x = x.reshape(B, H // 2, 2, W // 2, 2, C)
        x = x.permute(0, 1, 3, 4, 2, 5).flatten(3)  # (B, H / 2, W / 2, 4C), rows vary before columns
        x = self.norm(self.reduce(x)) if self.norm_last else self.reduce(self.norm(x))
        return x.permute(0, 3, 1, 2)  # (B, e * C, H / 2, W / 2)


def check_patch(grid: tuple[int, int], patch: int) -> None:
    """Raises BlockError when the patch does not divide both sides; the hint names the nearest sizes that do."""
    if grid[0] % patch or grid[1] % patch:
        raise BlockError(
            f"A {grid[0]}×{grid[1]} map does not divide into patches of {patch}×{patch}.",
            f"Patches of {name_choices(nearest_divisors(math.gcd(*grid), patch))} fit.",
        )
