"""What a person does with whole stages: carrying cards between them, putting kept ones down, linking copies."""

from __future__ import annotations

from app.canvas import changes, copies, transfers
from app.canvas.clipboard import CopyEditor
from app.canvas.scene import DesignScene
from app.language import tr
from app.session import Session
from hybridgraph.graph import links
from hybridgraph.graph.model import Edge, Graph, Path


class StageEditor(CopyEditor):
    """The editor of a canvas, with the edits that reach beyond one body."""

    def __init__(self, session: Session, scene: DesignScene) -> None:
        super().__init__(session, scene)
        session.make_room = self._make_room

    def carry(self, paths: list[Path], target: Path, step: tuple[float, float], edge: Edge | None) -> bool:
        """Take cards of one body to another, or into a wire elsewhere in the chain."""
        level, source = self._scene.level, paths[0][:-1]
        text = (
            tr("Reorder")
            if target == source
            else tr("Move into the stage")
            if target
            else tr("Take out of the stage")
        )
        return self._make(
            text, lambda graph: transfers.carried(graph, paths, target, step, edge, level, self._catalogue)
        )

    def add_fragment(self, copied: Graph, at: Path, x: float, y: float, edge: Edge | None = None) -> bool:
        """Put a kept stage down with its middle at a point of the scene, or into a wire."""
        ox, oy = self._scene.origin(at)
        level, place = self._scene.level, (x - ox, y - oy)
        return self._make(
            tr("Add a stage"),
            lambda graph: copies.placed(graph, copied, at, place, edge, level, self._catalogue),
        )

    def duplicate_linked(self) -> bool:
        """Copy the selected stages below themselves; from now on their bodies are one."""
        chosen, level = self.chosen, self._scene.level
        return bool(chosen) and self._make(
            tr("Duplicate as linked copy"), lambda graph: copies.linked(graph, chosen, level, self._catalogue)
        )

    def make_unique(self) -> bool:
        """Let the selected linked copies follow no other."""
        chosen = self.chosen

        def run(graph: Graph) -> Graph:
            for path in chosen:
                graph = links.unlinked(graph, path)
            return graph

        return bool(chosen) and self._session.apply(tr("Make unique"), run)

    def _make_room(self, graph: Graph, paths: list[Path]) -> Graph:
        """Push aside what stands beside linked stages that followed another one."""
        for path in paths:
            graph = changes.roomy(self._scene.level, graph, path, self._catalogue)
        return graph
