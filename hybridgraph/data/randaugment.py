"""RandAugment for whole batches: each picture goes through operations of its own, drawn by (seed, epoch, index).

Source: E. Cubuk and others, "RandAugment: practical automated data augmentation with a reduced search space", arXiv
1909.13719, with its fourteen operations; their ranges are those of AutoAugment, arXiv 1805.09501. Pictures that drew
the same kind of operation are computed together, on the device that holds them. Black moves in at the edges.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from hybridgraph.data.boxes import warp
from hybridgraph.data.randomness import mix, uniform

OPERATIONS = (
    "identity", "autocontrast", "equalize", "solarize", "posterize", "brightness", "contrast", "color", "sharpness",
    "rotate", "shear-x", "shear-y", "translate-x", "translate-y",
)  # fmt: skip
_BLENDS, _MOVES = OPERATIONS[5:9], OPERATIONS[9:]
_FULL = 10.0  # the magnitude of full strength
_STRONGEST = 3.0
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_ANGLE, _SHEAR, _WAY, _BLEND = math.radians(30), 0.3, 0.45, 0.9
"""Turn, shear, way as a share of the side and change of colours at full strength."""


def randaugment(
    images: Tensor, indices: Tensor, *, seed: int, epoch: int, operations: int, magnitude: float, spread: float
) -> Tensor:  # fmt: skip
    """Put each picture through random operations. Shape: (B, C, H, W) uint8, (B,) int64 on the processor -> the same."""
    for turn in range(operations):
        kind, side, first, second = uniform(mix(seed, epoch, 4, turn), indices, 4)
        normal = (-2 * torch.log1p(-first)).sqrt() * torch.cos(2 * math.pi * second)  # Box and Muller
        strength = ((magnitude + spread * normal) / _FULL).clamp(0, _STRONGEST)
        images = apply(images, (kind * len(OPERATIONS)).long(), strength, side < 0.5)
    return images


def apply(images: Tensor, kinds: Tensor, strengths: Tensor, negative: Tensor) -> Tensor:
    """One operation on each picture, by its place in `OPERATIONS`; strengths of 1 are full.

    Shape: (B, C, H, W) uint8 anywhere, (B,) int64, (B,) float64, (B,) bool on the processor -> (B, C, H, W) uint8.
    """
    signed = torch.where(negative, -strengths, strengths)
    changed = images.clone()
    for work, names, amounts in _WORK:
        first, last = OPERATIONS.index(names[0]), OPERATIONS.index(names[-1])
        chosen = ((kinds >= first) & (kinds <= last)).nonzero()[:, 0]
        if len(chosen):
            there = chosen.to(images.device)
            given = (signed if amounts == "signed" else strengths)[chosen]
            changed[there] = work(images[there], kinds[chosen], given)
    return changed


def _autocontrast(images: Tensor, _kinds: Tensor, _strengths: Tensor) -> Tensor:
    low, high = images.amin((2, 3), keepdim=True).float(), images.amax((2, 3), keepdim=True).float()
    wide = (images.float() - low) * (255 / (high - low).clamp_min(1))
    return torch.where(high > low, wide, images.float()).to(torch.uint8)


def _equalize(images: Tensor, _kinds: Tensor, _strengths: Tensor) -> Tensor:
    flat = images.flatten(2).flatten(0, 1).long()  # (B·C, H·W)
    counts = torch.zeros(len(flat), 256, dtype=torch.int64, device=images.device)
    counts.scatter_add_(1, flat, torch.ones_like(flat))
    last = counts.gather(1, flat.amax(1, keepdim=True))
    step = (flat.shape[1] - last) // 255
    table = (counts.cumsum(1) - counts + step // 2) // step.clamp_min(1)
    table = torch.where(step > 0, table.clamp_max(255), torch.arange(256, device=images.device))
    return table.gather(1, flat).view(images.shape).to(torch.uint8)


def _solarize(images: Tensor, _kinds: Tensor, strengths: Tensor) -> Tensor:
    threshold = _by_picture((256 * (1 - strengths)).clamp_min(0), images)
    return torch.where(images >= threshold, 255 - images, images)


def _posterize(images: Tensor, _kinds: Tensor, strengths: Tensor) -> Tensor:
    dropped = (4 * strengths).round().clamp(0, 7)  # bits; at full strength four of eight stay
    return images & _by_picture(256 - 2**dropped, images).to(torch.uint8)


def _blend(images: Tensor, kinds: Tensor, strengths: Tensor) -> Tensor:
    """Away from or towards a dull picture: black, one grey, all grey, or smooth."""
    pixels = images.float()
    grey = _grey(pixels)
    smooth = _smooth(pixels)
    means = grey.mean((1, 2, 3), keepdim=True).round()
    dull = torch.zeros_like(pixels)
    for name, one in (("contrast", means), ("color", grey), ("sharpness", smooth)):
        is_it = _by_picture(kinds == OPERATIONS.index(name), images)
        dull = torch.where(is_it, one, dull)
    factor = _by_picture((1 + _BLEND * strengths).clamp_min(0.1), images)
    return (dull + factor * (pixels - dull)).round_().clamp_(0, 255).to(torch.uint8)


def _move(images: Tensor, kinds: Tensor, strengths: Tensor) -> Tensor:
    maps = torch.eye(2, 3, dtype=torch.float64).repeat(len(kinds), 1, 1)
    by = {name: kinds == OPERATIONS.index(name) for name in _MOVES}
    turn = torch.where(by["rotate"], strengths * _ANGLE, 0.0)
    maps[:, 0, 0] = maps[:, 1, 1] = turn.cos()
    maps[:, 0, 1] = torch.where(by["shear-x"], strengths * _SHEAR, -turn.sin())
    maps[:, 1, 0] = torch.where(by["shear-y"], strengths * _SHEAR, turn.sin())
    maps[:, 0, 2] = torch.where(by["translate-x"], 2 * _WAY * strengths, 0.0)
    maps[:, 1, 2] = torch.where(by["translate-y"], 2 * _WAY * strengths, 0.0)
    return warp(images, maps)


def _grey(pixels: Tensor) -> Tensor:
    if pixels.shape[1] != 3:
        return pixels
    return (pixels * pixels.new_tensor(_LUMA).view(3, 1, 1)).sum(1, keepdim=True).round()


def _smooth(pixels: Tensor) -> Tensor:
    """Each pixel five times with its eight neighbours; the edges stay."""
    if min(pixels.shape[-2:]) < 3:
        return pixels
    around = F.avg_pool2d(pixels, 3, 1) * 9 + 4 * pixels[:, :, 1:-1, 1:-1]
    smooth = pixels.clone()
    smooth[:, :, 1:-1, 1:-1] = (around / 13).round()
    return smooth


def _by_picture(values: Tensor, images: Tensor) -> Tensor:
    values = values.float() if values.is_floating_point() else values
    return values.to(images.device).view(-1, 1, 1, 1)


_Work = Callable[[Tensor, Tensor, Tensor], Tensor]
_WORK: tuple[tuple[_Work, tuple[str, ...], str], ...] = (
    (_autocontrast, ("autocontrast",), "plain"),
    (_equalize, ("equalize",), "plain"),
    (_solarize, ("solarize",), "plain"),
    (_posterize, ("posterize",), "plain"),
    (_blend, _BLENDS, "signed"),
    (_move, _MOVES, "signed"),
)
