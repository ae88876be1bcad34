"""What is said where a block refuses several inputs together: where each comes from, and what disagrees."""

from __future__ import annotations

from collections.abc import Mapping

from hybridgraph.graph.model import is_port
from hybridgraph.plan import Source
from hybridgraph.planner.ledger import Ledger, Scope
from hybridgraph.shapes import ImageMap, Shape, Tokens
from hybridgraph.spec import BlockSpec

_AXES: dict[type[Shape], tuple[str, ...]] = {
    ImageMap: ("channels", "height", "width"),
    Tokens: ("length", "channels"),
}
_FREE = {"concat": frozenset({"channels"})}
"""Axes in which the inputs of a block may differ."""


def explain(
    ledger: Ledger,
    scope: Scope,
    spec: BlockSpec,
    error: str,
    inputs: Mapping[str, Source],
    known: Mapping[str, Shape],
) -> str:
    """The block's complaint with its list of sizes made into where each input comes from and what disagrees.

    A complaint that lists no sizes stays as it is.
    """
    ports = [port.name for port in spec.inputs if port.name in known]
    listed = ", ".join(f"{name} is {'×'.join(map(str, known[name].dims))}" for name in ports)
    if len(ports) < 2 or listed not in error:
        return error
    told = [
        f"{'comes ' if index == 0 else ''}from {_origin(ledger, scope, inputs[name].node)} ({known[name]})"
        for index, name in enumerate(ports)
    ]
    origins = ", ".join(f"{name} {words}" for name, words in zip(ports, told, strict=True))
    disagree = disagreement([known[name] for name in ports], _FREE.get(spec.id, frozenset()))
    head = error.replace(listed, origins).removesuffix(".")
    return f"{head}: {disagree}."


def _origin(ledger: Ledger, scope: Scope, node: str) -> str:
    """What a person calls the node that a wire comes from."""
    if scope.titles and is_port(scope.body.nodes[node], "input"):
        return f"the input of {scope.titles[-1]}"
    return ledger.name(scope.body, node)


def disagreement(shapes: list[Shape], free: frozenset[str] = frozenset()) -> str:
    """What differs between shapes, as a clause: "the height and width disagree"."""
    kinds = {type(shape) for shape in shapes}
    axes = _AXES.get(next(iter(kinds)), ()) if len(kinds) == 1 else ()
    differing = [
        axis for axis in axes if axis not in free and len({getattr(shape, axis) for shape in shapes}) > 1
    ]
    match differing:
        case []:
            return "the shapes disagree"
        case [axis]:
            return f"the {axis} {'disagree' if axis == 'channels' else 'disagrees'}"
    return f"the {', '.join(differing[:-1])} and {differing[-1]} disagree"
