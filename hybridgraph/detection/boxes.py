"""Boxes as centres (cx, cy, w, h) and as corners (x0, y0, x1, y1), and how well two of them overlap.

Rezatofighi et al. 2019, "Generalized Intersection over Union" (arXiv:1902.09630).
"""

from __future__ import annotations

import torch
from torch import Tensor

from hybridgraph.errors import DataError


def to_corners(boxes: Tensor) -> Tensor:
    """(cx, cy, w, h) as (x0, y0, x1, y1). Shape: (..., 4) -> (..., 4)."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def to_centres(boxes: Tensor) -> Tensor:
    """(x0, y0, x1, y1) as (cx, cy, w, h). Shape: (..., 4) -> (..., 4)."""
    low, high = boxes[..., :2], boxes[..., 2:]
    return torch.cat([(low + high) / 2, high - low], dim=-1)


def iou(first: Tensor, second: Tensor) -> Tensor:
    """The share of two boxes' union that both cover, 0 to 1, given by their corners.

    Two boxes without area share nothing. Shape: (..., 4), (..., 4) -> (...), broadcast over the leading axes.
    """
    shared, union = _shared_and_union(first, second)
    return _ratio(shared, union)


def generalized_iou(first: Tensor, second: Tensor) -> Tensor:
    """IoU less the share of the hull of both boxes that neither covers, -1 to 1, given by their corners.

    Unlike IoU it tells boxes apart that do not touch: the further, the lower. Shape: (..., 4), (..., 4) -> (...),
    broadcast over the leading axes. Raises DataError where a box ends before it begins, as one given by its centre
    may seem to do.
    """
    for boxes in (first, second):
        if bool((boxes[..., 2:] < boxes[..., :2]).any()):
            raise DataError(
                "A box ends before it begins.", "Give corners (x0, y0, x1, y1); `to_corners` turns centres into them."
            )  # fmt: skip
    shared, union = _shared_and_union(first, second)
    low = torch.minimum(first[..., :2], second[..., :2])
    high = torch.maximum(first[..., 2:], second[..., 2:])
    hull = (high - low).prod(dim=-1)
    return _ratio(shared, union) - _ratio(hull - union, hull)


def _shared_and_union(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    low = torch.maximum(first[..., :2], second[..., :2])
    high = torch.minimum(first[..., 2:], second[..., 2:])
    shared = (high - low).clamp(min=0).prod(dim=-1)
    return shared, _area(first) + _area(second) - shared


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).prod(dim=-1)


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    """A quotient that is 0 where the whole is; its gradient too, where a plain one would be NaN."""
    there = whole > 0
    return torch.where(
        there, part / torch.where(there, whole, torch.ones_like(whole)), torch.zeros_like(part)
    )
