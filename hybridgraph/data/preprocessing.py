"""What is done to a picture before a network reads it, besides random changes: a part of every model that was trained.

Size and channels are those of the job; the way to the size, mean, deviation and the names of the classes are told here.
They stand in every checkpoint and export, and where two of them meet that differ, it is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from hybridgraph.data.dataset import Dataset
from hybridgraph.errors import DataError

RESIZE = "short side to the size, middle square, bilinear"
"""How pictures of any size become squares, the same in training and afterwards."""


def told(data: Dataset) -> dict[str, Any]:
    """What a checkpoint says: the network reads (picture - mean) / std, with pictures on a scale of 0 to 1."""
    return {
        "classes": list(data.classes),
        "mean": data.mean.tolist(),
        "std": data.std.tolist(),
        "resize": RESIZE,
    }


def differences(
    before: Mapping[str, Any], now: Mapping[str, Any], *, with_numbers: bool = True
) -> Iterator[str]:
    """In words, what is not as it was; nothing is said of what an older file did not tell.

    Other pictures have another mean and deviation, so these need not be told beside them.
    """
    if "classes" in before and before["classes"] != now["classes"]:
        yield _classes(before["classes"], now["classes"])
    numbers = (("mean", "mean"), ("std", "deviation")) if with_numbers else ()
    for name, called in (*numbers, ("resize", "way to the size")):
        if name in before and before[name] != now[name]:
            yield f"the {called} of the pictures was {_shown(before[name])} and is {_shown(now[name])}"


def as_weights_ask(data: Dataset, start: Mapping[str, Any]) -> tuple[Dataset, str]:
    """The pictures as the weights that a training begins with take them, and a note where that is not their own way.

    `start` is what the file of the weights says of itself. Mean and deviation are then those that the weights were
    trained with. Raises DataError for class names other than those that the head of the weights tells apart.
    """
    classes = start.get("classes")
    if classes and list(data.classes) != list(classes):
        raise DataError(
            f"The weights tell other classes apart: {_classes(list(classes), list(data.classes))}.",
            "Begin with a new head: `hybridgraph train --weights` makes one, or name the classes alike.",
        )
    mean, std = (_numbers(start.get(name), len(data.mean)) for name in ("mean", "std"))
    if mean is None or std is None or not (std > 0).all():
        return data, ""
    if torch.equal(mean, data.mean) and torch.equal(std, data.std):
        return data, ""
    note = (
        f"The pictures are normalised as those that the weights were trained with, by a mean of {_shown(mean.tolist())} "
        f"and a deviation of {_shown(std.tolist())}; their own are {_shown(data.mean.tolist())} and "
        f"{_shown(data.std.tolist())}."
    )
    return replace(data, mean=mean, std=std), note


def _classes(before: list[str], now: list[str]) -> str:
    if len(before) != len(now):
        return f"there were {len(before):,} classes and are {len(now):,}"
    at = next(place for place, pair in enumerate(zip(before, now, strict=True)) if pair[0] != pair[1])
    return f"class {at} was {before[at]!r} and is {now[at]!r}"


def _numbers(value: object, count: int) -> torch.Tensor | None:
    if (
        not isinstance(value, list)
        or len(value) != count
        or not all(type(one) in (int, float) for one in value)
    ):
        return None
    return torch.tensor(value, dtype=torch.float32)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"{one:.4g}" for one in value)
    return repr(value)
