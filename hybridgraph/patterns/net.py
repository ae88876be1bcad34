"""A pattern with nothing left out, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybridgraph.graph.values import Value
from hybridgraph.patterns.letters import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A part with every number and parameter of its block.

    `before` is the width of the map that comes in, 0 in front of a stem; `shown` names the parameters that a design
    writes even where they are the block's defaults, as the preset does.
    """

    letter: Letter
    block: str
    depth: int = 1
    width: int
    stride: int
    before: int = 0
    params: Mapping[str, Value]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """A whole pattern."""

    stem: Resolved | None
    stages: tuple[Resolved, ...]
    head: Resolved
