"""RandAugment for whole batches: each picture goes through operations of its own, drawn by (seed, epoch, index).

Source: E. Cubuk and others, "RandAugment: practical automated data augmentation with a reduced search space", arXiv
1909.13719, with its fourteen operations; their ranges are those of AutoAugment, arXiv 1805.09501. Pictures that drew
the same kind of operation are computed together, on the device that holds them. Black moves in at the edges.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from hybridgraph.data.boxes import warp
from hybridgraph.data.randomness import mix, uniform

OPERATIONS = (
    "identity", "autocontrast", "equalize", "solarize", "posterize", "brightness", "contrast", "color", "sharpness",
    "rotate", "shear-x", "shear-y", "translate-x", "translate-y",
)  # fmt: skip
_MOVES = OPERATIONS[9:]
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
        strength = ((magnitude + spread * _normal(first, second)) / _FULL).clamp(0, _STRONGEST)
        images = apply(images, (kind * len(OPERATIONS)).long(), strength, side < 0.5)
    return images


def _normal(first: Tensor, second: Tensor) -> Tensor:
    """Normal numbers by the way of Box and Muller; by numpy, which rounds a number alike wherever it stands."""
    length = np.sqrt(-2 * np.log1p(-first.numpy()))
    return torch.from_numpy(length * np.cos(2 * math.pi * second.numpy()))


def apply(images: Tensor, kinds: Tensor, strengths: Tensor, negative: Tensor) -> Tensor:
    """One operation on each picture, by its place in `OPERATIONS`; strengths of 1 are full.

    Shape: (B, C, H, W) uint8 anywhere, (B,) int64, (B,) float64, (B,) bool on the processor -> (B, C, H, W) uint8.
    """
    order = kinds.argsort(stable=True)  # pictures of one operation side by side, so that parts are views
    signed = torch.where(negative, -strengths, strengths)[order]
    sorted_images, kinds = images.index_select(0, order.to(images.device)), kinds[order]
    parts = []
    for work, names in _WORK:
        at = _between(kinds, names[0], names[-1])
        if at.start < at.stop:
            parts.append(work(sorted_images[at], kinds[at], signed[at]))
    return torch.cat(parts).index_select(0, order.argsort().to(images.device))


def _between(kinds: Tensor, first: str, last: str) -> slice:
    """Where the operations from the first to the last stand in sorted kinds."""
    ends = torch.tensor((OPERATIONS.index(first), OPERATIONS.index(last) + 1))
    return slice(*torch.searchsorted(kinds, ends).tolist())


def _keep(images: Tensor, _kinds: Tensor, _strengths: Tensor) -> Tensor:
    return images


def _recolour(images: Tensor, kinds: Tensor, strengths: Tensor) -> Tensor:
    """What looks at one pixel alone is looked up: each plane has a table of what its 256 values become."""
    flat = images.flatten(2)  # (B, C, H·W)
    tables = []
    for name, fill in _TABLES.items():
        at = _between(kinds, name, name)
        if at.start < at.stop:
            given = strengths[at].float().to(images.device).view(-1, 1, 1)
            tables.append(fill(flat[at], given).expand(-1, flat.shape[1], -1))  # (b, C, 256)
    return torch.cat(tables).gather(2, flat.long()).view(images.shape)


def _autocontrast(flat: Tensor, _strengths: Tensor) -> Tensor:
    low, high = flat.amin(2, keepdim=True).float(), flat.amax(2, keepdim=True).float()
    values = _values(flat)
    wide = ((values - low) * (255 / (high - low).clamp_min(1))).clamp_(0, 255)
    return torch.where(high > low, wide, values).to(torch.uint8)


def _equalize(flat: Tensor, _strengths: Tensor) -> Tensor:
    pixels = flat.long()
    counts = torch.zeros(*flat.shape[:2], 256, dtype=torch.int64, device=flat.device)
    counts.scatter_add_(2, pixels, torch.ones_like(pixels))
    last = counts.gather(2, flat.amax(2, keepdim=True).long())
    step = (flat.shape[2] - last) // 255
    table = (counts.cumsum(2) - counts + step // 2) // step.clamp_min(1)
    return torch.where(step > 0, table.clamp_max(255), torch.arange(256, device=flat.device)).to(torch.uint8)


def _solarize(flat: Tensor, strengths: Tensor) -> Tensor:
    threshold, values = (256 * (1 - strengths.abs())).clamp_min(0), _values(flat)
    return torch.where(values >= threshold, 255 - values, values).to(torch.uint8)


def _posterize(flat: Tensor, strengths: Tensor) -> Tensor:
    dropped = (4 * strengths.abs()).round().clamp(0, 7).long()  # bits; at full strength four of eight stay
    return ((torch.arange(256, device=flat.device) >> dropped) << dropped).to(torch.uint8)


def _brightness(flat: Tensor, strengths: Tensor) -> Tensor:
    return _blend(torch.zeros_like(strengths), _values(flat), strengths)


def _contrast(flat: Tensor, strengths: Tensor) -> Tensor:
    means = flat.sum(2, keepdim=True).float() / flat.shape[2]  # sums of whole numbers: exact in any order
    if flat.shape[1] == 3:
        means = _grey(means)
    return _blend(means.round(), _values(flat), strengths)


def _values(flat: Tensor) -> Tensor:
    return torch.arange(256.0, device=flat.device)


def _blend(dull: Tensor, pixels: Tensor, strengths: Tensor) -> Tensor:
    """Away from what is dull, or with a strength below 0 towards it. Shape: any that go together -> uint8."""
    factor = (1 + _BLEND * strengths).clamp_min(0.1)
    return (dull + factor * (pixels - dull)).round_().clamp_(0, 255).to(torch.uint8)


def _color(images: Tensor, _kinds: Tensor, strengths: Tensor) -> Tensor:
    if images.shape[1] != 3:
        return images  # grey already
    pixels = images.float()
    return _blend(_grey(pixels).round(), pixels, _by_picture(strengths, images))


def _sharpness(images: Tensor, _kinds: Tensor, strengths: Tensor) -> Tensor:
    pixels = images.float()
    return _blend(_smooth(pixels), pixels, _by_picture(strengths, images))


def _move(images: Tensor, kinds: Tensor, strengths: Tensor) -> Tensor:
    maps = torch.eye(2, 3, dtype=torch.float64).repeat(len(kinds), 1, 1)
    by = {name: kinds == OPERATIONS.index(name) for name in _MOVES}
    turn = torch.where(by["rotate"], strengths * _ANGLE, 0.0).numpy()
    cosine, sine = torch.from_numpy(np.cos(turn)), torch.from_numpy(np.sin(turn))
    maps[:, 0, 0] = maps[:, 1, 1] = cosine
    maps[:, 0, 1] = torch.where(by["shear-x"], strengths * _SHEAR, -sine)
    maps[:, 1, 0] = torch.where(by["shear-y"], strengths * _SHEAR, sine)
    maps[:, 0, 2] = torch.where(by["translate-x"], 2 * _WAY * strengths, 0.0)
    maps[:, 1, 2] = torch.where(by["translate-y"], 2 * _WAY * strengths, 0.0)
    return warp(images, maps)


def _grey(pixels: Tensor) -> Tensor:
    """Shape: (B, 3, ...) -> (B, 1, ...). Product by product, so that no order of sums depends on the batch."""
    red, green, blue = (pixels[:, plane : plane + 1] * share for plane, share in enumerate(_LUMA))
    return red + green + blue


def _smooth(pixels: Tensor) -> Tensor:
    """Each pixel five times with its eight neighbours; the edges stay."""
    if min(pixels.shape[-2:]) < 3:
        return pixels
    rows = pixels[:, :, :-2] + pixels[:, :, 1:-1] + pixels[:, :, 2:]
    around = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:] + 4 * pixels[:, :, 1:-1, 1:-1]
    smooth = pixels.clone()
    smooth[:, :, 1:-1, 1:-1] = (around / 13).round()
    return smooth


def _by_picture(values: Tensor, images: Tensor) -> Tensor:
    return values.float().to(images.device).view(-1, 1, 1, 1)


_TABLES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "autocontrast": _autocontrast,
    "equalize": _equalize,
    "solarize": _solarize,
    "posterize": _posterize,
    "brightness": _brightness,
    "contrast": _contrast,
}
"""From planes, (B, C, H·W) uint8, and strengths, (B, 1, 1), to tables, (B, C or 1, 256)."""

_WORK: tuple[tuple[Callable[[Tensor, Tensor, Tensor], Tensor], tuple[str, ...]], ...] = (
    (_keep, ("identity",)),
    (_recolour, tuple(_TABLES)),
    (_color, ("color",)),
    (_sharpness, ("sharpness",)),
    (_move, _MOVES),
)
"""What computes which operations, those from the first to the last; together all of them, in their order."""
