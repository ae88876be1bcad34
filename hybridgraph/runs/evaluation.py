"""How the weights that a run keeps tell the validation pictures apart: `evaluation.json` in the folder of the run.

It is written whenever `best.safetensors` is, and speaks of those weights. The confusion is kept as the pairs that occur,
so that a thousand classes take no more room than the pictures do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hybridgraph.errors import DocumentError, RunError
from hybridgraph.graph import guarded_json
from hybridgraph.runs.predictions import Predictions, save_predictions
from hybridgraph.storage import write_atomic

EVALUATION_FILE = "evaluation.json"
VERSION = 1
_MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """One class: its pictures and how well they were told.

    `precision` is the share of pictures told to be of the class that are, None where none was told so; `recall` the
    share of its pictures that were told to be, None without pictures; `f1` their harmonic mean, 2PR / (P + R).
    Source: C. J. van Rijsbergen, Information Retrieval, 1979, chapter 7.
    """

    name: str
    support: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The confusion of the validation set after an epoch (counted from 0), and its mean cross-entropy.

    `pairs` holds (true class, told class, pictures) wherever there are any, in order. `predictions` go with it when it is
    saved, into a file of their own that `load_predictions` reads.
    """

    epoch: int
    loss: float
    classes: tuple[str, ...]
    pairs: tuple[tuple[int, int, int], ...] = field(repr=False)
    predictions: Predictions | None = field(default=None, repr=False, compare=False)

    @property
    def count(self) -> int:
        """All pictures."""
        return sum(count for _, _, count in self.pairs)

    @property
    def top1(self) -> float:
        """The share of pictures that were told right."""
        right = sum(count for true, told, count in self.pairs if true == told)
        return right / self.count if self.count else 0.0

    def figures(self) -> tuple[ClassFigures, ...]:
        """Every class on its own."""
        support, told_so, right = ([0] * len(self.classes) for _ in range(3))
        for true, told, count in self.pairs:
            support[true] += count
            told_so[told] += count
            right[true] += count if true == told else 0
        return tuple(
            _figures(name, support[index], told_so[index], right[index])
            for index, name in enumerate(self.classes)
        )

    def matrix(self) -> list[list[int]]:
        """The confusion as rows of true classes and columns of told ones; for few classes."""
        rows = [[0] * len(self.classes) for _ in self.classes]
        for true, told, count in self.pairs:
            rows[true][told] = count
        return rows

    def mistakes(self, most: int) -> list[tuple[str, str, int]]:
        """The pairs of classes that were taken for one another most often: true, told, pictures."""
        wrong = sorted((pair for pair in self.pairs if pair[0] != pair[1]), key=lambda pair: -pair[2])
        return [(self.classes[true], self.classes[told], count) for true, told, count in wrong[:most]]


def mean(values: Sequence[float | None]) -> float | None:
    """The mean over the classes that have a figure (macro average); None where none has."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def save_evaluation(run: Path, evaluation: Evaluation) -> None:
    """Write the evaluation into the folder of a run, its predictions first. Raises RunError when the disk refuses."""
    if evaluation.predictions is not None:
        save_predictions(run, evaluation.predictions)
    content = {
        "format": "hybridgraph-evaluation",
        "version": VERSION,
        "epoch": evaluation.epoch,
        "loss": evaluation.loss if math.isfinite(evaluation.loss) else repr(evaluation.loss),
        "classes": list(evaluation.classes),
        "pairs": [list(pair) for pair in evaluation.pairs],
    }
    try:
        write_atomic(run / EVALUATION_FILE, json.dumps(content, separators=(",", ":")) + "\n")
    except DocumentError as error:
        raise RunError(f"The evaluation cannot be saved. {error.message}", error.hint) from error


def load_evaluation(run: Path) -> Evaluation | None:
    """The evaluation of a run; None where it has none yet. Raises RunError for a damaged file."""
    path = run / EVALUATION_FILE
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(f"Cannot read the evaluation {path}: {error.strerror or error}.") from error
    if len(data) > _MAX_BYTES:
        raise RunError(f"The evaluation {path} is larger than {_MAX_BYTES:,} bytes, so it is none.")
    try:
        content = guarded_json.data_of(guarded_json.text_of(data, str(path)), str(path))
    except DocumentError as error:
        raise RunError(error.message, "Train again to have it written anew.") from error
    read = _read(content)
    if read is None:
        raise RunError(f"The file {path} is no evaluation of a run.", "Train again to have it written anew.")
    return read


def _figures(name: str, support: int, told: int, right: int) -> ClassFigures:
    precision = right / told if told else None
    recall = right / support if support else None
    f1 = 2 * right / (support + told) if support + told else None
    return ClassFigures(name=name, support=support, precision=precision, recall=recall, f1=f1)


def _read(content: object) -> Evaluation | None:
    """The evaluation that JSON says; None where anything of it is not as it should be."""
    if not isinstance(content, Mapping) or content.get("format") != "hybridgraph-evaluation":
        return None
    classes, pairs = content.get("classes"), content.get("pairs")
    epoch, loss = content.get("epoch"), content.get("loss")
    is_number = type(loss) in (int, float) or loss in ("nan", "inf", "-inf")
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        return None
    if not isinstance(pairs, list) or not all(_is_pair(pair, len(classes)) for pair in pairs):
        return None
    if type(epoch) is not int or not is_number:
        return None
    return Evaluation(
        epoch=epoch,
        loss=float(str(loss)),
        classes=tuple(classes),
        pairs=tuple((pair[0], pair[1], pair[2]) for pair in pairs),
    )


def _is_pair(pair: Any, classes: int) -> bool:
    if not isinstance(pair, list) or len(pair) != 3 or not all(type(one) is int for one in pair):
        return False
    true, told, count = map(int, pair)
    return 0 <= true < classes and 0 <= told < classes and count > 0
