"""One advice: a change, why, and what it is expected to gain. The module needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hybridgraph.graph.model import Path

Measure = Literal["time", "memory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One change: `expected` is the time of a picture afterwards over that of now, below 1; or the peak memory.

    Two rules are edits: "window" sets the parameter `window` of the node at `path` to `value`, "recompute" marks the
    stage or block at `path`. "batch", "precision" and "compile" are settings of what runs the design, `value` the one to take.
    """

    rule: Literal["window", "batch", "precision", "compile", "recompute"]
    expected: float
    words: str
    value: int | str = 0
    path: Path = ()

    @property
    def measure(self) -> Measure:
        """What it makes less of."""
        return "memory" if self.rule == "recompute" else "time"
