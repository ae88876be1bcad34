"""The objects in a picture, as a detector is taught them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hybridgraph.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The objects of one picture: labels (T,) and boxes (T, 4) as (cx, cy, w, h) in shares of the picture."""

    labels: Tensor
    boxes: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device) -> Target:
        """The same on a device, as whole numbers and in fp32."""
        return Target(labels=self.labels.to(device).long(), boxes=self.boxes.to(device).float())


def check_targets(targets: Sequence[Target], *, pictures: int, queries: int, classes: int) -> None:
    """Raise DataError, naming picture and object, for what a detector of this size cannot be taught."""
    if len(targets) != pictures:
        raise DataError(f"Objects are given for {len(targets)} pictures, but the output is of {pictures}.")
    for index, target in enumerate(targets):
        place = f"Picture {index + 1}"
        if target.labels.dim() != 1 or target.boxes.shape != (len(target), 4):
            raise DataError(
                f"{place} has labels of {_sizes(target.labels)} and boxes of {_sizes(target.boxes)}.",
                "For T objects they are T and T×4.",
            )
        if len(target) > queries:
            raise DataError(
                f"{place} has {len(target)} objects, but the network looks for {queries} at most.",
                "Give it more object queries, or leave the picture out.",
            )
        _check_objects(target, place, classes)


def _check_objects(target: Target, place: str, classes: int) -> None:
    for number, (label, box) in enumerate(zip(target.labels.tolist(), target.boxes.tolist(), strict=True), 1):
        if not 0 <= label < classes:
            raise DataError(
                f"{place}, object {number} is of class {label}, but the classes are 0 to {classes - 1}."
            )
        if not all(0 <= value <= 1 for value in box):  # also false for NaN
            numbers = ", ".join(f"{value:g}" for value in box)
            raise DataError(
                f"{place}, object {number}: the box ({numbers}) is not in shares of the picture.",
                "Divide centre and size by the width and height of the picture.",
            )
        if min(box[2:]) == 0:
            raise DataError(
                f"{place}, object {number}: a box of {box[2]:g} × {box[3]:g} has no area.",
                "Leave the object out.",
            )


def _sizes(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "one number"
