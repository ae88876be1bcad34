"""How the plots of one panel are looked at together: along what, which part, where one points, how smooth."""

from __future__ import annotations

from array import array
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.language import mark, tr
from app.plots.series import Series
from app.quantities import duration, spaced

Along = Literal["epoch", "step", "time"]
ALONG: dict[Along, str] = {"epoch": mark("Epochs"), "step": mark("Steps"), "time": mark("Time")}
REACHES = (0, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
"""Neighbours on either side that a smoothed value is the mean of, for each notch of the slider."""
_LEAST_PART = 1e-7  # of everything, that can be looked at


class Lens(QObject):
    """What the plots share. `span` is the part looked at, None for everything; x is in units of what they lie along."""

    changed = Signal()  # the plots have to be painted anew
    pointed = Signal()  # only the crosshair has moved

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.along: Along = "epoch"
        self.span: tuple[float, float] | None = None
        self.cursor: float | None = None
        self.reach = 0
        self.is_log = False
        self.per_epoch = 1.0
        self.whole: tuple[float, float] = (0.0, 1.0)
        """From the first to the last value of all plots."""

    def xs(self, series: Series) -> array[float]:
        """The steps or the times of a series, as they lie in it."""
        return series.times if self.along == "time" else series.steps

    @property
    def unit(self) -> float:
        """Steps, or seconds, that are one unit of x."""
        return self.per_epoch if self.along == "epoch" else 1.0

    @property
    def shown(self) -> tuple[float, float]:
        """The part that is looked at, in steps or seconds."""
        if self.span is not None:
            return self.span
        low, high = self.whole
        return (low, high) if high > low else (low - 0.5 * self.unit, high + 0.5 * self.unit)

    def set_whole(self, low: float, high: float) -> None:
        """There are values from here to there now, in steps or seconds."""
        self.whole = low, high

    def set_along(self, along: Along) -> None:
        """Lay the plots along something else; everything is shown then."""
        if along != self.along:
            self.along, self.span, self.cursor = along, None, None
            self.changed.emit()

    def set_per_epoch(self, steps: float) -> None:
        """So many steps are an epoch."""
        if steps != self.per_epoch:
            self.per_epoch = steps
            self.changed.emit()

    def set_log(self, is_log: bool) -> None:
        """Whether plots of losses have logarithms upwards."""
        self.is_log = is_log
        self.changed.emit()

    def set_reach(self, reach: int) -> None:
        """Smooth over so many neighbours on either side."""
        self.reach = reach
        self.changed.emit()

    def look_at(self, low: float, high: float) -> None:
        """Look at a part, in steps or seconds, not smaller than what can be told apart."""
        least = (self.whole[1] - self.whole[0] or 1.0) * _LEAST_PART
        if high - low >= least:
            self.span = low, high
            self.changed.emit()

    def zoom(self, factor: float, about: float) -> None:
        """Look at `factor` times as much, with what lies at `about` left where it is."""
        low, high = self.shown
        width = (high - low) * factor
        if width >= 2 * (self.whole[1] - self.whole[0]):
            self.show_all()
            return
        share = (about - low) / (high - low)
        self.look_at(about - share * width, about + (1 - share) * width)

    def pan(self, by: float) -> None:
        """Look further on, in steps or seconds; something always stays in sight."""
        low, high = self.shown
        by = min(max(by, self.whole[0] - (low + high) / 2), self.whole[1] - (low + high) / 2)
        self.look_at(low + by, high + by)

    def show_all(self) -> None:
        """Look at everything."""
        self.span = None
        self.changed.emit()

    def point(self, x: float | None) -> None:
        """Point at a place in steps or seconds, or at none."""
        if x != self.cursor:
            self.cursor = x
            self.pointed.emit()

    def told(self, step: float, time: float) -> str:
        """Where a value stands, in words."""
        parts = [
            tr("step {step}", step=spaced(step)),
            tr("epoch {epoch:.2f}", epoch=step / self.per_epoch),
        ]
        if time:
            parts.append(duration(time))
        return "  ·  ".join(parts)
