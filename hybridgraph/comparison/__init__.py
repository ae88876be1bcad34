"""Two designs held against each other: what was added, removed, changed, moved and rewired, and what it costs."""

from hybridgraph.comparison.comparing import compare
from hybridgraph.comparison.model import SIGNS, UNSET, Change, Comparison, Difference, Pair, Sign, Wire

__all__ = ["SIGNS", "UNSET", "Change", "Comparison", "Difference", "Pair", "Sign", "Wire", "compare"]
