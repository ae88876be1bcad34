"""Values of runs in words for a terminal."""

from __future__ import annotations

from datetime import datetime

from hybridgraph.runs.columns import Column, Kind, Value
from hybridgraph.runs.summary import Summary

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def written(column: Column, run: Summary) -> str:
    """The value that a run has in a column; empty where it has none."""
    return plain(column.kind, column.get(run))


def plain(kind: Kind, value: Value) -> str:
    """A value with its unit; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, str):
        return " ".join(value.split())
    match kind:
        case "share":
            return f"{100 * value:.2f} %"
        case "bytes":
            number, prefix = _short(value)
            return f"{number} {prefix}B"
        case "microseconds":
            return f"{value / 1000:.3g} ms"
        case "seconds":
            return _duration(value)
        case "time":
            return f"{datetime.fromtimestamp(value).astimezone():%Y-%m-%d %H:%M}"
        case "count":
            return f"{value:,.0f}"
        case _:
            return f"{value:.4g}"


def _short(value: float) -> tuple[str, str]:
    for factor, prefix in _PREFIXES:
        if value >= factor:
            return f"{value / factor:.3g}", prefix
    return f"{value:.0f}", ""


def _duration(seconds: float) -> str:
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"
