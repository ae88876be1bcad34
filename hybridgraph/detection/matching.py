"""Which query is to find which object: the cheapest one-to-one assignment in each picture.

Carion et al. 2020 (arXiv:2005.12872), section 3.1; Kuhn 1955, "The Hungarian method for the assignment problem".
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from hybridgraph.detection.boxes import generalized_iou, to_corners
from hybridgraph.detection.targets import Target
from hybridgraph.errors import TrainingError


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCosts:
    """What a pair costs: the probability missing, the distance of the boxes (L1), what their overlap lacks."""

    classes: float = 1.0
    l1: float = 5.0
    giou: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Pairs in one picture: the `queries` (T,) and the `objects` (T,) they are to find."""

    queries: Tensor
    objects: Tensor


@torch.no_grad()
def match(logits: Tensor, boxes: Tensor, target: Target, costs: MatchCosts | None = None) -> Match:
    """Pair every object of a picture with a query of its own so that the sum of costs is least.

    The class costs its probability, not the logarithm: so it weighs like the boxes' terms, and the paper found it
    better. Shape: logits (Q, K + 1), boxes (Q, 4) as centres, for at most Q objects.
    Raises TrainingError when the network's numbers are not finite.
    """
    prices = pair_costs(logits, boxes, target, costs or MatchCosts())
    if not bool(prices.isfinite().all()):
        raise TrainingError(
            "The detector gives numbers that are not finite, so its queries cannot be matched with objects.",
            "Lower the learning rate, or clip the gradient at 0.1 as the paper does.",
        )
    queries, objects = linear_sum_assignment(prices.cpu().numpy())
    return Match(queries=torch.from_numpy(queries), objects=torch.from_numpy(objects))


def pair_costs(logits: Tensor, boxes: Tensor, target: Target, costs: MatchCosts) -> Tensor:
    """The cost of each pair of a query and an object. Shape: (Q, K + 1), (Q, 4), T objects -> (Q, T)."""
    target, boxes = target.to(logits.device), boxes.float()
    missed = -logits.float().softmax(dim=-1)[:, target.labels]  # (Q, T)
    distance = torch.cdist(boxes, target.boxes, p=1)  # (Q, T)
    overlap = generalized_iou(to_corners(boxes)[:, None], to_corners(target.boxes)[None])  # (Q, T)
    return costs.classes * missed + costs.l1 * distance - costs.giou * overlap
