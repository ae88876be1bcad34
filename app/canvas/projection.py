"""The items of one graph, kept equal to what the graph and the engine's answer say: each edit touches what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsScene

from app.canvas import blame
from app.canvas.containers import ContainerItem
from app.canvas.content import Reader
from app.canvas.following import Step
from app.canvas.items import BoxItem, NodeItem
from app.canvas.paint import Ink
from app.canvas.placement import Box, Level, inner_scope
from app.canvas.wires import WireItem
from app.canvas.wording import Scope
from hybridgraph.graph.model import Edge, Graph, Group, Item, Path
from hybridgraph.trails import Wire

_NO_SCOPE: Scope = {}


class Projection:
    """Cards and containers by path, wires by body and edge, and what they were made from."""

    def __init__(self, scene: QGraphicsScene, ink: Ink, reader: Reader, chosen: frozenset[Path]) -> None:
        self._scene = scene
        self._ink = ink
        self._is_visible = True
        self._reader = reader
        self.boxes: dict[Path, BoxItem] = {}
        self.wires: dict[tuple[Path, Edge], WireItem] = {}
        self._ends: dict[Path, list[WireItem]] = {}  # the wires at each card, of which there may be thousands
        self._shown: dict[Path, tuple[Graph, Level, Scope, Reader]] = {}
        self._told: dict[Path, tuple[Item, Scope, Reader, tuple[object, ...]]] = {}
        self._chosen = chosen
        self._blamed: frozenset[Wire] = frozenset()
        self._lit: frozenset[tuple[Path, Edge]] = frozenset()
        self._target: Path | None = None
        self._hovered: Path | None = None

    def clear(self) -> None:
        """Take everything off the scene."""
        for item in [*self._outermost()]:
            self._drop(item)
        for kept in (self.boxes, self.wires, self._ends, self._shown, self._told):
            kept.clear()

    def show_in(self, ink: Ink) -> None:
        """Repaint everything in another theme."""
        self._ink = ink
        items: list[BoxItem | WireItem] = [*self.boxes.values(), *self.wires.values()]
        for item in items:
            item.ink = ink
            item.update()

    def set_visible(self, visible: bool) -> None:
        """Show the items, or nothing but the view from afar."""
        self._is_visible = visible
        for item in self._outermost():
            item.setVisible(visible)

    def _outermost(self) -> Iterator[BoxItem | WireItem]:
        """The items that no other item holds."""
        yield from (item for item in self.boxes.values() if item.parentItem() is None)
        yield from (item for item in self.wires.values() if item.parentItem() is None)

    def snapshot(self) -> dict[object, object]:
        """All that the items show, for comparing two scenes."""
        shown: dict[object, object] = {}
        for path, item in self.boxes.items():
            shown[path] = (type(item), item.box, item.card, item.is_selected)
        for key, wire in self.wires.items():
            shown[key] = (wire.way, wire.look, wire.is_faded, wire.is_blamed)
        return shown

    def show(self, graph: Graph, step: Step, reader: Reader) -> None:
        """Bring the outermost level up to date: what the edit touched, or all where more than the graph changed."""
        shown, self._reader = self._shown.get(()), reader
        if step.whole or shown is None or shown[3] is not reader:
            self._show_level((), graph, _NO_SCOPE, step.level, None)
            return
        self._shown[()] = (graph, step.level, _NO_SCOPE, reader)
        self._clear((), step.gone, step.gone_edges)
        self._show_items((), graph, _NO_SCOPE, step.level, None, step.items)
        self._show_wires((), graph, step.level, None, step.edges)

    def _show_level(self, at: Path, graph: Graph, scope: Scope, level: Level, parent: BoxItem | None) -> None:
        old = self._shown.get(at)
        now = (graph, level, scope, self._reader)
        if old is not None and all(a is b for a, b in zip(old, now, strict=True)):
            return
        self._shown[at] = now
        if old is not None:
            self._clear(
                at,
                [name for name in old[1].boxes if name not in level.boxes],
                [edge for edge in old[1].routes if edge not in level.routes],
            )
        self._show_items(at, graph, scope, level, parent, level.boxes)
        self._show_wires(at, graph, level, parent, level.routes)

    def _clear(self, at: Path, names: Iterable[str], edges: Iterable[Edge]) -> None:
        """Take cards and wires of one level away."""
        for edge in edges:
            if (wire := self.wires.pop((at, edge), None)) is not None:
                for name in (edge.source, edge.target):
                    self._ends[*at, name].remove(wire)
                self._drop(wire)
        for name in names:
            self._remove((*at, name))

    def _show_items(
        self,
        at: Path,
        graph: Graph,
        scope: Scope,
        level: Level,
        parent: BoxItem | None,
        names: Iterable[str],
    ) -> None:
        for name in names:
            box = level.boxes[name]
            path = (*at, name)
            shown = self.boxes.get(path)
            if shown is not None and isinstance(shown, ContainerItem) != (box.level is not None):
                self._remove(path)
            self._show_box(path, graph.nodes[name], scope, box, parent)

    def _show_wires(
        self, at: Path, graph: Graph, level: Level, parent: BoxItem | None, edges: Iterable[Edge]
    ) -> None:
        for edge in edges:
            wire = self.wires.get((at, edge))
            if wire is None:
                wire = self.wires[at, edge] = WireItem(at, edge, self._ink, parent)
                for name in (edge.source, edge.target):
                    self._ends.setdefault((*at, name), []).append(wire)
                blame.mark(wire, self._blamed, self._chosen)
                self._admit(wire)
            wire.show_route(level.routes[edge])
            wire.show_look(self._reader.wire(at, edge, graph))

    def _show_box(self, path: Path, item: Item, scope: Scope, box: Box, parent: BoxItem | None) -> None:
        shown = self.boxes.get(path)
        if shown is None:
            kind = ContainerItem if box.level is not None else NodeItem
            shown = self.boxes[path] = kind(path, self._ink, parent)
            shown.mark(selected=path in self._chosen)
            self._admit(shown)
        shown.show_box(box)
        told = self._told.get(path)
        if told is None or told[0] is not item or told[1] != scope or told[2] is not self._reader:
            basis = self._reader.basis(path, item)
            if told is None or told[0] is not item or told[1] != scope or told[3] != basis:
                shown.show_card(self._reader.card(path, item, scope))
            self._told[path] = (item, scope, self._reader, basis)
        if isinstance(item, Group) and box.level is not None:
            self._show_level(path, item.body, inner_scope(item, scope), box.level, shown)

    def _admit(self, item: BoxItem | WireItem) -> None:
        """Put a new item on the scene, unless it came with the container that holds it."""
        if item.parentItem() is None:
            item.setVisible(self._is_visible)
            self._scene.addItem(item)

    def _remove(self, path: Path) -> None:
        """Take a card or container away with all that is inside."""
        item = self.boxes.pop(path, None)
        if item is None:
            return
        self._told.pop(path, None)
        if isinstance(item, ContainerItem):
            depth = len(path)
            for inside in (self._shown, self.boxes, self._told, self._ends):
                for place in [place for place in inside if len(place) > depth and place[:depth] == path]:
                    del inside[place]
            self._shown.pop(path, None)
            for key in [key for key in self.wires if key[0][:depth] == path]:
                del self.wires[key]
        self._drop(item)

    def _drop(self, item: QGraphicsRectItem) -> None:
        if item.scene() is self._scene:
            self._scene.removeItem(item)

    def select(self, chosen: frozenset[Path], blamed: frozenset[Wire]) -> None:
        """Show rings around these, the way to their error, and let wires that belong to none of them step back."""
        before, self._chosen = self._chosen, chosen
        former, self._blamed = self._blamed, blamed
        for path in before ^ chosen:
            if (item := self.boxes.get(path)) is not None:
                item.mark(selected=path in chosen)
        few = blamed == former and bool(before) == bool(chosen)
        for wire in self._wires_of(before ^ chosen) if few else self.wires.values():
            blame.mark(wire, blamed, chosen)

    def _wires_of(self, paths: Iterable[Path]) -> Iterator[WireItem]:
        """The wires that end at these cards, and those inside of these containers."""
        for path in paths:
            yield from self._ends.get(path, ())
            if isinstance(self.boxes.get(path), ContainerItem):
                for place, (_, level, _, _) in self._shown.items():
                    if place[: len(path)] == path:
                        yield from (self.wires[place, edge] for edge in level.routes)

    # ------------------------------------------------------------------------------------------------- marking

    def light(self, keys: Iterable[tuple[Path, Edge]]) -> None:
        """Light up these wires and no others."""
        lit = frozenset(keys)
        for key in lit ^ self._lit:
            if (wire := self.wires.get(key)) is not None:
                wire.mark(lit=key in lit)
        self._lit = lit

    def aim(self, path: Path | None) -> None:
        """Show that what is dragged would be put into this container and no other."""
        for one, on in ((self._target, False), (path, True)):
            item = self.boxes.get(one) if one else None
            if isinstance(item, ContainerItem):
                item.aim(target=on)
        self._target = path

    def wires_at(self, path: Path) -> tuple[WireItem, ...]:
        """The wires that begin or end at a card."""
        return tuple(self._ends.get(path, ()))

    def hover(self, path: Path | None) -> None:
        """Lighten the edge of this card and no other."""
        for one, on in ((self._hovered, False), (path, True)):
            if one and (item := self.boxes.get(one)) is not None:
                item.mark(hovered=on)
        self._hovered = path
