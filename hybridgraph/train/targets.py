"""The loss of a step: cross-entropy with labels or shares as targets, smoothed, with classes weighed."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hybridgraph.recipes import Recipe


def class_weights(recipe: Recipe, labels: Tensor, classes: int) -> Tensor | None:
    """What the pictures of each class count, (classes,), 1 on the average picture; None where all count alike."""
    if recipe.class_weights == "none":
        return None
    counts = torch.bincount(labels, minlength=classes)
    if (counts == counts[0]).all():
        return None
    present = int((counts > 0).sum())
    return torch.where(counts > 0, len(labels) / (present * counts.clamp_min(1)), 0.0).float()


def loss_of(logits: Tensor, targets: Tensor, recipe: Recipe, weights: Tensor | None) -> Tensor:
    """The mean loss of a batch.

    Shape: (B, classes) float and (B,) labels or (B, classes) shares -> one number. With weights every picture is
    divided by the batch's size, not by its weights, so that parts of a batch add up to the whole.
    """
    if weights is not None and targets.ndim == 1:
        targets = F.one_hot(targets, logits.shape[1]).float()
    return F.cross_entropy(logits, targets, weight=weights, label_smoothing=recipe.label_smoothing)
