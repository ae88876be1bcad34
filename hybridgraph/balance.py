"""Swapping a block at equal cost: the width at which a design costs again what it cost before.

The search asks for one analysis after another and leaves running them to its driver, so that the window can ask its
engine and a test can ask one of its own.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import lcm
from typing import Literal

from hybridgraph.analysis import Analysis, Cost
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Path
from hybridgraph.graph.values import Ref, Value, literals
from hybridgraph.spec import Catalogue

Measure = Literal["params", "macs"]
WIDTH = "channels"
GRAIN = 8
"""Widths are multiples of this, which processors like, and of the width of a head where there are heads."""
MOST_STEPS = 24

Search = Generator[Graph, Analysis, "Balanced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balanced:
    """What a search found: the design, its width and what it costs."""

    graph: Graph
    width: int
    cost: Cost


def balance(graph: Graph, path: Path, target: int, measure: Measure, catalogue: Catalogue) -> Search:
    """Search the width of the block at `path` at which the whole design comes nearest to `target`.

    Yields graphs, takes the analysis of each, and returns the nearest one. The width is that of the stage where the
    block refers to it. Raises GraphError when the block has no width of its own, or no width can be analysed.
    """
    home, name, grain = width_of(graph, path, catalogue)
    found: dict[int, Balanced] = {}

    def tried(width: int) -> Generator[Graph, Analysis, int]:
        """The cost at a width."""
        if width not in found:
            candidate = edits.set_param(graph, home, name, width, catalogue)
            analysis = yield candidate
            if analysis.errors:
                raise GraphError(
                    f"With {width} channels the design does not fit: {analysis.errors[0].message}",
                    "Swap the block without keeping the cost.",
                )
            found[width] = Balanced(graph=candidate, width=width, cost=analysis.total)
        return _of(found[width].cost, measure)

    now = written(graph, home, name)
    low = high = max(round(now / grain), 1)
    while (yield from tried(high * grain)) < target and len(found) < MOST_STEPS:
        high *= 2
    while low > 1 and (yield from tried(low * grain)) > target:
        low = max(low // 2, 1)
    while high - low > 1:
        middle = (low + high) // 2
        if (yield from tried(middle * grain)) < target:
            low = middle
        else:
            high = middle
    yield from tried(low * grain)
    return min(found.values(), key=lambda one: abs(_of(one.cost, measure) - target))


def _of(cost: Cost, measure: Measure) -> int:
    return cost.params if measure == "params" else cost.macs


def width_of(graph: Graph, path: Path, catalogue: Catalogue) -> tuple[Path, str, int]:
    """Where the width of a block is written, and the step in which it may change."""
    item = graph.item(path)
    spec = catalogue.get(getattr(item, "block", ""))
    if spec is None or WIDTH not in spec.params:
        title = spec.title if spec is not None else item.title or item.id
        raise GraphError(
            f"{title} has no width of its own: it keeps the channels it is given.",
            "Swap it without keeping the cost.",
        )
    heads = [one for one in literals(_value(graph, path, "head_dim")) if isinstance(one, int) and one > 0]
    default = spec.params["head_dim"].default if "head_dim" in spec.params else None
    grain = lcm(GRAIN, *(heads or ([default] if isinstance(default, int) else [])))
    home, name = path, WIDTH
    while isinstance(value := graph.item(home).params.get(name), Ref) and len(home) > 1:
        home, name = home[:-1], value.name
    return home, name, grain


def _value(graph: Graph, path: Path, name: str) -> Value:
    """A parameter followed to the group that gives it its value."""
    value = graph.item(path).params.get(name)
    while isinstance(value, Ref) and len(path) > 1:
        path = path[:-1]
        value = graph.item(path).params.get(value.name)
    return value


def written(graph: Graph, home: Path, name: str) -> int:
    """The width as it is written; of several, the largest."""
    numbers = [one for one in literals(graph.item(home).params.get(name)) if isinstance(one, int)]
    return max(numbers, default=64)
