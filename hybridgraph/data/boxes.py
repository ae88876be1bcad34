"""Random rectangles as lines of rows and columns, and crops of pictures at full size."""

import math

import numpy as np
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
    chosen = (drawn < chance).nonzero()[:, 0]
    if not len(chosen):
        return images
    pixels = (smallest + (largest - smallest) * area[chosen]) * height * width
    aspect = _power(flattest, 1 - 2 * form[chosen])
    high, wide = (pixels * aspect).sqrt(), (pixels / aspect).sqrt()
    boxes = inside(high, wide, draw_y[chosen], draw_x[chosen], height, width).to(images.device)
    there = chosen.to(images.device)
    return images.index_copy_(0, there, images.index_select(0, there).masked_fill_(boxes, 0.0))


def crop(images: Tensor, indices: Tensor, *, seed: int, epoch: int, smallest: float) -> Tensor:
    """Show a random part of each picture at full size, of at least the `smallest` share of its area.

    Shape: (B, C, H, W) uint8, (B,) int64 on the processor -> (B, C, H, W) uint8. Source: C. Szegedy and others,
    "Going deeper with convolutions", arXiv 1409.4842, section 6.
    """
    draws, form, draw_y, draw_x = uniform(mix(seed, epoch, 6), indices, 4)
    area = smallest + (1 - smallest) * draws
    aspect = _power(_ASPECT, 2 * form - 1)
    high, wide = ((area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1))
    maps = torch.zeros(len(indices), 2, 3, dtype=torch.float64)  # a part of the square from -1 to 1
    maps[:, 0, 0], maps[:, 0, 2] = wide, (1 - wide) * (2 * draw_x - 1)
    maps[:, 1, 1], maps[:, 1, 2] = high, (1 - high) * (2 * draw_y - 1)
    return warp(images, maps, padding="border")


def _power(base: float, exponents: Tensor) -> Tensor:
    """Shape: (B,) float64 -> (B,). By numpy, which rounds a number alike wherever it stands in a row of them."""
    return torch.from_numpy(np.exp(math.log(base) * exponents.numpy()))


def warp(images: Tensor, maps: Tensor, *, padding: str = "zeros") -> Tensor:
    """Read each picture where its map leads. Shape: (B, C, H, W) uint8, (B, 2, 3) -> (B, C, H, W) uint8.

    A map takes places of the new picture, x and y from -1 to 1, to those of the old one.
    """
    batch, _, height, width = images.shape
    given = maps.float().to(images.device).view(batch, 2, 3, 1)
    x, y = (_centres(side, images.device) for side in (width, height))
    grid = torch.empty(batch, 2, height, width, device=images.device)
    # products and sums one by one: no place of the picture then depends on what is beside it in the batch
    torch.add((given[:, :, 1] * y + given[:, :, 2])[..., None], (given[:, :, 0] * x)[:, :, None], out=grid)
    found = F.grid_sample(
        images.float(), grid.permute(0, 2, 3, 1), mode="bilinear", padding_mode=padding, align_corners=False
    )
    # means of bytes: between 0 and 255, and not below 0 by rounding; by way of int32, which is twice as fast
    return found.add_(0.5).to(torch.int32).to(torch.uint8)


def _centres(side: int, device: torch.device) -> Tensor:
    """The centres of the pixels of a side that goes from -1 to 1. Shape: (side,)."""
    return (2 * torch.arange(side, device=device) + 1) / side - 1
