"""The loss of a step: cross-entropy with labels or shares as targets, smoothed, with classes weighed."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from hybridgraph.recipes import Recipe
from hybridgraph.recipes.recipe import Loss


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
    classes = logits.shape[1]
    if targets.ndim == 1 and (weights is not None or recipe.loss == "sigmoid"):
        targets = F.one_hot(targets, classes).float()
    if recipe.loss == "sigmoid":
        each = 1.0 if weights is None else targets @ weights
        smooth = targets * (1 - recipe.label_smoothing) + recipe.label_smoothing / classes
        return (each * _sigmoid_losses(logits, smooth)).mean()
    return F.cross_entropy(logits, targets, weight=weights, label_smoothing=recipe.label_smoothing)


def picture_losses(logits: Tensor, labels: Tensor, loss: Loss) -> Tensor:
    """What each picture adds to a plain loss, neither smoothed nor weighed. Shape: (B, classes), (B,) -> (B,)."""
    if loss == "sigmoid":
        return _sigmoid_losses(logits, F.one_hot(labels, logits.shape[1]).float())
    return F.cross_entropy(logits, labels, reduction="none")


def confidences(logits: Tensor, loss: Loss) -> Tensor:
    """How sure a network that was trained with this loss is of each class. Shape: (B, classes) -> the same, 0 to 1."""
    return logits.sigmoid() if loss == "sigmoid" else logits.softmax(1)


def guessing(loss: Loss, classes: int) -> float:
    """The loss of a network that says the same of every class."""
    return classes * math.log(2) if loss == "sigmoid" else math.log(classes)


def _sigmoid_losses(logits: Tensor, targets: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(1)
