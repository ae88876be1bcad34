"""Flip and shift of whole batches, and the step from bytes to the numbers a network reads.

Pure tensor functions that run where their pictures are. What happens to a picture depends on (seed, epoch,
index of the picture) alone, not on its neighbours in the batch.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from hybridgraph.data.randomness import mix, uniform


def augment(
    images: Tensor, indices: Tensor, *, seed: int, epoch: int, flip: float = 0.5, shift: float = 0.1
) -> Tensor:
    """Mirror each picture with chance `flip` and move it by up to `shift` of its side; black moves in.

    Shape: (B, C, H, W) of any type, (B,) int64 on the processor -> (B, C, H, W).
    """
    batch, channels, height, width = images.shape
    reach_y, reach_x = round(shift * height), round(shift * width)
    if not (flip or reach_y or reach_x):
        return images
    mirrored, draw_y, draw_x = uniform(mix(seed, epoch, 2), indices, 3)
    rows = _places(height, reach_y, draw_y)  # (B, H), into the padded picture
    columns = _places(width, reach_x, draw_x)  # (B, W)
    columns = torch.where((mirrored < flip)[:, None], columns.flip(1), columns).to(images.device)
    padded = F.pad(images, (reach_x, reach_x, reach_y, reach_y))
    # whole lines first, which are copied as they lie, then the pixels within them
    tops = torch.arange(batch * channels).view(batch, channels, 1) * (height + 2 * reach_y)
    lines = (tops + rows[:, None]).flatten().to(images.device)  # (B·C·H)
    moved = padded.flatten(0, 2).index_select(0, lines).view(batch, channels, height, -1)
    return moved.gather(3, columns[:, None, None].expand(-1, channels, height, -1))


def _places(side: int, reach: int, draws: Tensor) -> Tensor:
    """Where each line of a shifted picture lies in the padded one. Shape: (B,) -> (B, side)."""
    return (draws * (2 * reach + 1)).long()[:, None] + torch.arange(side)


def normalise(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Bytes to floats with the training set's mean 0 and deviation 1.

    Shape: (B, C, H, W) uint8, (C,), (C,) -> (B, C, H, W) float32. Mean and deviation are on the 0..1 scale.
    """
    scale = (1 / (255 * std)).view(-1, 1, 1)
    offset = (mean / std).view(-1, 1, 1)
    return images.float().mul_(scale).sub_(offset)
