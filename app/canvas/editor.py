"""What a person does to the selection, from a key, a menu or a gesture; each is one undoable step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from app.canvas import changes, insertion
from app.canvas.frames import framing
from app.canvas.scene import DesignScene
from app.language import told, tr
from app.session import Session
from hybridgraph.graph import edits, frames, regroup
from hybridgraph.graph.model import Edge, Graph, Group, Path


class Editor:
    """Edits of the selection and of places on the canvas."""

    def __init__(self, session: Session, scene: DesignScene) -> None:
        self._session = session
        self._scene = scene
        self._catalogue = session.catalogue

    @property
    def chosen(self) -> list[Path]:
        """The selected paths that lie in one body, in the order of the graph."""
        selection = self._session.selection
        if not selection:
            return []
        at = min(selection, key=len)[:-1]
        return [(*at, name) for name in self._session.graph.at(at).nodes if (*at, name) in selection]

    def _make(self, text: str, edit: Callable[[Graph], tuple[Graph, list[Path]]]) -> bool:
        """Apply an edit that makes something, and select what it made."""
        made: list[Path] = []

        def run(graph: Graph) -> Graph:
            after, paths = edit(graph)
            made.extend(paths)
            return after

        done = self._session.apply(text, run)
        if done and made:
            self._session.select(made)
        return done

    # ------------------------------------------------------------------------------------------------- removing

    def delete(self, *, heal: bool = True) -> None:
        """Remove the selection; with `heal`, what fed it feeds what it fed, else the rest stays where it is."""
        chosen = self.chosen
        if not chosen:
            return
        at = chosen[0][:-1]
        names = [path[-1] for path in chosen if path[-1] not in self._gates(at)]
        level = self._scene.level

        def run(graph: Graph) -> Graph:
            return edits.remove(graph if heal else changes.written(graph, level, at), names, at=at, heal=heal)

        self._session.apply(tr("Delete"), run)

    def _gates(self, at: Path) -> set[str]:
        body = self._session.graph.at(at)
        return {
            name for name, item in body.nodes.items() if getattr(item, "block", "") in ("input", "output")
        }

    def _reach(self) -> tuple[Path, list[str], list[str]]:
        """What copying takes: a body, cards and comment frames of it."""
        chosen, frame = self.chosen, self._session.frame
        at = chosen[0][:-1] if chosen else frame[:-1]
        return framing.reach(self._session.graph, self._scene.level_at(at), chosen, frame)

    # ------------------------------------------------------------------------------------------------- nesting

    def group(self) -> bool:
        """Make a stage of the selection."""
        chosen = self.chosen
        if not chosen:
            self._session.notified.emit("info", tr("Select the blocks that should become a stage first."))
            return False
        at, names, framed = self._reach()
        level = self._scene.level

        def run(graph: Graph) -> tuple[Graph, list[Path]]:
            after, made = regroup.group(graph, names, at=at, framed=framed)
            return changes.roomy(level, after, at, self._catalogue), [(*at, made)]

        return self._make(tr("Make a stage"), run)

    def ungroup(self) -> bool:
        """Put the bodies of the selected groups in their place."""
        groups = [path for path in self.chosen if isinstance(self._session.graph.item(path), Group)]

        def run(graph: Graph) -> Graph:
            for path in groups:
                before, framed = set(graph.at(path[:-1]).nodes), set(graph.at(path[:-1]).frames)
                item = graph.item(path)
                graph = regroup.ungroup(graph, path[-1], at=path[:-1])
                body = graph.at(path[:-1])
                shifted = {n: (i.x + item.x, i.y + item.y) for n, i in body.nodes.items() if n not in before}
                if item.x or item.y:
                    graph = edits.move(graph, shifted, at=path[:-1])
                    graph = frames.shift(graph, set(body.frames) - framed, (item.x, item.y), at=path[:-1])
            return graph

        return bool(groups) and self._session.apply(tr("Dissolve the stage"), run)

    def toggle_collapsed(self) -> None:
        """Fold or unfold the selected groups."""
        groups = [path for path in self.chosen if isinstance(self._session.graph.item(path), Group)]
        if not groups:
            return
        level = self._scene.level
        fold = not all(getattr(self._session.graph.item(path), "collapsed", False) for path in groups)

        def run(graph: Graph) -> Graph:
            for path in groups:
                graph = changes.roomy(level, edits.set_collapsed(graph, path, fold), path, self._catalogue)
            return graph

        self._session.apply(tr("Fold") if fold else tr("Unfold"), run)

    def toggle(self, flag: Literal["bypass", "freeze", "recompute"]) -> None:
        """Put a mark on all that is selected, or take it back when all of it has it."""
        chosen = self.chosen
        on = not all(getattr(self._session.graph.item(path), flag) for path in chosen)
        mark, text, taken_back = {
            "bypass": (edits.set_bypass, tr("Bypass"), tr("Take back in")),
            "freeze": (edits.set_freeze, tr("Freeze the weights"), tr("Train the weights")),
            "recompute": (edits.set_recompute, tr("Compute again in training"), tr("Keep activations")),
        }[flag]

        def run(graph: Graph) -> Graph:
            for path in chosen:
                graph = mark(graph, path, on)
            return graph

        if chosen:
            self._session.apply(text if on else taken_back, run)

    def set_repeat(self, path: Path, count: int) -> bool:
        """Give a stage another repeat count, within what is possible; a series of changes is one step."""
        count = min(max(count, 1), edits.MAX_REPEAT)
        return self._session.apply(
            tr("Set repeat"), lambda graph: edits.set_repeat(graph, path, count), merge=f"repeat {path}"
        )

    def rename(self, path: Path, title: str) -> bool:
        """Give a node or stage another title."""
        return self._session.apply(tr("Rename"), lambda graph: edits.set_title(graph, path, title))

    # ------------------------------------------------------------------------------------------------- places

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selection; repeated moves are one step."""
        places = {
            path: (rect.x + dx - origin[0], rect.y + dy - origin[1])
            for path in self.chosen
            if (rect := self._scene.rect_of(path)) and (origin := self._scene.origin(path[:-1])) is not None
        }
        if places:
            self._session.apply(
                tr("Move"), lambda graph: changes.moved(graph, places, self._catalogue), merge="nudge"
            )

    def arrange(self, *, whole: bool) -> None:
        """Lay out the selection (a selected stage: its body), or everything."""
        chosen = self.chosen
        if whole or not chosen:
            self._session.apply(
                tr("Lay out everything"), lambda graph: changes.arranged(graph, self._catalogue)
            )
        elif len(chosen) == 1 and isinstance(self._session.graph.item(chosen[0]), Group):
            level, stage = self._scene.level, chosen[0]

            def run(graph: Graph) -> Graph:
                after = changes.arranged(graph, self._catalogue, stage)
                return changes.roomy(level, after, stage, self._catalogue)

            self._session.apply(tr("Lay out the stage"), run)
        else:
            at, names = chosen[0][:-1], [path[-1] for path in chosen]
            self._session.apply(
                tr("Lay out the selection"), lambda graph: changes.arranged(graph, self._catalogue, at, names)
            )

    def straighten(self) -> None:
        """Bring the selected cards onto the lane of the first one."""
        chosen = self.chosen
        level = changes.level_at(self._scene.level, chosen[0][:-1]) if chosen else None
        if level is None or len(chosen) < 2:
            return
        boxes = {path: level.boxes[path[-1]] for path in chosen if path[-1] in level.boxes}
        first = min(boxes.values(), key=lambda box: box.rect.x)
        lane = first.rect.y + first.lane
        places = {path: (box.rect.x, lane - box.lane) for path, box in boxes.items()}
        self._session.apply(tr("Straighten"), lambda graph: changes.moved(graph, places, self._catalogue))

    # ------------------------------------------------------------------------------------------------- blocks and wires

    def add_block(self, block: str, at: Path, x: float, y: float, origin: Edge | None = None) -> bool:
        """Add a block with its middle at a point of the scene; `origin` is a wire with one end still open ("")."""
        if block not in self._catalogue:
            self._session.notified.emit(
                "error", tr("There is no block called {block!r} in the catalogue.", block=block)
            )
            return False

        def run(graph: Graph) -> tuple[Graph, list[Path]]:
            after, path = self.with_block(graph, block, at, x, y, origin)
            return after, [path]

        return self._make(tr("Add {title}", title=self._catalogue[block].title), run)

    def with_block(
        self, graph: Graph, block: str, at: Path, x: float, y: float, origin: Edge | None = None
    ) -> tuple[Graph, Path]:
        """The graph with a block added as `add_block` does, and its path. Raises GraphError."""
        ox, oy = self._scene.origin(at)
        spec = self._catalogue[block]
        place = (x - ox, y - oy)
        after, path = insertion.added(graph, spec, at, place, self._scene.level, self._catalogue)
        return (insertion.joined(after, path, origin, self._catalogue) if origin else after), path

    def splice_block(self, block: str, at: Path, edge: Edge) -> bool:
        """Put a block into a wire; what follows makes room."""
        spec = self._catalogue[block]
        level = self._scene.level

        def run(graph: Graph) -> tuple[Graph, list[Path]]:
            after, path = insertion.spliced(graph, spec, at, edge, level, self._catalogue)
            return after, [path]

        return self._make(tr("Insert {title}", title=told(spec.title)), run)

    def swap_block(self, block: str, path: Path) -> bool:
        """Put another block in a node's place."""
        spec = self._catalogue[block]
        return self._session.apply(
            tr("Change to {title}", title=told(spec.title)),
            lambda graph: insertion.swapped(graph, path, spec, self._catalogue),
        )

    def disconnect(self, wires: Iterable[tuple[Path, Edge]], text: str = "Cut wires") -> bool:
        """Remove wires, in any bodies, as one step. What they led to stays where it stands."""
        found, level = list(wires), self._scene.level

        def run(graph: Graph) -> Graph:
            for at, edge in found:
                graph = edits.disconnect(changes.written(graph, level, at), [edge], at=at)
            return graph

        return bool(found) and self._session.apply(text, run)
