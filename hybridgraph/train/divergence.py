"""A training that runs away: its loss is far above that of guessing, though still a number."""

from __future__ import annotations

from hybridgraph.train import faults
from hybridgraph.train.progress import Progress

_SMOOTHING = 0.9
_FAR, _GRACE_STEPS = 10.0, 20
"""How many times the loss of guessing is too much, once the first steps are over."""
_VERY_FAR = 1000.0


def watch(progress: Progress, loss: float, guessing: float) -> None:
    """Take in the loss of a step; raises TrainingError when the smoothed loss has run away from that of guessing."""
    progress.trend = _SMOOTHING * progress.trend + (1 - _SMOOTHING) * loss if progress.step else loss
    limit = (_FAR if progress.step >= _GRACE_STEPS else _VERY_FAR) * guessing
    if progress.trend > limit:
        raise faults.stopped(
            f"the loss ran away to {loss:.3g}, where guessing has {guessing:.3g}",
            progress.step,
            progress.saved_step,
        )


def is_sound(loss: float, guessing: float) -> bool:
    """Whether weights with this loss are worth keeping."""
    return loss <= _FAR * guessing
