"""Parts of a design whose weights stay as they are in training.

A frozen part is a fixed function: its weights get no gradient, its batch norms keep their statistics, and nothing in
it is dropped at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from hybridgraph import codegen, compiler
from hybridgraph.errors import TrainingError
from hybridgraph.graph import files
from hybridgraph.graph.bypass import bypassed
from hybridgraph.graph.model import Graph, Group
from hybridgraph.graph.model import Path as NodePath
from hybridgraph.places import blocks_only, places
from hybridgraph.runs.store import GRAPH_FILE


def freeze(model: nn.Module, run: Path) -> list[nn.Module]:
    """Keep the weights of what the run's design marks as frozen; answers these modules.

    Raises TrainingError when nothing is left to train, RunError when the model is not that of the design.
    """
    design = run / GRAPH_FILE
    graph = files.load(design) if design.exists() else Graph()
    frozen = _frozen(graph)
    if not frozen:
        return []
    modules = blocks_only(codegen.render(compiler.planned(graph)).modules, graph)
    found = places(model, {path: name for path, name in modules.items() if path in frozen})
    parts = [module for each in found.values() for module in each]
    for part in parts:
        part.requires_grad_(False)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise TrainingError(
            "Everything in the design is frozen, so there is nothing to train.", "Thaw a part."
        )
    return parts


def set_training(model: nn.Module, frozen: Sequence[nn.Module]) -> None:
    """Put a model into training mode, and its frozen parts into evaluation mode."""
    model.train()
    for part in frozen:
        part.eval()


def _frozen(graph: Graph, at: NodePath = (), *, within: bool = False) -> set[NodePath]:
    """The blocks that are frozen, by themselves or with a stage around them, and are not passed over."""
    found: set[NodePath] = set()
    for name, item in graph.nodes.items():
        frozen = within or item.freeze
        if isinstance(item, Group):
            found |= _frozen(item.body, (*at, name), within=frozen)
        elif frozen:
            found.add((*at, name))
    return found if at else found - set(bypassed(graph))
