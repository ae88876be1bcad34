"""The scene: a projection of the graph. It compares what is shown with what should be, and touches the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsScene

from app.canvas import content, hits
from app.canvas.containers import ContainerItem, handle_rect
from app.canvas.content import Card, Measure, Overlay, Reader
from app.canvas.following import Follower, Step
from app.canvas.geometry import Rect
from app.canvas.hits import Hit
from app.canvas.items import BoxItem, NodeItem
from app.canvas.overview import TILES, OverviewItem
from app.canvas.paint import Ink
from app.canvas.placement import Box, Level, inner_scope
from app.canvas.wires import WireItem
from app.canvas.wording import Scope
from app.session import Heat, Session
from app.theme import Theme
from hybridgraph.analysis import Analysis
from hybridgraph.graph.model import Edge, Graph, Group, Item, Path

MARGIN = 4000.0  # of free canvas around the graph
_NO_LEVEL = Level(boxes={}, routes={})
_NO_SCOPE: Scope = {}


class DesignScene(QGraphicsScene):
    """The items of one document. Nothing here is ever saved; `rebuild` makes the equal scene from the graph."""

    measure_shown = Signal(object)  # Measure | None, for the legend
    overview_changed = Signal()  # what the view from afar and the minimap show is not what it was

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__(session)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)
        self.session = session
        self.ink = Ink(theme)
        self.overlay: Overlay = "macs"
        self.boxes: dict[Path, BoxItem] = {}
        self.wires: dict[tuple[Path, Edge], WireItem] = {}
        self.level = _NO_LEVEL
        self._follower = Follower(session.catalogue)
        self._shown: dict[Path, tuple[Graph, Level, Scope, Reader]] = {}
        self._told: dict[Path, tuple[Item, Scope, Reader, tuple[object, ...]]] = {}
        self._measure: Measure | None = None
        self._reader = Reader(session.catalogue, None, None)
        self._chosen: frozenset[Path] = session.selection
        self._lit: frozenset[tuple[Path, Edge]] = frozenset()
        self._target: Path | None = None
        self._ends: dict[Path, list[WireItem]] = {}  # the wires at each card, of which there may be thousands
        self._overview = OverviewItem(self.ink)
        self._overview.setVisible(False)
        self.addItem(self._overview)
        self._overview_stale = True
        session.graph_changed.connect(self._on_graph)
        session.analysis_changed.connect(self._on_analysis)
        session.selection_changed.connect(self._on_selection)
        session.measure_changed.connect(self._on_measure)
        self._on_analysis(session.analysis)

    # ------------------------------------------------------------------------------------------------- what is shown

    @property
    def measure(self) -> Measure | None:
        """The numbers now shown at the cards' feet."""
        return self._measure

    def set_overlay(self, overlay: Overlay) -> None:
        """Show another number at the cards' feet."""
        self.overlay = overlay
        self._on_analysis(self.session.analysis)

    def set_theme(self, theme: Theme) -> None:
        """Repaint everything in another theme."""
        self.ink = Ink(theme)
        items: list[BoxItem | WireItem | OverviewItem] = [
            *self.boxes.values(),
            *self.wires.values(),
            self._overview,
        ]
        for item in items:
            item.ink = self.ink
            item.update()
        self._spoil_overview()

    def set_zoom(self, zoom: float) -> None:
        """Choose between cards one by one and all at once."""
        far = zoom < TILES
        if far != self._overview.isVisible():
            self._overview.setVisible(far)
            for item in self._outermost():
                item.setVisible(not far)
        if far:
            self.refresh_overview()

    def _outermost(self) -> Iterator[BoxItem | WireItem]:
        """The items that no other item holds."""
        yield from (item for item in self.boxes.values() if item.parentItem() is None)
        yield from (item for item in self.wires.values() if item.parentItem() is None)

    def rebuild(self) -> None:
        """Throw every item away and make them from the graph."""
        for item in [*self._outermost()]:
            if item.scene() is self:
                self.removeItem(item)
        self.boxes, self.wires, self._ends, self._shown, self._told = {}, {}, {}, {}, {}
        self.level = _NO_LEVEL
        self._follower = Follower(self.session.catalogue)
        self._show(self.session.graph)

    def snapshot(self) -> dict[object, object]:
        """All that the items show, for comparing two scenes."""
        shown: dict[object, object] = {}
        for path, item in self.boxes.items():
            shown[path] = (type(item), item.box, item.card, item.is_selected)
        for key, wire in self.wires.items():
            shown[key] = (wire.way, wire.look, wire.is_faded)
        return shown

    # ------------------------------------------------------------------------------------------------- projecting

    def _on_graph(self, before: Graph, after: Graph) -> None:
        self._show(after)

    def _on_analysis(self, analysis: Analysis | None) -> None:
        self._measure = self._measured(analysis)
        self._reader = Reader(self.session.catalogue, self.session.analysis, self._measure)
        self._show(self.session.graph)
        self.measure_shown.emit(self._measure)

    def _on_measure(self, heat: Heat | None) -> None:
        if heat is None and self.overlay != "heat":
            return
        self.overlay = "heat" if heat is not None else "macs" if self.overlay == "heat" else self.overlay
        self._on_analysis(self.session.analysis)

    def _measured(self, analysis: Analysis | None) -> Measure | None:
        heat = self.session.heat
        if self.overlay == "heat" and heat is not None:
            groups = {path for path, item in self.session.graph.walk() if isinstance(item, Group)}
            leaves = [value for path, value in heat.values.items() if path not in groups]
            return Measure(
                title=heat.title,
                unit=heat.unit,
                values=heat.values,
                top=max(leaves, default=0.0),
                stale=heat.stale,
            )
        return content.measured(self.overlay, self.session.graph, analysis)

    def _show(self, graph: Graph) -> None:
        step = self._follower.place(graph)
        self.level = step.level
        self._show_outermost(graph, step)
        extent = QRectF(*self.level.extent.grown(MARGIN))
        if extent != self.sceneRect():
            self.setSceneRect(extent)
            self._overview.set_extent(QRectF(*self.level.extent.grown(200)))
        self._spoil_overview()

    def _show_outermost(self, graph: Graph, step: Step) -> None:
        """Bring the outermost level up to date: what the edit touched, or all where more than the graph changed."""
        shown = self._shown.get(())
        if step.whole or shown is None or shown[3] is not self._reader:
            self._show_level((), graph, _NO_SCOPE, self.level, None)
            return
        self._shown[()] = (graph, self.level, _NO_SCOPE, self._reader)
        self._clear((), step.gone, step.gone_edges)
        self._show_items((), graph, _NO_SCOPE, self.level, None, step.items)
        self._show_wires((), graph, self.level, None, step.edges)

    def _show_level(
        self, at: Path, graph: Graph, scope: Scope, level: Level, parent: BoxItem | None
    ) -> None:
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
                wire = self.wires[at, edge] = WireItem(at, edge, self.ink, parent)
                for name in (edge.source, edge.target):
                    self._ends.setdefault((*at, name), []).append(wire)
                wire.mark(faded=bool(self._chosen) and not _touches(at, edge, self._chosen))
                self._admit(wire)
            wire.show_route(level.routes[edge])
            wire.show_look(self._reader.wire(at, edge, graph))

    def _show_box(self, path: Path, item: Item, scope: Scope, box: Box, parent: BoxItem | None) -> None:
        shown = self.boxes.get(path)
        if shown is None:
            kind = ContainerItem if box.level is not None else NodeItem
            shown = self.boxes[path] = kind(path, self.ink, parent)
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
            item.setVisible(not self._overview.isVisible())
            self.addItem(item)

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
        if item.scene() is self:
            self.removeItem(item)

    def _on_selection(self, chosen: frozenset[Path]) -> None:
        before, self._chosen = self._chosen, chosen
        for path in before ^ chosen:
            if (item := self.boxes.get(path)) is not None:
                item.mark(selected=path in chosen)
        for wire in self._wires_of(before ^ chosen) if before and chosen else self.wires.values():
            wire.mark(faded=bool(chosen) and not _touches(wire.at, wire.edge, chosen))
        self._spoil_overview()

    def _wires_of(self, paths: Iterable[Path]) -> Iterator[WireItem]:
        """The wires that end at these cards, and those inside of these containers."""
        for path in paths:
            yield from self._ends.get(path, ())
            if isinstance(self.boxes.get(path), ContainerItem):
                for place, (_, level, _, _) in self._shown.items():
                    if place[: len(path)] == path:
                        yield from (self.wires[place, edge] for edge in level.routes)

    def _spoil_overview(self) -> None:
        """The view from afar is out of date."""
        self._overview_stale = True
        if self._overview.isVisible():
            self.refresh_overview()
        self.overview_changed.emit()

    def refresh_overview(self) -> None:
        """Bring the view from afar up to date."""
        if self._overview_stale:
            cards = {
                path: item.card or Card(title="", line="", family="glue") for path, item in self.boxes.items()
            }
            self._overview.show_level(self.level, cards, self.session.selection)
            self._overview_stale = False

    @property
    def overview(self) -> OverviewItem:
        """The batches of the whole graph, up to date; the minimap paints them too."""
        self.refresh_overview()
        return self._overview

    # ------------------------------------------------------------------------------------------------- pointing

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

    # ------------------------------------------------------------------------------------------------- finding

    def hit(self, x: float, y: float) -> Hit:
        """What lies at a point of the scene."""
        return hits.find(self.level, x, y, self.handle)

    def wire_near(self, x: float, y: float, reach: float) -> tuple[Path, Edge] | None:
        """The wire within reach of a point of the scene, with the body it lies in."""
        return hits.wire_near(self.level, x, y, reach)

    def handle(self, path: Path) -> Rect | None:
        """The repeat handle of a container, in the container's coordinates."""
        item = self.boxes.get(path)
        if not isinstance(item, ContainerItem) or item.card is None or item.box is None:
            return None
        return handle_rect(item.card, item.box.rect.w, item.box.rect.h)

    def origin(self, at: Path) -> tuple[float, float]:
        """Where the coordinates of a body begin in the scene."""
        x = y = 0.0
        for length in range(1, len(at) + 1):
            if (item := self.boxes.get(at[:length])) is not None and item.box is not None:
                x, y = x + item.box.rect.x, y + item.box.rect.y
        return x, y

    def level_at(self, at: Path) -> Level | None:
        """The open level of the body at a path; None when it is folded away."""
        level: Level | None = self.level
        for name in at:
            box = level.boxes.get(name) if level else None
            level = box.level if box else None
        return level

    def rect_of(self, path: Path) -> Rect | None:
        """Where a card or container stands in the scene; None when it is folded away."""
        item = self.boxes.get(path)
        if item is None or item.box is None:
            return None
        x, y = self.origin(path[:-1])
        return item.box.rect.moved(x, y)

    def extent(self) -> Rect:
        """The rectangle around everything."""
        return self.level.extent


def _touches(at: Path, edge: Edge, chosen: frozenset[Path]) -> bool:
    """Whether a wire belongs to something selected: one of its ends, or a container around it."""
    if (*at, edge.source) in chosen or (*at, edge.target) in chosen:
        return True
    return any(at[:length] in chosen for length in range(1, len(at) + 1))
