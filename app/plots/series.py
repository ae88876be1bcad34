"""A growing curve of any length that is drawn in the time of its pixels.

Above the values lies a pyramid: the lowest and the highest of every 4, of every 16, of every 64 and so on. Appending costs
the same however long the curve is, no extreme is ever dropped, and a stretch of any length is told by a few blocks. Sums
from the beginning on give the mean of any window at once. Nothing but the standard library: the window holds no numpy.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from math import ceil, isfinite
from operator import sub, truediv

FAN = 4
_NOTHING = (float("inf"), float("-inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A stretch of a curve, left to right. Of every column the lowest and the highest value; equal where it is a point."""

    xs: array[float] = field(repr=False)
    lows: array[float] = field(repr=False)
    highs: array[float] = field(repr=False)
    are_points: bool = False


class Series:
    """Values at growing steps, each with the time it came at, in seconds of training."""

    __slots__ = ("_highs", "_lows", "_sums", "left_out", "steps", "times", "values")

    def __init__(self) -> None:
        self.steps = array("d")
        self.times = array("d")
        self.values = array("d")
        self.left_out = 0
        """Values that were no number, which cannot be drawn."""
        self._sums = array("d", [0.0])
        self._lows: list[array[float]] = []
        self._highs: list[array[float]] = []

    def __len__(self) -> int:
        return len(self.values)

    def add(self, step: float, value: float, time: float = 0.0) -> None:
        """Take in a value; at a step that was there already, all from it on is forgotten first.

        A value that is no number is counted and left out.
        """
        if not isfinite(value):
            self.left_out += 1
            return
        if self.steps and step <= self.steps[-1]:
            self.cut(step)
        self.steps.append(step)
        self.times.append(time)
        self.values.append(value)
        self._sums.append(self._sums[-1] + value)
        if not len(self.values) % FAN:
            self._grow()

    def _grow(self) -> None:
        """Close the blocks that end with the newest value."""
        lows = highs = self.values
        level, count = 0, len(self.values)
        while not count % FAN:
            count //= FAN
            if level == len(self._lows):
                self._lows.append(array("d"))
                self._highs.append(array("d"))
            low, high = min(lows[-FAN:]), max(highs[-FAN:])
            lows, highs = self._lows[level], self._highs[level]
            lows.append(low)
            highs.append(high)
            level += 1

    def cut(self, step: float) -> None:
        """Forget everything at `step` and after it."""
        kept = bisect_left(self.steps, step)
        for column in (self.steps, self.times, self.values):
            del column[kept:]
        del self._sums[kept + 1 :]
        for lows, highs in zip(self._lows, self._highs, strict=True):
            kept //= FAN
            del lows[kept:], highs[kept:]

    # ------------------------------------------------------------------------------------------------- looking

    def extremes(self, start: int, stop: int) -> tuple[float, float]:
        """The lowest and the highest value of a stretch; (inf, -inf) when it is empty."""
        low, high = _NOTHING
        lows = highs = self.values
        level = 0
        while start < stop:
            last = level >= len(self._lows) or stop - start < 4 * FAN
            head = stop if last else min(-(-start // FAN) * FAN, stop)
            tail = stop if last else max(stop // FAN * FAN, head)
            for a, b in ((start, head), (tail, stop)):
                if a < b:
                    low, high = min(low, min(lows[a:b])), max(high, max(highs[a:b]))  # noqa: PLW3301  arrays
            if last:
                break
            start, stop = head // FAN, tail // FAN
            lows, highs = self._lows[level], self._highs[level]
            level += 1
        return low, high

    def columns(self, xs: array[float], start: int, stop: int, most: int) -> Columns:
        """A stretch as points where there are at most `most`, else in `most` to twice as many columns and two at its ends.

        `xs` are `steps` or `times`. Columns begin at multiples of their length, so that panning does not change them.
        """
        count = stop - start
        if count <= most:
            values = self.values[start:stop]
            return Columns(xs=xs[start:stop], lows=values, highs=values, are_points=True)
        level, length = 0, 1
        while count >= FAN * length * most and level < len(self._lows):
            level, length = level + 1, length * FAN
        lows, highs = (self._lows[level - 1], self._highs[level - 1]) if level else (self.values, self.values)
        pairs = count >= 2 * length * most
        if not level and not pairs:
            values = self.values[start:stop]
            return Columns(xs=xs[start:stop], lows=values, highs=values)
        if pairs:
            first, last = -(-start // (2 * length)), stop // (2 * length)
            lows = array("d", map(min, lows[2 * first : 2 * last : 2], lows[2 * first + 1 : 2 * last : 2]))
            highs = array("d", map(max, highs[2 * first : 2 * last : 2], highs[2 * first + 1 : 2 * last : 2]))
            length *= 2
        else:
            first, last = -(-start // length), stop // length
            lows, highs = lows[first:last], highs[first:last]
        places = xs[first * length + length // 2 : last * length : length]
        for at, a, b in ((0, start, first * length), (len(places) + 1, last * length, stop)):
            if a < b:
                low, high = self.extremes(a, b)
                places.insert(at, xs[a if at == 0 else b - 1])
                lows.insert(at, low)
                highs.insert(at, high)
        return Columns(xs=places, lows=lows, highs=highs)

    def mean(self, at: int, reach: int) -> float:
        """The mean of the value at an index and of up to `reach` neighbours on either side."""
        first, last = max(at - reach, 0), min(at + reach + 1, len(self.values))
        return (self._sums[last] - self._sums[first]) / (last - first)

    def means(self, xs: array[float], start: int, stop: int, reach: int, most: int) -> Columns:
        """A stretch smoothed, in at most `most` points and its two ends: of each the mean of the values around it."""
        stride = max(ceil((stop - start) / most), 1)
        first = -(-start // stride) * stride
        count = len(self.values)
        middle = min(max(first, -(-reach // stride) * stride), stop)  # from here on the window is whole
        end = max(min(stop, count - reach), middle)
        whole = range(middle, end, stride)
        sums, width = self._sums, 2 * reach + 1
        after = sums[middle + reach + 1 : end + reach + 1 : stride]
        before = sums[middle - reach : end - reach : stride] if whole else array("d")
        places = [*range(first, middle, stride)]
        values = array("d", (self.mean(at, reach) for at in places))
        if whole:
            values.extend(map(truediv, map(sub, after, before), [width] * len(whole)))
        rest = [*range(middle + len(whole) * stride, stop, stride)]
        if stop > start and (rest or whole or places) and [*places, *whole, *rest][-1] != stop - 1:
            rest.append(stop - 1)
        values.extend(self.mean(at, reach) for at in rest)
        along = array("d", (xs[at] for at in (*places, *whole, *rest)))
        return Columns(xs=along, lows=values, highs=values, are_points=True)

    def nearest(self, xs: array[float], x: float) -> int | None:
        """The index of the value nearest to `x`; None when there is none."""
        count = len(xs)
        if not count:
            return None
        after = bisect_left(xs, x)
        if after == count or (after and x - xs[after - 1] <= xs[after] - x):
            return after - 1
        return after

    def stretch(self, xs: array[float], low: float, high: float) -> tuple[int, int]:
        """The indices between two x, and one more at either side, so that lines leave the picture at its edge."""
        start, stop = bisect_left(xs, low), bisect_left(xs, high)
        return max(start - 1, 0), min(stop + 1, len(xs))
