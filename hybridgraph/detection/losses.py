"""The losses of a set of detections: each query against the object it was matched with, or against none.

Carion et al. 2020 (arXiv:2005.12872), sections 3.1 and A.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from hybridgraph.detection.boxes import generalized_iou, to_corners
from hybridgraph.detection.matching import Match, MatchCosts, match
from hybridgraph.detection.predictions import split
from hybridgraph.detection.targets import Target, check_targets


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """What each loss counts in the sum; `no_object` is the weight of that class among the others.

    Most queries find nothing, and at full weight their class would drown the others.
    """

    classes: float = 1.0
    l1: float = 5.0
    giou: float = 2.0
    no_object: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLoss:
    """The losses of one decoder layer, as scalars before they are weighted.

    `classes` is the mean cross-entropy over all queries; `l1`, summed over the four numbers of a box, and `giou` are
    those of the matched pairs for each object. `cardinality_error`, how far the number of queries that see an object
    is from the number of objects, is for the log: it has no gradient.
    """

    classes: Tensor
    l1: Tensor
    giou: Tensor
    cardinality_error: Tensor

    def weighted(self, weights: LossWeights) -> Tensor:
        """The sum that is made small."""
        return weights.classes * self.classes + weights.l1 * self.l1 + weights.giou * self.giou


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLoss:
    """The `total` over all decoder layers, and the losses of each; the last one is the prediction's."""

    total: Tensor
    layers: tuple[LayerLoss, ...]


def set_loss(
    found: Tensor,
    targets: Sequence[Target],
    *,
    costs: MatchCosts | None = None,
    weights: LossWeights | None = None,
) -> SetLoss:
    """Match the queries of each decoder layer with the objects of each picture, afresh, and add up the losses.

    Shape: (B, L, Q, K + 1 + 4), for B pictures. Raises DataError for objects that cannot be taught, TrainingError
    when the network's numbers are not finite.
    """
    logits, boxes = split(found.float())  # (B, L, Q, K + 1), (B, L, Q, 4)
    pictures, layers, queries, scores = logits.shape
    check_targets(targets, pictures=pictures, queries=queries, classes=scores - 1)
    weights = weights or LossWeights()
    targets = [target.to(found.device) for target in targets]
    each = tuple(
        _layer_loss(logits[:, layer], boxes[:, layer], targets, costs or MatchCosts(), weights.no_object)
        for layer in range(layers)
    )
    total = torch.stack([loss.weighted(weights) for loss in each]).sum()
    return SetLoss(total=total, layers=each)


def _layer_loss(
    logits: Tensor, boxes: Tensor, targets: Sequence[Target], costs: MatchCosts, no_object: float
) -> LayerLoss:
    """The losses of one layer. Shape: logits (B, Q, K + 1), boxes (B, Q, 4)."""
    pairs = [match(logits[i], boxes[i], target, costs) for i, target in enumerate(targets)]
    objects = max(1, sum(len(target) for target in targets))
    found = torch.cat([boxes[i, pair.queries] for i, pair in enumerate(pairs)])  # (T, 4), T over all pictures
    wanted = torch.cat([target.boxes[pair.objects] for target, pair in zip(targets, pairs, strict=True)])
    return LayerLoss(
        classes=_class_loss(logits, targets, pairs, no_object),
        l1=F.l1_loss(found, wanted, reduction="sum") / objects,
        giou=(1 - generalized_iou(to_corners(found), to_corners(wanted))).sum() / objects,
        cardinality_error=_cardinality_error(logits, targets),
    )


def _class_loss(
    logits: Tensor, targets: Sequence[Target], pairs: Sequence[Match], no_object: float
) -> Tensor:
    """Cross-entropy over all queries of all pictures; those without an object are of the last class."""
    nothing = logits.shape[-1] - 1
    labels = torch.full(logits.shape[:2], nothing, device=logits.device)  # (B, Q)
    for i, (target, pair) in enumerate(zip(targets, pairs, strict=True)):
        labels[i, pair.queries] = target.labels[pair.objects]
    weight = torch.ones(nothing + 1, device=logits.device)
    weight[nothing] = no_object
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), weight)


@torch.no_grad()
def _cardinality_error(logits: Tensor, targets: Sequence[Target]) -> Tensor:
    """How many objects too many or too few a picture is said to hold, on average."""
    seen = (logits.argmax(dim=-1) != logits.shape[-1] - 1).sum(dim=1)  # (B)
    there = torch.tensor([len(target) for target in targets], device=logits.device)
    return (seen - there).abs().float().mean()
