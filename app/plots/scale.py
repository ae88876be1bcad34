"""From values to pixels: a range, its round numbers, and how they are written."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

PADDING = 0.04  # of the range of the values, above and below
_FACTORS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A stretch of values laid on a stretch of pixels; `start` is the pixel of `low`. Logarithms lie evenly if `is_log`."""

    low: float
    high: float
    start: float
    stop: float
    is_log: bool = False

    @property
    def factor(self) -> float:
        """Pixels for a unit, or for a power of ten."""
        return (self.stop - self.start) / (self._of(self.high) - self._of(self.low))

    def place(self, value: float) -> float:
        """The pixel of a value."""
        return self.start + (self._of(value) - self._of(self.low)) * self.factor

    def places(self, values: array[float]) -> list[float]:
        """The pixels of many values; with logarithms, what is not above zero lies below everything."""
        factor = self.factor
        offset = self.start - self._of(self.low) * factor
        if self.is_log:
            least = self.low / 1e6
            return [offset + log10(max(least, value)) * factor for value in values]
        return [offset + value * factor for value in values]

    def value(self, place: float) -> float:
        """The value at a pixel."""
        found = self._of(self.low) + (place - self.start) / self.factor
        return float(10.0**found) if self.is_log else found

    def ticks(self, most: float) -> list[float]:
        """Round numbers in the range, about `most` of them at the most."""
        return decades(self.low, self.high, most) if self.is_log else ticks(self.low, self.high, most)

    def _of(self, value: float) -> float:
        return log10(value) if self.is_log else value


def spanned(low: float, high: float, padding: float, *, is_log: bool = False) -> tuple[float, float]:
    """A range with a margin that is a part of it; one around a value that is alone."""
    if is_log:
        down, up = spanned(log10(low), log10(high), padding)
        return 10.0**down, 10.0**up
    margin = (high - low) * padding if high > low else abs(low) / 2 or 0.5
    return low - margin, high + margin


def ticks(low: float, high: float, most: float) -> list[float]:
    """Round numbers in a range, about `most` of them at the most: multiples of 1, 2 or 5 and a power of ten."""
    least = (high - low) / max(most, 1.0)
    power = 10.0 ** floor(log10(least))
    step = next(power * factor for factor in _FACTORS if power * factor >= least * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [float(f"{number * step:.10g}") for number in range(first, last + 1)]


def decades(low: float, high: float, most: float) -> list[float]:
    """Powers of ten in a range; where there are few, multiples by 2 and 5 as well, and round numbers where there is none."""
    first, last = ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9)
    if last - first < 1:
        found = [value for value in ticks(low, high, most) if value > 0]
        return found or [low]
    stride = max(ceil((last - first + 1) / max(most, 1.0)), 1)
    powers = range(first - 1, last + 1)
    if (last - first + 1) * 3 <= most:
        fine = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
        return [value for value in fine if low <= value <= high]
    return [10.0**power for power in range(first, last + 1, stride)]


def written(values: Iterable[float]) -> list[str]:
    """Ticks as short as they can be told apart: `0.05`, `1e-05`, `20k`, `1.5M`."""
    return [_short(value) for value in values]


def _short(value: float) -> str:
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if unit == 'k' else size):g}{unit}"
    return f"{value:g}"
