"""What the process found, as values: the set, and the health of its pictures."""

from __future__ import annotations

import base64
import os
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from hybridgraph.jobs import split_data


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSet:
    """A set of pictures as it is listed: the first `train_count` places are those for training.

    `held_back` is the share of each class that is kept for validation, 0 where the set brings its own part.
    """

    spec: str
    classes: tuple[str, ...]
    train: tuple[int, ...]
    val: tuple[int, ...]
    labels: Sequence[int]
    split: str
    held_back: float
    channels_in: int
    notes: tuple[str, ...]

    @property
    def train_count(self) -> int:
        """Pictures for training."""
        return sum(self.train)

    @property
    def val_count(self) -> int:
        """Pictures for validation."""
        return sum(self.val)

    def is_val(self, place: int) -> bool:
        """Whether the picture at this place is for validation."""
        return place >= self.train_count

    def class_of(self, place: int) -> str:
        """The class of the picture at this place."""
        return self.classes[self.labels[place]]

    @property
    def folder(self) -> Path | None:
        """The folder that names are told below; None for the bundled sample."""
        path = split_data(self.spec)[1]
        return path if path is None or path.is_dir() else path.parent

    def short(self, text: str) -> str:
        """A text without the folder of the set before the names in it."""
        return text if self.folder is None else text.replace(f"{self.folder}{os.sep}", "")

    def examples(self, number: int) -> list[list[int]]:
        """Of each class up to `number` places, evenly over its pictures for training."""
        members: list[list[int]] = [[] for _ in self.classes]
        for place, label in enumerate(islice(self.labels, self.train_count)):
            members[label].append(place)
        return [_evenly(places, number) for places in members]


def _evenly(places: list[int], number: int) -> list[int]:
    count = min(number, len(places))
    return [places[(2 * index + 1) * len(places) // (2 * count)] for index in range(count)]


def picture_set(spec: str, content: Mapping[str, Any]) -> PictureSet:
    """The set that the process listed."""
    labels = array("I")
    labels.frombytes(base64.b64decode(content["labels"]))
    return PictureSet(
        spec=spec,
        classes=tuple(content["classes"]),
        train=tuple(content["train"]),
        val=tuple(content["val"]),
        labels=labels,
        split=content["split"],
        held_back=content["held_back"],
        channels_in=content["channels_in"],
        notes=tuple(content["notes"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Two pictures that are the same or nearly; places are -1 where they are unknown."""

    names: tuple[str, str]
    places: tuple[int, int]
    is_exact: bool
    is_leak: bool
    is_contradiction: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A picture with something wrong, or a file that is none. `place` is -1 where it is no picture of the set."""

    name: str
    place: int
    trouble: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What looking at every picture found: `findings` are topics and sentences, the gravest first. `troubles` counts all; `odd` and `twins` name the first thousands."""

    findings: tuple[tuple[str, str], ...]
    checked: int
    pictures: int
    widths: tuple[int, int, int]
    heights: tuple[int, int, int]
    grey: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    imbalance: float
    troubles: Mapping[str, int]
    odd: tuple[Odd, ...]
    twins: tuple[Twin, ...]
    pairs: int


def checkup(content: Mapping[str, Any]) -> Checkup:
    """The health that the process told."""
    health, places = content["health"], content["places"]
    odd = [
        Odd(
            name=one["picture"],
            place=places.get(one["picture"], -1),
            trouble=one["trouble"],
            reason=one["reason"],
        )
        for one in health["oddities"]
    ]
    odd += [Odd(name=name, place=-1, trouble=trouble, reason="") for name, trouble in content["skipped"]]
    return Checkup(
        findings=tuple(zip(health["topics"], health["findings"], strict=True)),
        checked=health["checked"],
        pictures=health["pictures"],
        widths=_three(health["widths"]),
        heights=_three(health["heights"]),
        grey=health["grey"],
        mean=tuple(health["mean"]),
        std=tuple(health["std"]),
        imbalance=health["imbalance"],
        troubles={**content["troubles"], **Counter(trouble for _, trouble in content["skipped"])},
        odd=tuple(odd),
        twins=tuple(
            Twin(
                names=(one["first"], one["second"]),
                places=(places.get(one["first"], -1), places.get(one["second"], -1)),
                is_exact=one["is_exact"],
                is_leak=one["is_leak"],
                is_contradiction=one["is_contradiction"],
            )
            for one in health["pairs"]
        ),
        pairs=content["pairs"],
    )


def _three(sides: Mapping[str, int]) -> tuple[int, int, int]:
    return sides["smallest"], sides["median"], sides["largest"]
