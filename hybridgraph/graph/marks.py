"""What a mark on a design reaches: a block that bears it, and every block in a stage that bears it."""

from __future__ import annotations

from typing import Literal

from hybridgraph.graph.model import Graph, Path

Mark = Literal["freeze", "recompute"]
MARKS: tuple[Mark, Mark] = ("freeze", "recompute")


def marked(graph: Graph, mark: Mark) -> frozenset[Path]:
    """The paths of all nodes and groups that bear the mark, by themselves or with a group around them."""
    found: set[Path] = set()
    for path, item in graph.walk():  # outer before inner
        if getattr(item, mark) or path[:-1] in found:
            found.add(path)
    return frozenset(found)
