"""Where the nodes of a design are in a network made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from torch import nn

from hybridgraph.errors import RunError
from hybridgraph.graph.model import Graph, Group, Path

Places = Mapping[Path, Sequence[nn.Module]]
"""The modules of each node: one for each of its repeats."""


def places(network: nn.Module, modules: Mapping[Path, str]) -> Places:
    """The modules of nodes in a network, from their dotted names with {i} for a repeat.

    Raises RunError when a node has none: the source is then not that of the design.
    """
    named = dict(network.named_modules())
    found = {}
    for path, pattern in modules.items():
        shape = re.compile(re.escape(pattern).replace(re.escape("{i}"), r"\d+"))
        found[path] = [module for name, module in named.items() if shape.fullmatch(name)]
        if not found[path]:
            raise RunError(
                f"The model has no module for {'/'.join(path)}, so it was not made from this design.",
                "Start again from the design.",
            )
    return found


def blocks_only(modules: Mapping[Path, str], graph: Graph) -> dict[Path, str]:
    """The names of the modules of blocks, without those of the groups around them."""
    return {path: name for path, name in modules.items() if not isinstance(graph.item(path), Group)}
