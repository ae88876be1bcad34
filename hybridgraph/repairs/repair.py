"""What a repair is, and what is known of the case it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hybridgraph.analysis import Analysis, Finding
from hybridgraph.graph.model import Edge, Graph, Item, Path
from hybridgraph.graph.wiring import title_of
from hybridgraph.shapes import Shape
from hybridgraph.spec import BlockSpec, Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One edit that may mend a finding. `title` says what it does, as a command."""

    title: str
    edit: Callable[[Graph], Graph]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A finding in its graph."""

    graph: Graph
    finding: Finding
    analysis: Analysis
    catalogue: Catalogue

    @property
    def path(self) -> Path:
        """The node the finding is pinned to."""
        return self.finding.path

    @property
    def at(self) -> Path:
        """The body that this node lies in."""
        return self.finding.path[:-1]

    @property
    def item(self) -> Item:
        """The node. Raises GraphError when it is gone."""
        return self.graph.item(self.finding.path)

    @property
    def spec(self) -> BlockSpec | None:
        """The node's block; None for a group or an unknown block."""
        return self.catalogue.get(getattr(self.item, "block", ""))

    @property
    def wires_in(self) -> list[Edge]:
        """The wires into the node, or only into the finding's port where it names one."""
        name, port = self.finding.path[-1], self.finding.port
        edges = [edge for edge in self.graph.at(self.at).edges if edge.target == name]
        return [edge for edge in edges if edge.target_port == port] or edges

    def carried(self, edge: Edge) -> Shape | None:
        """What a wire into the node carries; None when that is not known."""
        report = self.analysis.nodes.get(self.path)
        if report is not None and edge.target_port in report.inputs:
            return report.inputs[edge.target_port]
        source = self.analysis.nodes.get((*self.at, edge.source))
        return source.outputs.get(edge.source_port) if source is not None else None

    def name(self, node: str) -> str:
        """What a person calls a node of the same body."""
        return title_of(self.graph.at(self.at).nodes[node], self.catalogue)
