"""Pictures of one size that lie together, brought to the size and the channels that a network takes."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from hybridgraph.data.pictures import Batch, in_blocks

_CHUNK = 4096
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow's own grey


def fit_pixels(pixels: Tensor, image_size: int, channels_in: int) -> Tensor:
    """Centre crop, resize, grey or RGB. Shape: (N, H, W) or (N, H, W, C) -> (N, channels_in, S, S), uint8."""
    images = pixels[:, None] if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2)
    count, channels, height, width = images.shape
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    images = images[:, :, top : top + short, left : left + short]
    fitted = torch.empty(count, channels_in, image_size, image_size, dtype=torch.uint8)
    for start in range(0, count, _CHUNK):
        part = images[start : start + _CHUNK]
        if channels == 3 and channels_in == 1:
            weights = torch.tensor(_LUMA).view(3, 1, 1)
            part = (part * weights).sum(1, keepdim=True).round_().to(torch.uint8)
        if short != image_size:
            part = F.interpolate(part, (image_size, image_size), mode="bilinear", antialias=True)
        fitted[start : start + _CHUNK] = part  # grey spreads over three channels here
    return fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelPictures:
    """Pictures that wait in memory as they were made, (N, H, W) or (N, H, W, C) uint8, and are fitted when needed."""

    pixels: Tensor
    labels: Tensor
    image_size: int
    channels_in: int

    def take(self, indices: Tensor) -> Tensor:
        """The pictures at these places. Shape: (B,) int64 -> (B, C, S, S) uint8."""
        return fit_pixels(self.pixels.index_select(0, indices), self.image_size, self.channels_in)

    def batches(self, order: Tensor, batch: int) -> Iterator[Batch]:
        """Yield the pictures at `order` in batches."""
        return in_blocks(self, order, batch, self.channels_in * self.image_size**2)

    def to(self, device: torch.device) -> "PixelPictures":  # noqa: ARG002  part of the protocol
        """Stay where they are: a batch is smaller before it is fitted than after."""
        return self
