"""Where the nodes of a design are in a network made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from torch import nn

from hybridgraph.errors import RunError
from hybridgraph.graph.model import Graph, Group, Path

Places = Mapping[Path, Sequence[nn.Module]]
"""The modules of each node: one for each of its repeats."""
Spot = tuple[Path, tuple[int, ...]]
"""One repeat of a node: the node, and the repeat of each repeated stage around it, the outermost first."""


def places(network: nn.Module, modules: Mapping[Path, str]) -> Places:
    """The modules of nodes in a network, from their dotted names with {i} for a repeat.

    Raises RunError when a node has none: the source is then not that of the design.
    """
    found: dict[Path, list[nn.Module]] = {path: [] for path in modules}
    for (path, _), module in spots(network, modules).items():
        found[path].append(module)
    return found


def spots(network: nn.Module, modules: Mapping[Path, str]) -> Mapping[Spot, nn.Module]:
    """As `places`, each repeat by itself. Raises RunError when a node has no module."""
    named = dict(network.named_modules())
    found = {}
    for path, pattern in modules.items():
        shape = re.compile(re.escape(pattern).replace(re.escape("{i}"), r"(\d+)"))
        matches = {name: match for name in named if (match := shape.fullmatch(name))}
        if not matches:
            raise RunError(
                f"The model has no module for {'/'.join(path)}, so it was not made from this design.",
                "Start again from the design.",
            )
        for name, match in matches.items():
            found[path, tuple(int(number) for number in match.groups())] = named[name]
    return found


def blocks_only(modules: Mapping[Path, str], graph: Graph) -> dict[Path, str]:
    """The names of the modules of blocks, without those of the groups around them."""
    return {path: name for path, name in modules.items() if not isinstance(graph.item(path), Group)}
