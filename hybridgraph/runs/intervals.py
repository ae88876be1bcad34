"""How sure a measured share or mean is."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan, cos, fsum, pi, sin, sqrt

_NORMAL_95 = 1.959964  # the two-sided 95 % quantile of the standard normal distribution


def of_share(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` independent trials. Source: E. B. Wilson, J. Am. Stat. Assoc. 22, 1927."""
    z2 = _NORMAL_95**2 / count
    middle = (share + z2 / 2) / (1 + z2)
    reach = _NORMAL_95 / (1 + z2) * sqrt(share * (1 - share) / count + z2 / (4 * count))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def of_mean(values: Sequence[float]) -> tuple[float, float | None]:
    """The mean of some values, and how far its 95 % interval reaches to both sides; None for a single value.

    Source: Student, The probable error of a mean, Biometrika 6, 1908: t · s / √n with n − 1 degrees of freedom.
    """
    count = len(values)
    mean = fsum(values) / count
    if count < 2:
        return mean, None
    deviation = sqrt(fsum((value - mean) ** 2 for value in values) / (count - 1))
    return mean, t_95(count - 1) * deviation / sqrt(count)


def t_95(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t distribution, by bisection of its distribution function."""
    low, high = 0.0, 13.0  # with one degree of freedom it is 12.71, with more it is less
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < 0.95 else (low, middle)
    return (low + high) / 2


def _within(t: float, freedom: int) -> float:
    """The chance that |T| is below t. Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 4."""
    angle = atan(t / sqrt(freedom))
    square = cos(angle) ** 2
    is_odd = freedom % 2 == 1
    term = cos(angle) if is_odd else 1.0
    total = term if freedom > 1 else 0.0
    for place in range(3 if is_odd else 2, freedom - 1, 2):
        term *= square * (place - 1) / place
        total += term
    return 2 / pi * (angle + sin(angle) * total) if is_odd else sin(angle) * total
