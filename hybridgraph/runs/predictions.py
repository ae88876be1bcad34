"""What the weights that a run keeps tell of each validation picture: `predictions.safetensors` in the folder of the run.

Written just before `evaluation.json`, of the same epoch. Twenty bytes a picture, in a format that other programs read.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from safetensors import SafetensorError, TensorSpec, deserialize, serialize

from hybridgraph.errors import DocumentError, RunError
from hybridgraph.storage import write_atomic

Counted = Literal["validation", "files"]
PREDICTIONS_FILE = "predictions.safetensors"
BINS = 15
"""Of a reliability diagram. Source: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017."""
_COLUMNS = {"picture": "I32", "label": "I32", "told": "I32", "confidence": "F32", "loss": "F32"}
_NAMES = {"I32": "int32", "F32": "float32"}
_MOST_BYTES = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One picture: its place in the validation set, its class and the one it was told to be, as indices.

    `confidence` is the probability of the told class, `loss` the cross-entropy.
    """

    picture: int
    label: int
    told: int
    confidence: float
    loss: float

    @property
    def probability(self) -> float:
        """The probability of the true class."""
        return math.exp(-self.loss)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The pictures whose confidence lies in one stretch: their mean confidence, and the share that was told right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How far confidence and accuracy agree, bin by bin.

    `ece` is the expected calibration error, the mean over pictures of |accuracy - confidence| of their bin; `mce` the
    largest of these. Source: M. Pakdaman Naeini et al., Obtaining Well Calibrated Probabilities, AAAI 2015.
    """

    bins: tuple[Bin, ...]
    ece: float
    mce: float
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """A column for each thing known of the pictures, all equally long. `data` is the fingerprint of the data set.

    `pictures` are `counted` in the validation set, or among all the set's files by their paths in order.
    """

    epoch: int
    data: str
    counted: Counted = "validation"
    pictures: array[int] = field(repr=False)
    labels: array[int] = field(repr=False)
    told: array[int] = field(repr=False)
    confidence: array[float] = field(repr=False)
    losses: array[float] = field(repr=False)

    def __len__(self) -> int:
        return len(self.pictures)

    def mistakes(self, most: int) -> list[Told]:
        """The pictures told wrong with the highest loss, the worst first."""
        wrong = (row for row in range(len(self)) if self.labels[row] != self.told[row])
        return self._worst(wrong, most)

    def of_cell(self, label: int, told: int, most: int) -> list[Told]:
        """The pictures of one class told to be of another, or of it: those with the highest loss first."""
        rows = (row for row in range(len(self)) if self.labels[row] == label and self.told[row] == told)
        return self._worst(rows, most)

    def calibration(self, bins: int = BINS) -> Calibration | None:
        """Confidence against accuracy in equal stretches of confidence; None without pictures."""
        if not len(self):
            return None
        counts, sums, hits = [0] * bins, [0.0] * bins, [0] * bins
        for confidence, label, told in zip(self.confidence, self.labels, self.told, strict=True):
            place = min(int(confidence * bins), bins - 1)
            counts[place] += 1
            sums[place] += confidence
            hits[place] += label == told
        found = tuple(
            Bin(low=place / bins, high=(place + 1) / bins, count=count, confidence=sums[place] / count, accuracy=hits[place] / count)
            for place, count in enumerate(counts)
            if count
        )  # fmt: skip
        gaps = [abs(each.accuracy - each.confidence) for each in found]
        total = len(self)
        return Calibration(
            bins=found,
            ece=math.fsum(gap * each.count for gap, each in zip(gaps, found, strict=True)) / total,
            mce=max(gaps),
            confidence=math.fsum(sums) / total,
            accuracy=sum(hits) / total,
        )

    def _worst(self, rows: Iterable[int], most: int) -> list[Told]:
        chosen = sorted(rows, key=lambda row: (-self.losses[row], self.pictures[row]))[:most]
        return [
            Told(
                picture=self.pictures[row],
                label=self.labels[row],
                told=self.told[row],
                confidence=self.confidence[row],
                loss=self.losses[row],
            )
            for row in chosen
        ]


def save_predictions(run: Path, predictions: Predictions) -> None:
    """Write the predictions into the folder of a run. Raises RunError when the disk refuses."""
    columns = zip(_COLUMNS.items(), _columns(predictions), strict=True)
    tensors = {
        name: TensorSpec(
            dtype=_NAMES[kind],
            shape=[len(values)],
            data_ptr=values.buffer_info()[0],
            data_len=len(values) * values.itemsize,
        )
        for (name, kind), values in columns
    }
    metadata = {
        "format": "hybridgraph-predictions",
        "version": "1",
        "epoch": str(predictions.epoch),
        "data": predictions.data,
        "counted": predictions.counted,
    }
    try:
        write_atomic(run / PREDICTIONS_FILE, bytes(serialize(tensors, metadata)))
    except DocumentError as error:
        raise RunError(f"The predictions cannot be saved. {error.message}", error.hint) from error


def load_predictions(run: Path, classes: int) -> Predictions | None:
    """The predictions of a run with so many classes; None where it has none. Raises RunError for a damaged file."""
    path = run / PREDICTIONS_FILE
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(f"Cannot read the predictions {path}: {error.strerror or error}.") from error
    damaged = RunError(
        f"The file {path} holds no predictions of a run.", "Train again to have it written anew."
    )
    if len(data) > _MOST_BYTES:
        raise damaged
    try:
        metadata = _metadata(data)
        found = {
            name: bytes(tensor["data"])
            for name, tensor in deserialize(data)  # type: ignore[no-untyped-call]  # ships none for this one
            if _COLUMNS.get(name) == tensor["dtype"]
        }
        read = Predictions(
            epoch=int(metadata["epoch"]),
            data=metadata["data"],
            counted="files" if metadata.get("counted") == "files" else "validation",
            pictures=array("i", found["picture"]),
            labels=array("i", found["label"]),
            told=array("i", found["told"]),
            confidence=array("f", found["confidence"]),
            losses=array("f", found["loss"]),
        )
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise damaged from error
    if not _is_sound(read, classes):
        raise damaged
    return read


def _columns(predictions: Predictions) -> tuple[array[int] | array[float], ...]:
    one = predictions
    return one.pictures, one.labels, one.told, one.confidence, one.losses


def _metadata(data: bytes) -> dict[str, str]:
    """What the head of a safetensors file says beside the tensors."""
    size = int.from_bytes(data[:8], "little")
    content = json.loads(data[8 : 8 + size])["__metadata__"]
    if content.get("format") != "hybridgraph-predictions":
        raise ValueError("another format")
    return dict(content)


def _is_sound(read: Predictions, classes: int) -> bool:
    if len({len(column) for column in _columns(read)}) != 1:
        return False
    return (
        all(0 <= each < classes for each in (*read.labels, *read.told))
        and all(each >= 0 for each in read.pictures)
        and all(0 <= each <= 1 for each in read.confidence)
    )
