"""Many measurements of one thing as three numbers. No torch in here."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from hybridgraph.profiler.result import Spread


def tenths(values: Sequence[float]) -> tuple[float, float, float]:
    """The first tenth, the median and the last tenth of at least one value."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    cuts = statistics.quantiles(values, n=10, method="inclusive")
    return cuts[0], statistics.median(values), cuts[-1]


def spread(times_us: Sequence[float]) -> Spread:
    """Times in microseconds as their median and their middle 80 %."""
    low, median, high = tenths(times_us)
    return Spread(median_us=median, p10_us=low, p90_us=high)
