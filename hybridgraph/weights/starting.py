"""The weights that a training begins with, fitted to its design."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hybridgraph.graph.model import Graph
from hybridgraph.weights.files import facts, find_weights, packed
from hybridgraph.weights.heads import prepare_body


def starting_weights(
    graph: Graph, weights: Path | str, classes: tuple[str, ...] = ()
) -> tuple[bytes, tuple[str, ...]]:
    """A safetensors file of a design with the weights of a file or run, and the tensors of the head that begin anew.

    All must fit but a head for other classes: for another number of them, or, where the `classes` to come are said,
    for as many of other names. Raises DocumentError, RunError or ExportError, with a table of what differs.
    """
    found = find_weights(weights)
    renewed = bool(classes and found.classes and classes != found.classes)
    module, plan, fresh = prepare_body(graph, found, renewed=renewed)
    if fresh:
        found = replace(found, classes=())
    return packed(module, facts(plan, found)), fresh
