"""The network that is exported: the design compiled, with the weights in it, ready to infer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from hybridgraph import compiler
from hybridgraph.engine import Engine
from hybridgraph.graph.model import Graph
from hybridgraph.plan import Plan
from hybridgraph.weights.files import Weights, facts, find_weights, fit_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A compiled design in evaluation mode on the processor, and the weights it was given, if any."""

    graph: Graph
    plan: Plan
    module: nn.Module
    weights: Weights | None
    engine: Engine

    @property
    def facts(self) -> dict[str, Any]:
        """What a file of this network should say about itself, as JSON-ready data."""
        return facts(self.plan, self.weights)


def prepare(graph: Graph, weights: Weights | Path | str | None = None) -> Network:
    """Compile a design and give it weights, from a run's folder or a safetensors file, or fresh ones.

    Raises GraphError when the design cannot be compiled, DocumentError, RunError or ExportError when the weights
    cannot be read or do not fit.
    """
    found = find_weights(weights) if weights is not None else None
    engine = Engine()
    plan = compiler.planned(graph, engine)
    module = compiler.compile_seeded(graph, engine)
    if found is not None:
        fit_weights(found, module)
    return Network(graph=graph, plan=plan, module=module, weights=found, engine=engine)
