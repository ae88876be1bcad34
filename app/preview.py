"""A look at what the design would be: shown on the canvas for the moment, while nothing is edited."""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.analysis import Analysis
from hybridgraph.graph.model import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The design with one thing changed, what the engine says of it, and a title such as "at 288×288"."""

    title: str
    graph: Graph
    analysis: Analysis
