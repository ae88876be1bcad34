"""What the log of a run said so far: its curves, its epochs, and how it stands."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.plots.series import Series
from hybridgraph.events import (
    EpochFinished,
    Event,
    Failed,
    Finished,
    LoadSampled,
    NodeTimed,
    Note,
    PreflightFinished,
    ProfileFinished,
    RunStarted,
    Step,
    Stopped,
    SweepFinished,
    Warned,
)

CURVES = (
    "loss", "lr", "speed", "gradient", "val_loss", "top1", "val_top1", "gap", "cpu", "memory", "gpu", "gpu_memory",
)  # fmt: skip
"""Loss, learning rate, pictures per second and length of the gradient of each step; validation loss, accuracies in
percent and the gap between the losses of each epoch; load in percent and bytes of the machine and its accelerator, about
once a second."""


@dataclass(slots=True)
class Record:
    """The story of one run. The curves run over steps, counted from 1, and over the seconds that processes trained."""

    started: RunStarted | None = None
    curves: dict[str, Series] = field(default_factory=lambda: {name: Series() for name in CURVES})
    seconds: float = 0.0
    """Of training up to the last step, pauses between processes left out; 0 in logs that say no times."""
    last: Step | None = None
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=50))  # pictures per second
    epochs: list[EpochFinished] = field(default_factory=list)
    nodes: list[NodeTimed] = field(default_factory=list)
    profile: ProfileFinished | None = None
    end: Finished | SweepFinished | PreflightFinished | Stopped | Failed | None = None
    message: str = ""
    _zero: float = 0.0  # when this process would have begun, had it done all the training

    def feed(self, events: Iterable[Event]) -> None:
        """Take in more of the log; what a resumed run takes again is dropped."""
        for event in events:
            match event:
                case Step():
                    self._step(event)
                case LoadSampled():
                    self._sample(event)
                case RunStarted():
                    self._start(event)
                case EpochFinished():
                    self._finish(event)
                case NodeTimed():
                    self.nodes.append(event)
                case ProfileFinished():
                    self.profile = event
                case Finished() | SweepFinished() | PreflightFinished() | Stopped() | Failed():
                    self.end = event
                case Note() | Warned():
                    self.message = f"{event.message} {getattr(event, 'hint', '')}".strip()

    def _step(self, event: Step) -> None:
        self.last = event
        self.recent.append(event.images_per_second)
        if event.at and self._zero:
            self.seconds = max(event.at - self._zero, self.seconds)
        values = {"loss": event.loss, "lr": event.lr, "speed": event.images_per_second}
        if event.gradient_norm >= 0:  # older logs do not say
            values["gradient"] = event.gradient_norm
        for name, value in values.items():
            self.curves[name].add(event.step + 1, value, self.seconds)

    def _sample(self, event: LoadSampled) -> None:
        values = {"cpu": 100 * event.processor, "memory": event.memory_bytes}
        if event.accelerator >= 0:
            values["gpu"] = 100 * event.accelerator
        if event.accelerator_memory_total_bytes:
            values["gpu_memory"] = event.accelerator_memory_bytes
        for name, value in values.items():
            self.curves[name].add(event.step, value, self.seconds)

    def _finish(self, event: EpochFinished) -> None:
        self.epochs.append(event)
        step = (event.epoch + 1.0) * self.per_epoch
        values = {
            "val_loss": event.val_loss,
            "gap": event.val_loss - event.train_loss,
            "top1": 100 * event.train_top1,
            "val_top1": 100 * event.val_top1,
        }
        for name, value in values.items():
            self.curves[name].add(step, value, self.seconds)

    def _start(self, event: RunStarted) -> None:
        self.started, self.end, self.profile, self.nodes = event, None, None, []
        for curve in self.curves.values():
            curve.cut(event.step + 1)
        times = self.curves["loss"].times
        self.seconds = times[-1] if times else 0.0
        self._zero = event.started_at - self.seconds if event.started_at else 0.0
        self.recent.clear()
        self.epochs = [epoch for epoch in self.epochs if epoch.epoch < event.epoch]

    @property
    def per_epoch(self) -> float:
        """Steps of an epoch."""
        return float(max(self.started.steps_per_epoch, 1)) if self.started else 1.0

    @property
    def fraction(self) -> float:
        """How far the run is, 0 to 1."""
        if isinstance(self.end, Finished) or self.profile is not None:
            return 1.0
        total = self.started.epochs * self.started.steps_per_epoch if self.started else 0
        return min((self.last.step + 1) / total, 1.0) if total and self.last else 0.0

    def seconds_left(self, batch: int) -> float | None:
        """How long the remaining steps take at the present pace; None when that is not known yet."""
        if self.started is None or self.last is None or not self.recent:
            return None
        pace = sum(self.recent) / len(self.recent)
        left = self.started.epochs * self.started.steps_per_epoch - self.last.step - 1
        return max(left, 0) * batch / pace if pace > 0 else None
