"""What two designs cost and achieve, side by side: for the whole, and by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from hybridgraph.analysis import Analysis, Cost
from hybridgraph.comparison.listing import listed
from hybridgraph.comparison.model import Comparison, Sign
from hybridgraph.comparison.results import Results
from hybridgraph.graph.model import Path

Measure = Literal["params", "macs", "activation_bytes", "latency_us", "top1"]
MEASURES: Final[Mapping[Measure, str]] = {
    "params": "parameters",
    "macs": "MACs",
    "activation_bytes": "activations",
    "latency_us": "latency",
    "top1": "best top-1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number in both designs; None where it is not known, or where there is no such item."""

    before: float | None = None
    after: float | None = None

    @property
    def difference(self) -> float | None:
        """How much more the new design has; None unless both are known."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def ratio(self) -> float | None:
        """The difference as a share of the former number; None where that is nothing."""
        return self.difference / self.before if self.difference is not None and self.before else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The numbers of one stage or outermost block, or of the whole network (both paths are ()).

    `sign` says how it differs, itself or anything inside it; None when it does not.
    """

    before: Path | None
    after: Path | None
    sign: Sign | None = None
    amounts: Mapping[Measure, Amount] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The rows of a table, and what has to be known to read it."""

    total: Row
    stages: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known about one of the two designs."""

    analysis: Analysis | None = None
    results: Results | None = None

    def amount(self, measure: Measure, path: Path | None) -> float | None:
        """A number of the item at a path, () for the whole."""
        if path is None:
            return None
        if measure == "top1":
            return self.results.top1 if self.results and not path else None
        if measure == "latency_us":
            if self.results is None:
                return None
            return self.results.forward_us.get(path) if path else self.results.total_us
        cost = self._cost(path)
        return float(getattr(cost, measure)) if cost is not None else None

    def _cost(self, path: Path) -> Cost | None:
        if self.analysis is None:
            return None
        if not path:
            return self.analysis.total
        report = self.analysis.nodes.get(path)
        return report.cost if report is not None and report.state == "ok" else None


NOTHING: Final = Known()


def costs(comparison: Comparison, before: Known = NOTHING, after: Known = NOTHING) -> Costs:
    """The numbers of both designs for the whole and for each stage or block of the outermost level, matched."""
    signs = _signs(comparison)

    def row(old: Path | None, new: Path | None, sign: Sign | None) -> Row:
        amounts = {
            name: Amount(before=before.amount(name, old), after=after.amount(name, new)) for name in MEASURES
        }
        known = {name: one for name, one in amounts.items() if (one.before, one.after) != (None, None)}
        return Row(before=old, after=new, sign=sign, amounts=known)

    rows = [row(old, new, signs.get((old, new))) for old, new in _outermost(comparison)]
    total = row((), (), None if comparison.is_empty else "changed")
    return Costs(total=total, stages=tuple(rows), notes=tuple(_notes(before, after)))


def _outermost(comparison: Comparison) -> list[tuple[Path | None, Path | None]]:
    """The items of the outermost level as they are matched, in the order of the new design."""
    back = {pair.after: pair.before for pair in comparison.pairs}
    forward = comparison.after_of
    found: list[tuple[Path | None, Path | None]] = []
    for name in comparison.after.nodes:
        old = back.get((name,))
        found.append((old if old is not None and len(old) == 1 else None, (name,)))
    for index, name in enumerate(comparison.before.nodes):
        new = forward.get((name,))
        if new is None or len(new) > 1:
            found.insert(_place(found, list(comparison.before.nodes)[:index]), ((name,), None))
    return found


def _place(rows: list[tuple[Path | None, Path | None]], earlier: list[str]) -> int:
    """The index just after the last row of what came earlier in the former design."""
    return max((index + 1 for index, (old, _) in enumerate(rows) if old and old[0] in earlier), default=0)


def _signs(comparison: Comparison) -> dict[tuple[Path | None, Path | None], Sign]:
    """How the rows differ: by a difference of their own, else as changed by what lies inside them."""
    rows = _outermost(comparison)
    old = {row[0]: row for row in rows if row[0]}
    new = {row[1]: row for row in rows if row[1]}
    found: dict[tuple[Path | None, Path | None], Sign] = {}
    for row in rows:
        if None in row:
            found[row] = "added" if row[0] is None else "removed"
    for difference in listed(comparison):
        for path, by_path in ((difference.before, old), (difference.after, new)):
            if path and (place := by_path.get(path[:1])) is not None:
                sign = difference.sign if len(path) == 1 else "changed"
                if found.get(place, "rewired") in ("moved", "rewired"):
                    found[place] = sign
    return found


def _notes(before: Known, after: Known) -> list[str]:
    notes = [note for known in (before, after) if known.results for note in known.results.notes]
    settings = [known.results.setting for known in (before, after) if known.results]
    if len(settings) == 2 and all(settings) and settings[0] != settings[1]:
        notes.append(f"The two were timed differently: {settings[0]}, and {settings[1]}.")
    elif any(settings):
        notes.append(f"Latency for one picture, measured with {next(filter(None, settings))}.")
    for known, which in ((before, "first"), (after, "second")):
        if known.analysis is not None and known.analysis.errors:
            notes.append(f"The {which} design has errors, so not all of it is counted.")
    return notes
