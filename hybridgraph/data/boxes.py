"""Random rectangles as lines of rows and columns, and crops of pictures at full size."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from hybridgraph.data.randomness import mix, uniform

_ASPECT = 4 / 3
_ERASED = (0.02, 1 / 3, 0.3)
"""Smallest and largest share of the area that is erased, and the flattest form. Source: arXiv 1708.04896."""


def inside(
    heights: Tensor, widths: Tensor, draw_y: Tensor, draw_x: Tensor, height: int, width: int
) -> Tensor:
    """Rectangles of whole pixels that lie inside the picture. Shape: (B,) each, in pixels and [0, 1) -> (B, 1, H, W)."""
    rows, columns = (
        _line(lengths.round().clamp(0, side), draws, side)
        for lengths, draws, side in ((heights, draw_y, height), (widths, draw_x, width))
    )
    return rows[:, None, :, None] & columns[:, None, None, :]


def _line(lengths: Tensor, draws: Tensor, side: int) -> Tensor:
    starts = (draws * (side - lengths + 1)).floor()
    places = torch.arange(side)
    return (places >= starts[:, None]) & (places < (starts + lengths)[:, None])


def erase(images: Tensor, indices: Tensor, *, seed: int, epoch: int, chance: float) -> Tensor:
    """Set a random rectangle of each picture to 0, the mean colour of normalised ones, with that chance.

    Shape: (B, C, H, W) float, which is changed, (B,) int64 on the processor -> (B, C, H, W). Source: Z. Zhong and
    others, "Random erasing data augmentation", arXiv 1708.04896.
    """
    height, width = images.shape[-2:]
    smallest, largest, flattest = _ERASED
    drawn, area, form, draw_y, draw_x = uniform(mix(seed, epoch, 5), indices, 5)
    pixels = (smallest + (largest - smallest) * area) * height * width
    aspect = torch.exp(math.log(flattest) * (1 - 2 * form))
    boxes = inside((pixels * aspect).sqrt(), (pixels / aspect).sqrt(), draw_y, draw_x, height, width)
    boxes &= (drawn < chance)[:, None, None, None]
    return images.masked_fill_(boxes.to(images.device), 0.0)


def crop(images: Tensor, indices: Tensor, *, seed: int, epoch: int, smallest: float) -> Tensor:
    """Show a random part of each picture at full size, of at least the `smallest` share of its area.

    Shape: (B, C, H, W) uint8, (B,) int64 on the processor -> (B, C, H, W) uint8. Source: C. Szegedy and others,
    "Going deeper with convolutions", arXiv 1409.4842, section 6.
    """
    draws, form, draw_y, draw_x = uniform(mix(seed, epoch, 6), indices, 4)
    area = smallest + (1 - smallest) * draws
    aspect = torch.exp(math.log(_ASPECT) * (2 * form - 1))
    high, wide = ((area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1))
    maps = torch.zeros(len(indices), 2, 3, dtype=torch.float64)  # a part of the square from -1 to 1
    maps[:, 0, 0], maps[:, 0, 2] = wide, (1 - wide) * (2 * draw_x - 1)
    maps[:, 1, 1], maps[:, 1, 2] = high, (1 - high) * (2 * draw_y - 1)
    return warp(images, maps, padding="border")


def warp(images: Tensor, maps: Tensor, *, padding: str = "zeros") -> Tensor:
    """Read each picture where its map leads. Shape: (B, C, H, W) uint8, (B, 2, 3) -> (B, C, H, W) uint8."""
    there = maps.float().to(images.device)
    grid = F.affine_grid(there, list(images.shape), align_corners=False)
    found = F.grid_sample(images.float(), grid, mode="bilinear", padding_mode=padding, align_corners=False)
    return found.round_().clamp_(0, 255).to(torch.uint8)
