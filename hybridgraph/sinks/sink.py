"""What is asked of a sink, and what of a run goes into it under which name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Protocol

from hybridgraph.events import EpochFinished, Event, RunStarted, Step
from hybridgraph.jobs import TrainJob, job_content

_STEP_TAGS = {"loss": "loss/step", "lr": "learning_rate", "images_per_second": "images_per_second"}
_EPOCH_TAGS = {
    "train_loss": "loss/train",
    "val_loss": "loss/val",
    "train_top1": "top1/train",
    "val_top1": "top1/val",
    "seconds": "epoch_seconds",
}
_NO_SETTINGS = frozenset(("format", "version", "kind", "recipe", "sinks"))


class Sink(Protocol):
    """One program that follows a training. Both methods may raise anything: the training goes on without the sink.

    A sink of a run that was killed is opened again and sees `RunStarted` first. What it holds of later steps it has to
    forget, or not to take twice.
    """

    def take(self, event: Event) -> None:
        """Take in what the run says."""
        ...

    def close(self) -> None:
        """Write what is left and let go."""
        ...


def scalars(event: Event) -> dict[str, float]:
    """The curves that an event adds a point to, by their names; none for most."""
    if isinstance(event, Step):
        numbers = {field.name: getattr(event, field.name) for field in fields(event)}
        return {
            _STEP_TAGS.get(name, name): value for name, value in numbers.items() if isinstance(value, float)
        }
    if isinstance(event, EpochFinished):
        points = {tag: float(getattr(event, name)) for name, tag in _EPOCH_TAGS.items()}
        return {
            **points,
            "gap/loss": event.val_loss - event.train_loss,
            "gap/top1": event.train_top1 - event.val_top1,
        }
    return {}


def place(event: Event, start: RunStarted) -> int:
    """Where on the axis of steps the points of an event lie: that of an epoch at its last step."""
    if isinstance(event, EpochFinished):
        return (event.epoch + 1) * max(start.steps_per_epoch, 1) - 1
    return event.step if isinstance(event, Step) else 0


def settings(job: TrainJob) -> Mapping[str, bool | float | str]:
    """The settings of a training, the recipe's with `recipe.` before their names, as numbers, truths and words."""
    content = job_content(job)
    flat = {name: value for name, value in content.items() if name not in _NO_SETTINGS}
    flat |= {f"recipe.{name}": value for name, value in content["recipe"].items()}
    return {
        name: value if isinstance(value, bool | int | float | str) else ", ".join(map(str, value or ()))
        for name, value in flat.items()
    }
