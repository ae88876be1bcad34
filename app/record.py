"""What the log of a run said so far, in a form that stays small however long the run is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite

from hybridgraph.events import (
    EpochFinished,
    Event,
    Failed,
    Finished,
    NodeTimed,
    Note,
    ProfileFinished,
    RunStarted,
    Step,
    Stopped,
    SweepFinished,
    Warned,
)

MOST_POINTS = 1200
"""More points than a plot has pixels only cost time and memory."""


class Curve:
    """A growing curve that keeps at most `2 * most` points: every stretch by its lowest and highest value."""

    def __init__(self, most: int = MOST_POINTS) -> None:
        self._most = most
        self._xs: list[float] = []
        self._ys: list[float] = []
        self._stride = 1  # so many values become one stretch
        self._open: list[tuple[float, float]] = []

    def add(self, x: float, y: float) -> None:
        """Take in a value; x grows. A value that is no number cannot be drawn and is left out."""
        if not isfinite(y):
            return
        self._open.append((x, y))
        if len(self._open) >= self._stride:
            self._keep(_extremes(self._open))
            self._open = []
        if len(self._xs) > 2 * self._most:
            points = list(zip(self._xs, self._ys, strict=True))
            self._xs, self._ys = [], []
            for start in range(0, len(points), 4):
                self._keep(_extremes(points[start : start + 4]))
            self._stride = max(2 * self._stride, 4)

    def cut(self, x: float) -> None:
        """Forget everything at `x` and after it."""
        kept = sum(one < x for one in self._xs)
        del self._xs[kept:], self._ys[kept:]
        self._open = [point for point in self._open if point[0] < x]

    def points(self) -> tuple[list[float], list[float]]:
        """The curve, with its newest value last."""
        last = [*_extremes(self._open), *self._open[-1:]] if self._open else []
        return [*self._xs, *(x for x, _ in last)], [*self._ys, *(y for _, y in last)]

    def _keep(self, points: list[tuple[float, float]]) -> None:
        for x, y in points:
            self._xs.append(x)
            self._ys.append(y)


def _extremes(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The lowest and the highest of the points, in the order of x."""
    low = min(points, key=lambda point: point[1])
    high = max(points, key=lambda point: point[1])
    return sorted({low, high})


@dataclass(slots=True)
class Record:
    """The story of one run. The curves run over steps."""

    started: RunStarted | None = None
    curves: dict[str, Curve] = field(
        default_factory=lambda: {name: Curve() for name in ("loss", "lr", "speed")}
    )
    last: Step | None = None
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=50))  # pictures per second
    epochs: list[EpochFinished] = field(default_factory=list)
    nodes: list[NodeTimed] = field(default_factory=list)
    profile: ProfileFinished | None = None
    end: Finished | SweepFinished | Stopped | Failed | None = None
    message: str = ""

    def feed(self, events: Iterable[Event]) -> None:
        """Take in more of the log; what a resumed run takes again is dropped."""
        for event in events:
            match event:
                case Step():
                    self.last = event
                    self.recent.append(event.images_per_second)
                    self.curves["loss"].add(event.step + 1, event.loss)
                    self.curves["lr"].add(event.step + 1, event.lr)
                    self.curves["speed"].add(event.step + 1, event.images_per_second)
                case RunStarted():
                    self._start(event)
                case EpochFinished():
                    self.epochs.append(event)
                case NodeTimed():
                    self.nodes.append(event)
                case ProfileFinished():
                    self.profile = event
                case Finished() | SweepFinished() | Stopped() | Failed():
                    self.end = event
                case Note() | Warned():
                    self.message = f"{event.message} {getattr(event, 'hint', '')}".strip()

    def _start(self, event: RunStarted) -> None:
        self.started, self.end, self.profile, self.nodes = event, None, None, []
        for curve in self.curves.values():
            curve.cut(event.step + 1)
        self.recent.clear()
        self.epochs = [epoch for epoch in self.epochs if epoch.epoch < event.epoch]

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
