"""All that a run keeps of its best epoch, read from its folder. Imports no torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from hybridgraph.errors import RunError
from hybridgraph.runs.evaluation import Evaluation, load_evaluation, mean
from hybridgraph.runs.predictions import Calibration, Predictions, Told, load_predictions
from hybridgraph.runs.store import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The evaluation of a run and, unless an older version made it, a prediction for each picture.

    `remark` says in a sentence why there are no predictions; it is empty where there are.
    """

    run: Run
    evaluation: Evaluation
    predictions: Predictions | None = field(default=None, repr=False)
    calibration: Calibration | None = None
    remark: str = ""

    def as_data(self, mistakes: list[Told], names: dict[int, str]) -> dict[str, Any]:
        """What JSON can say of it, with these mistakes; `names` are those of pictures that are known."""
        one = self.evaluation
        figures = one.figures()
        return {
            "run": str(self.run.path),
            "epoch": one.epoch + 1,
            "loss": one.loss if math.isfinite(one.loss) else None,
            "top1": 100 * one.top1,
            "pictures": one.count,
            "mean": {name: mean([getattr(each, name) for each in figures]) for name in ("precision", "recall", "f1")},
            "classes": [asdict(each) for each in figures],
            "confusion": [
                {"true": one.classes[true], "told": one.classes[told], "pictures": count} for true, told, count in one.pairs
            ],
            "calibration": asdict(self.calibration) if self.calibration else None,
            "mistakes": [
                {
                    "picture": each.picture,
                    "name": names.get(each.picture),
                    "true": one.classes[each.label],
                    "told": one.classes[each.told],
                    "confidence": each.confidence,
                    "probability": each.probability,
                    "loss": each.loss if math.isfinite(each.loss) else None,
                }
                for each in mistakes
            ],
            "remark": self.remark,
        }  # fmt: skip


def results_of(run: Run) -> Results:
    """The results of a run. Raises RunError where there are none yet, and for damaged files."""
    evaluation = load_evaluation(run.path)
    if evaluation is None:
        raise RunError(
            f"The run {run.path} has no results yet.",
            "They are there after its first epoch; only trainings have any.",
        )
    predictions, remark = load_predictions(run.path, len(evaluation.classes)), ""
    if predictions is None:
        remark = "The run was made by a version that kept no prediction of each picture."
    elif predictions.epoch != evaluation.epoch:
        predictions = None
        remark = "The predictions are of another epoch: its process ended between two files. Resume the run to have them."
    return Results(
        run=run,
        evaluation=evaluation,
        predictions=predictions,
        calibration=predictions.calibration() if predictions is not None else None,
        remark=remark,
    )
