"""From a graph to a running module: the source is written to a file and that file is imported.

There is no second way to build a network, so the code that people read, train, profile and take home is one.
"""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path

import torch
from torch import nn

from hybridgraph import codegen
from hybridgraph.custom import uses
from hybridgraph.engine import Engine
from hybridgraph.errors import GraphError
from hybridgraph.graph.model import Graph
from hybridgraph.plan import Plan

SEED = 0
"""Where fresh weights are wanted alike twice, as in two exports of one design, they are drawn from this seed."""


def planned(graph: Graph, engine: Engine | None = None) -> Plan:
    """The plan of a graph. Raises GraphError with the first finding that forbids one."""
    made, analysis = (engine or Engine()).plan(graph)
    if made is None:
        first, *others = analysis.errors  # where there is no plan, an error says why
        more = len({other.message for other in others} - {first.message})
        told = (
            f"There {'are' if more > 1 else 'is'} {more} more problem{'s' if more > 1 else ''}."
            if more
            else ""
        )
        raise GraphError(first.message, f"{first.hint} {told}".strip())
    return made


def source(graph: Graph, *, standalone: bool = False, engine: Engine | None = None) -> codegen.Rendered:
    """The Python source of a graph; `standalone` writes the blocks into it. Raises GraphError.

    Blocks of a person's own have no module to import them from, so with one of them the source is always standalone.
    """
    plan = planned(graph, engine)
    return codegen.standalone(plan) if standalone or uses.foreign(graph) else codegen.render(plan)


def compile(graph: Graph, *, engine: Engine | None = None) -> nn.Module:  # noqa: A001  (the field's verb)
    """The network of a graph with fresh weights, as a module in training mode. Raises GraphError."""
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        path = Path(folder) / "model.py"
        path.write_text(source(graph, engine=engine).text, encoding="utf-8")
        return build(path)


def compile_seeded(graph: Graph, engine: Engine) -> nn.Module:
    """The network of a graph in evaluation mode, its fresh weights drawn from `SEED`. Raises GraphError."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return compile(graph, engine=engine).eval()


def build(path: Path) -> nn.Module:
    """Import a model file and build its network."""
    spec = importlib.util.spec_from_file_location(f"hybridgraph_model_{path.parent.name}", path)
    if spec is None or spec.loader is None:
        raise GraphError(f"{path} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network: nn.Module = module.build_model()
    return network
