"""What a training hands back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """How a training ended.

    `top1` (a share between 0 and 1) and `loss` are those of the last evaluation, None where it was stopped
    before the first; `epochs` counts the finished ones; `images_per_second` is the training speed so far.
    """

    run: Path
    status: Literal["finished", "stopped"]
    top1: float | None
    loss: float | None
    best_top1: float | None
    epochs: int
    images_per_second: float
