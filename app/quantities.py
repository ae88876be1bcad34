"""Numbers for people: three significant digits, a unit, and words for time."""

from __future__ import annotations

import time
from math import isfinite, log10

from app.language import counted, tr

_DECIMAL = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def count(number: float) -> tuple[str, str]:
    """A number of parameters or MACs and its prefix: 27800000 is ("27.8", "M")."""
    for factor, prefix in _DECIMAL:
        if abs(number) >= factor * 0.9995:
            return digits(number / factor), prefix
    return digits(number), ""


def memory(size_bytes: float) -> tuple[str, str]:
    """A number of bytes in decimal units: 41000000 is ("41.0", "MB")."""
    number, prefix = count(size_bytes)
    return number, f"{prefix}B"


def digits(number: float) -> str:
    """Three significant digits without an exponent; small whole numbers as they are."""
    if not isfinite(number):
        return "∞" if number > 0 else "n/a"
    if number == 0 or (number == int(number) and abs(number) < 1000):
        return str(int(number))
    places = 2 - int(log10(abs(number)) // 1)
    return f"{number:.{min(max(places, 0), 6)}f}"


def spaced(number: float) -> str:
    """A whole number in groups of three: 1842 is "1 842" (with thin no-break spaces)."""
    return f"{round(number):,}".replace(",", "\u202f")


def percent(share: float) -> str:
    """A share as whole percent, or with one digit below ten."""
    value = share * 100
    if 0 < value < 0.1:
        return "<0.1 %"
    return f"{value:.0f} %" if value >= 10 or value == 0 else f"{value:.1f} %"


def duration(seconds: float) -> str:
    """A time span in its two largest units."""
    if not isfinite(seconds) or seconds < 0:
        return tr("unknown")
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return tr("{minutes} min {rest} s", minutes=minutes, rest=rest) if rest else f"{minutes} min"
    if minutes < 60:
        return tr("{minutes} min", minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    return tr("{hours} h {minutes} min", hours=hours, minutes=minutes) if minutes else f"{hours} h"


def age(seconds: float, now: float | None = None) -> str:
    """How long ago a time is, in words."""
    past = max((time.time() if now is None else now) - seconds, 0)
    if past >= 86_400:
        return counted("{number} day ago", "{number} days ago", int(past // 86_400))
    if past >= 3_600:
        return counted("{number} hour ago", "{number} hours ago", int(past // 3_600))
    if past >= 60:
        return counted("{number} minute ago", "{number} minutes ago", int(past // 60))
    return tr("just now")
