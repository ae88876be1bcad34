"""MixUp and CutMix: each picture takes a part of another of its batch, and its target the same part.

Sources: H. Zhang and others, "mixup: beyond empirical risk minimization", arXiv 1710.09412; S. Yun and others, "CutMix",
arXiv 1905.04899. Where both are asked for, each picture draws one of them. The draws depend on (seed, step) alone.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from hybridgraph.data.boxes import inside
from hybridgraph.data.randomness import mix


def mix_pictures(
    images: Tensor,
    labels: Tensor,
    classes: int,
    *,
    seed: int,
    step: int,
    mixup: float,
    cutmix: float,
    among: tuple[int, Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Mix each picture with the one at the same place from the batch's end; `mixup` and `cutmix` are the α.

    Shape: (B, C, H, W) float, (B,) int64 -> (B, C, H, W), (B, classes) shares that sum to 1. Where these are not all
    pictures of the batch, `among` says of how many they are and at which places of it: (B,) int64, each with its
    mirror place.
    """
    here, _, height, width = images.shape
    count = here if among is None else among[0]
    draws = np.random.Generator(np.random.Philox(key=mix(seed, step, 7)))
    blended = draws.beta(mixup, mixup, count) if mixup else np.ones(count)
    kept = draws.beta(cutmix, cutmix, count) if cutmix else np.ones(count)
    places = torch.from_numpy(draws.random((2, count)))
    takes_box = torch.from_numpy(draws.random(count) < 0.5) if mixup and cutmix else torch.tensor(cutmix > 0)
    if among is not None:
        own = among[1][:here]  # fewer where pictures cannot be read
        blended, kept, places = blended[own.numpy()], kept[own.numpy()], places[:, own]
        takes_box = takes_box[own] if takes_box.ndim else takes_box
    weight = torch.from_numpy(blended).view(-1, 1, 1, 1)  # what stays of the picture
    if cutmix:
        side = torch.from_numpy(1 - kept).clamp_min(0).sqrt()
        boxes = inside(side * height, side * width, places[0], places[1], height, width)
        weight = torch.where(takes_box.view(-1, 1, 1, 1), (~boxes).double(), weight)
    share = weight.mean((1, 2, 3)).float()[:, None].to(images.device)
    mixed = images.flip(0).lerp_(images, weight.float().to(images.device))
    targets = F.one_hot(labels, classes).float()
    return mixed, targets.flip(0).lerp_(targets, share)
