"""What became of each tensor when weights were brought into a design."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["kept", "resized", "fresh"]
STATES: tuple[State, ...] = ("kept", "resized", "fresh")
_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One tensor of the design: its name, the block it belongs to, and where its numbers come from.

    `note` says how a resized one was made and why one is fresh, empty where the file simply has nothing for it.
    """

    name: str
    block: str
    state: State
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """How a file of weights fits a design.

    `source` is the layout, `wrapper` the entry of the file that held the weights, `converted` the number formats
    that became the design's. `unused` keys found no place; `dropped` ones are not needed, since the design computes
    what they hold.
    """

    origin: str
    source: str
    path: str
    entries: tuple[Entry, ...]
    unused: tuple[str, ...]
    dropped: tuple[str, ...]
    converted: tuple[str, ...] = ()
    wrapper: str = ""

    def count(self, state: State) -> int:
        """How many tensors are of this state."""
        return sum(entry.state == state for entry in self.entries)

    def blocks(self) -> Mapping[str, Counter[State]]:
        """How many tensors of each state each block has, in the design's order."""
        counted: dict[str, Counter[State]] = {}
        for entry in self.entries:
            counted.setdefault(entry.block, Counter())[entry.state] += 1
        return counted

    def as_data(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        return {
            "origin": self.origin,
            "source": self.source,
            "wrapper": self.wrapper,
            "path": self.path,
            "converted": list(self.converted),
            **{state: self.count(state) for state in STATES},
            "blocks": [
                {"block": block, **{state: counts[state] for state in STATES}}
                for block, counts in self.blocks().items()
            ],
            "details": [
                {"tensor": entry.name, "state": entry.state, "note": entry.note}
                for entry in self.entries
                if entry.state != "kept"
            ],
            "unused": list(self.unused),
            "dropped": list(self.dropped),
        }

    def __str__(self) -> str:
        blocks = self.blocks()
        width = max(map(len, (*blocks, "whole network")))
        lines = [
            f"{self.origin}{f' ({self.wrapper})' if self.wrapper else ''} in the layout {self.source}",
            f"{'block':<{width}}  {'  '.join(f'{state:>7}' for state in STATES)}",
        ]
        totals = Counter({state: self.count(state) for state in STATES})
        for block, counts in [*blocks.items(), ("whole network", totals)]:
            cells = "  ".join(f"{counts[state] or '–':>7}" for state in STATES)
            lines.append(f"{block:<{width}}  {cells}")
        lines += [*self._grouped("resized"), *self._grouped("fresh")]
        if self.converted:
            lines.append(f"Converted from {' and '.join(self.converted)}.")
        if self.dropped:
            lines.append(f"Not needed: {_listed(self.dropped)}.")
        if self.unused:
            lines.append(f"Unused: {_listed(self.unused)}.")
        return "\n".join(lines)

    def _grouped(self, state: State) -> list[str]:
        """A line for each reason, with the tensors it holds for."""
        reasons: dict[str, list[str]] = {}
        for entry in self.entries:
            if entry.state == state:
                reasons.setdefault(entry.note or "the file has nothing for it", []).append(entry.name)
        return [f"{state.capitalize()}, {reason}: {_listed(names)}." for reason, names in reasons.items()]


def _listed(names: Iterable[str]) -> str:
    """The first names and how many more there are."""
    everything = list(names)
    more = len(everything) - _SHOWN
    return ", ".join(everything[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
