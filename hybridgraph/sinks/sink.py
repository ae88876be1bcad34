"""What is asked of a sink, and what of a run goes into it under which name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hybridgraph.events import EpochFinished, Event, RunStarted, Step, read_events
from hybridgraph.jobs import TrainJob, job_content
from hybridgraph.runs.history import without_repeats
from hybridgraph.runs.store import Run

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
    forget, or not to take twice; what it did not get to hold of `earlier` ones it takes from the log.
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
        points = {tag: getattr(event, name) for name, tag in _STEP_TAGS.items()}
        if event.gradient_norm >= 0:
            points["gradient_norm"] = event.gradient_norm
        return points
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


def earlier(run: Run, start: RunStarted) -> list[Step | EpochFinished]:
    """The steps and epochs of a run before a start, as its log has them, in their order."""
    story = without_repeats(read_events(run.events_path)[0])
    steps = [one for one in story if isinstance(one, Step) and one.step < start.step]
    epochs = [one for one in story if isinstance(one, EpochFinished) and one.epoch < start.epoch]
    return sorted([*steps, *epochs], key=lambda one: place(one, start))


def settings(job: TrainJob) -> Mapping[str, bool | float | str]:
    """The settings of a training, the recipe's with `recipe.` before their names, as numbers, truths and words."""
    content = job_content(job)
    flat = {name: value for name, value in content.items() if name not in _NO_SETTINGS}
    flat |= {f"recipe.{name}": value for name, value in content["recipe"].items()}
    return {
        name: value if isinstance(value, bool | int | float | str) else ", ".join(map(str, value or ()))
        for name, value in flat.items()
    }
