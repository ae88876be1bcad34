"""What a detector's output says: scores and boxes apart, and the object that each query stands for."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from hybridgraph.detection.boxes import to_corners
from hybridgraph.shapes import BOX


def split(found: Tensor) -> tuple[Tensor, Tensor]:
    """The logits and boxes of a detector's output. Shape: (..., K + 1 + 4) -> (..., K + 1), (..., 4)."""
    return found[..., :-BOX], found[..., -BOX:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """One object for each query: scores and labels (B, Q), boxes (B, Q, 4) as corners in shares of the picture."""

    scores: Tensor
    labels: Tensor
    boxes: Tensor


def predictions(found: Tensor) -> Predictions:
    """The best class of each query of the last layer, "no object" left out, and its box. There is no suppression.

    Leaving "no object" out of the choice, rather than the queries that prefer it, is worth two points of AP: a query
    without an object has a low score and ranks last. Shape: (B, L, Q, K + 1 + 4).
    """
    logits, boxes = split(found[:, -1])
    scores, labels = logits.softmax(dim=-1)[..., :-1].max(dim=-1)
    return Predictions(scores=scores, labels=labels, boxes=to_corners(boxes))
