"""The parts of a network that are put together one at a time where its weights are divided: the blocks of its design."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from hybridgraph import codegen, compiler
from hybridgraph.places import blocks_only, spots
from hybridgraph.train.freezing import run_design


def find_units(model: nn.Module, run: Path) -> list[nn.Module]:
    """The modules of all blocks that hold weights, in all repeats; none for a model without a design.

    A block's weights are read by its own forward pass alone, which makes it the smallest part that can be divided. Raises
    RunError when the model is not that of the design.
    """
    graph = run_design(run)
    if not graph.nodes:
        return []
    modules = blocks_only(codegen.render(compiler.planned(graph)).modules, graph)
    found = {id(module): module for module in spots(model, modules).values()}
    return [module for module in found.values() if next(module.parameters(), None) is not None]
