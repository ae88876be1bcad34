"""Weights for a design that tells other classes: the body takes them, the head begins anew."""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from hybridgraph import codegen, compiler
from hybridgraph.engine import Engine
from hybridgraph.graph.model import Graph
from hybridgraph.plan import Plan, Stage, Step
from hybridgraph.weights.files import Weights, fit_weights


def fit_body(weights: Weights, module: nn.Module, plan: Plan, *, renewed: bool = False) -> tuple[str, ...]:
    """Put weights into a module; where its last block wants tensors of other sizes, these keep their fresh ones.

    If `renewed`, those of the last block that have a part for each class do.

    Answers the names of the tensors that begin anew; none where everything fits. Raises ExportError with a table of
    what differs elsewhere; the module is then as it was.
    """
    fresh = {
        name: value
        for name, value in module.state_dict().items()
        if name in weights.tensors
        and (
            value.shape != weights.tensors[name].shape
            or (renewed and value.shape[:1] == (len(weights.classes),))
        )
        and name.startswith(_head(plan))
    }
    if fresh:
        weights = replace(weights, tensors={**weights.tensors, **fresh})
    fit_weights(weights, module)
    return tuple(fresh)


def prepare_body(
    graph: Graph, weights: Weights, *, renewed: bool = False
) -> tuple[nn.Module, Plan, tuple[str, ...]]:
    """A design compiled with fresh weights and these put in; its plan, and what begins anew. Raises as `fit_body`."""
    engine = Engine()
    plan = compiler.planned(graph, engine)
    module = compiler.compile_seeded(graph, engine)
    return module, plan, fit_body(weights, module, plan, renewed=renewed)


def _head(plan: Plan) -> str:
    """How the names of the last block's tensors begin."""
    found: Step | Stage = next(
        step for step in plan.body.steps if step.name == next(iter(plan.body.results.values())).node
    )
    return f"{codegen.render(plan).modules[found.path]}."
