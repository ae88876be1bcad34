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
from hybridgraph.graph.marks import Mark, marked
from hybridgraph.graph.model import Graph
from hybridgraph.places import blocks_only, places
from hybridgraph.runs.store import GRAPH_FILE


def freeze(model: nn.Module, run: Path) -> list[nn.Module]:
    """Keep the weights of what the run's design marks as frozen; answers these modules.

    Raises TrainingError when nothing is left to train, RunError when the model is not that of the design.
    """
    parts = marked_blocks(model, run_design(run), "freeze")
    for part in parts:
        part.requires_grad_(False)
    if parts and not any(parameter.requires_grad for parameter in model.parameters()):
        raise TrainingError(
            "Everything in the design is frozen, so there is nothing to train.", "Thaw a part."
        )
    return parts


def set_training(model: nn.Module, frozen: Sequence[nn.Module]) -> None:
    """Put a model into training mode, and its frozen parts into evaluation mode."""
    model.train()
    for part in frozen:
        part.eval()


def run_design(run: Path) -> Graph:
    """The design of a run; an empty one for a run whose model came without."""
    design = run / GRAPH_FILE
    return files.load(design) if design.exists() else Graph()


def marked_blocks(model: nn.Module, graph: Graph, mark: Mark) -> list[nn.Module]:
    """The modules of the blocks that bear a mark in the design, all repeats of them.

    Raises RunError when the model is not that of the design.
    """
    wanted = marked(graph, mark)
    if not wanted:
        return []
    modules = blocks_only(codegen.render(compiler.planned(graph)).modules, graph)
    found = places(model, {path: name for path, name in modules.items() if path in wanted})
    return [module for each in found.values() for module in each]
