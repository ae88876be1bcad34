"""The network that is exported: the design compiled, with the weights in it, ready to infer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from hybridgraph import __version__, compiler
from hybridgraph.engine import Engine
from hybridgraph.export.weights import Weights, find_weights, fit_weights
from hybridgraph.graph.model import Graph
from hybridgraph.plan import Plan

SEED = 0
"""Fresh weights are drawn from this seed, so that two exports of one design agree."""


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
        facts: dict[str, Any] = {
            "version": 1,
            "made_by": f"HybridGraph {__version__}",
            "name": self.plan.name,
            "design": self.plan.digest,
            "channels_in": self.plan.input.channels,
            "height": self.plan.input.height,
            "width": self.plan.input.width,
        }
        if self.weights is not None:
            told = {
                "classes": self.weights.classes,
                "mean": self.weights.mean,
                "std": self.weights.std,
            }
            facts |= {name: list(value) for name, value in told.items() if value}
        return facts


def prepare(graph: Graph, weights: Weights | Path | str | None = None) -> Network:
    """Compile a design and give it weights, from a run's folder or a safetensors file, or fresh ones.

    Raises GraphError when the design cannot be compiled, DocumentError, RunError or ExportError when the weights
    cannot be read or do not fit.
    """
    found = find_weights(weights) if weights is not None else None
    engine = Engine()
    plan = compiler.planned(graph, engine)
    module = compile_seeded(graph, engine)
    if found is not None:
        fit_weights(found, module)
    return Network(graph=graph, plan=plan, module=module, weights=found, engine=engine)


def compile_seeded(graph: Graph, engine: Engine) -> nn.Module:
    """The network of a design with fresh weights from `SEED`, in evaluation mode. Raises GraphError."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return compiler.compile(graph, engine=engine).eval()
