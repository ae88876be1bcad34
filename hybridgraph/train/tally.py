"""What the network tells of each validation picture, gathered batch by batch on the device."""

from __future__ import annotations

from array import array

import torch
from torch import Tensor

from hybridgraph.data import Dataset
from hybridgraph.distributed.world import World
from hybridgraph.recipes.recipe import Loss
from hybridgraph.runs.evaluation import Evaluation
from hybridgraph.runs.predictions import Predictions
from hybridgraph.train.targets import confidences, picture_losses


class Tally:
    """Grows by batches, and becomes an evaluation with a prediction for each picture."""

    def __init__(self, loss: Loss = "softmax") -> None:
        """`loss` is what the network was trained with, which says what its numbers mean."""
        self._loss = loss
        self._columns: list[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]] = []

    def add(self, indices: Tensor, labels: Tensor, logits: Tensor) -> tuple[float, int]:
        """Take in a batch; answers the sum of its losses and how many pictures were told right.

        Shape: (B,) int64 on the processor, (B,) int64, (B, classes) float32.
        """
        losses = picture_losses(logits, labels, self._loss)
        confidence, told = confidences(logits, self._loss).max(1)
        self._columns.append((indices, labels, told, confidence, losses))
        # one wait for the device, not two
        loss, hits = torch.stack((losses.sum(), (told == labels).sum().float())).tolist()
        return loss, int(hits)

    def together(self, world: World) -> tuple[Tally, float, int, int]:
        """What all processes were told, in the order of the pictures; with the sum of the losses, hits, and pictures."""
        mine = tuple(torch.cat(column).cpu() for column in zip(*self._columns, strict=True)) or None
        parts = [part for part in world.gathered(mine) if part is not None]
        columns = [torch.cat(column) for column in zip(*parts, strict=True)]
        ranked = columns[0].argsort()
        indices, labels, told, confidence, losses = (column[ranked] for column in columns)
        whole = Tally(self._loss)
        whole._columns = [(indices, labels, told, confidence, losses)]
        return whole, losses.double().sum().item(), int((told == labels).sum()), len(labels)

    def evaluation(self, epoch: int, loss: float, data: Dataset) -> Evaluation:
        """All that was told after an epoch, with its mean loss."""
        indices, labels, told, confidence, losses = (
            torch.cat(column).cpu() for column in zip(*self._columns, strict=True)
        )
        count = len(data.classes)
        pairs, counts = (labels * count + told).unique(return_counts=True)  # a number for each pair
        rows = getattr(data.val, "rows", None)  # of a set whose parts lie in one row of files
        both = zip(pairs.tolist(), counts.tolist(), strict=True)
        return Evaluation(
            epoch=epoch,
            loss=loss,
            classes=data.classes,
            pairs=tuple((*divmod(pair, count), pictures) for pair, pictures in both),
            predictions=Predictions(
                epoch=epoch,
                data=data.digest,
                counted="validation" if rows is None else "files",
                pictures=_whole(indices if rows is None else rows[indices]),
                labels=_whole(labels),
                told=_whole(told),
                confidence=_real(confidence.clamp_max(1)),
                losses=_real(losses),
            ),
        )


def _whole(values: Tensor) -> array[int]:
    return array("i", values.int().numpy().tobytes())


def _real(values: Tensor) -> array[float]:
    return array("f", values.float().numpy().tobytes())
