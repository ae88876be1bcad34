"""The scene: a projection of the graph. It compares what is shown with what should be, and touches the rest."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsScene

from app.canvas import blame, content, geometry, hits
from app.canvas.containers import ContainerItem, handle_rect
from app.canvas.content import Card, Measure, Overlay, Reader
from app.canvas.geometry import Rect
from app.canvas.hits import Hit
from app.canvas.items import BoxItem, NodeItem
from app.canvas.overview import TILES, OverviewItem
from app.canvas.paint import Ink
from app.canvas.placement import Box, Level, Placer, inner_scope
from app.canvas.wires import WireItem
from app.canvas.wording import Scope
from app.session import Heat, Session
from app.theme import Theme
from hybridgraph.analysis import Analysis
from hybridgraph.graph.model import Edge, Graph, Group, Item, Path
from hybridgraph.trails import Wire

MARGIN = 4000.0  # of free canvas around the graph
_NO_LEVEL = Level(boxes={}, routes={})


class DesignScene(QGraphicsScene):
    """The items of one document. Nothing here is ever saved; `rebuild` makes the equal scene from the graph."""

    measure_shown = Signal(object)  # Measure | None, for the legend

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__(session)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.session = session
        self.ink = Ink(theme)
        self.overlay: Overlay = "macs"
        self.boxes: dict[Path, BoxItem] = {}
        self.wires: dict[tuple[Path, Edge], WireItem] = {}
        self.level = _NO_LEVEL
        self._extent = Rect(0, 0, 0, 0)
        self._placer = Placer(session.catalogue)
        self._shown: dict[Path, tuple[Graph, Level, Scope, Reader]] = {}
        self._told: dict[Path, tuple[Item, Scope, Reader, tuple[object, ...]]] = {}
        self._measure: Measure | None = None
        self._blamed: frozenset[Wire] = frozenset()
        self._reader = Reader(session.catalogue, None, None)
        self._root = QGraphicsRectItem()
        self._root.setPen(QPen(Qt.PenStyle.NoPen))
        self._root.setFlag(QGraphicsRectItem.GraphicsItemFlag.ItemHasNoContents)
        self._overview = OverviewItem(self.ink)
        self.addItem(self._root)
        self.addItem(self._overview)
        self._overview_stale = True
        self.set_zoom(1.0)
        session.graph_changed.connect(self._on_graph)
        session.analysis_changed.connect(self._on_analysis)
        session.selection_changed.connect(self._on_selection)
        session.measure_changed.connect(self._on_measure)
        session.preview_changed.connect(self._on_analysis)
        self._on_analysis()

    # ------------------------------------------------------------------------------------------------- what is shown

    @property
    def graph(self) -> Graph:
        """The graph that is shown: the session's, or that of a preview."""
        return self.session.preview.graph if self.session.preview else self.session.graph

    @property
    def analysis(self) -> Analysis | None:
        """What is known of the graph that is shown."""
        return self.session.preview.analysis if self.session.preview else self.session.analysis

    @property
    def measure(self) -> Measure | None:
        """The numbers now shown at the cards' feet."""
        return self._measure

    def set_overlay(self, overlay: Overlay) -> None:
        """Show another number at the cards' feet."""
        self.overlay = overlay
        self._on_analysis()

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
        self._overview_stale = True
        self.refresh_overview()

    def set_zoom(self, zoom: float) -> None:
        """Choose between cards one by one and all at once."""
        far = zoom < TILES
        self._root.setVisible(not far)
        self._overview.setVisible(far)
        if far:
            self.refresh_overview()

    def rebuild(self) -> None:
        """Throw every item away and make them from the graph."""
        for item in (*self.wires.values(), *[b for p, b in self.boxes.items() if len(p) == 1]):
            if item.scene() is self:
                self.removeItem(item)
        self.boxes, self.wires, self._shown, self._told = {}, {}, {}, {}
        self.level = _NO_LEVEL
        self._placer = Placer(self.session.catalogue)
        self._show(self.graph)

    def snapshot(self) -> dict[object, object]:
        """All that the items show, for comparing two scenes."""
        shown: dict[object, object] = {}
        for path, item in self.boxes.items():
            shown[path] = (type(item), item.box, item.card, item.is_selected)
        for key, wire in self.wires.items():
            shown[key] = (wire.way, wire.look, wire.is_faded, wire.is_blamed)
        return shown

    # ------------------------------------------------------------------------------------------------- projecting

    def _on_graph(self, before: Graph, after: Graph) -> None:
        self._show(after)

    def _on_analysis(self, _told: object = None) -> None:
        self._measure = self._measured(self.analysis)
        self._reader = Reader(self.session.catalogue, self.analysis, self._measure)
        self._show(self.graph)
        self.measure_shown.emit(self._measure)

    def _on_measure(self, heat: Heat | None) -> None:
        if heat is None and self.overlay != "heat":
            return
        self.overlay = "heat" if heat is not None else "macs" if self.overlay == "heat" else self.overlay
        self._on_analysis()

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
        self.level = self._placer.place(graph)
        self._show_level((), graph, {}, self.level, self._root)
        self._extent = geometry.bounds([box.rect for box in self.level.boxes.values()])
        self.setSceneRect(QRectF(*self._extent.grown(MARGIN)))
        self._overview.set_extent(QRectF(*self._extent.grown(200)))
        self._on_selection(self.session.selection)
        self._overview_stale = True
        if self._overview.isVisible():
            self.refresh_overview()

    def _show_level(
        self, at: Path, graph: Graph, scope: Scope, level: Level, parent: QGraphicsRectItem
    ) -> None:
        old = self._shown.get(at)
        now = (graph, level, scope, self._reader)
        if old is not None and all(a is b for a, b in zip(old, now, strict=True)):
            return
        self._shown[at] = now
        if old is not None:
            for name in old[1].boxes:
                box = level.boxes.get(name)
                if box is None or isinstance(self.boxes[*at, name], ContainerItem) != (box.level is not None):
                    self._remove((*at, name))
            for edge in old[1].routes:
                if edge not in level.routes:
                    self._drop(self.wires.pop((at, edge)))
        for name, box in level.boxes.items():
            self._show_box((*at, name), graph.nodes[name], scope, box, parent)
        for edge, way in level.routes.items():
            wire = self.wires.get((at, edge))
            if wire is None:
                wire = self.wires[at, edge] = WireItem(at, edge, self.ink, parent)
            wire.show_route(way)
            wire.show_look(self._reader.wire(at, edge, graph))

    def _show_box(self, path: Path, item: Item, scope: Scope, box: Box, parent: QGraphicsRectItem) -> None:
        shown = self.boxes.get(path)
        if shown is None:
            kind = ContainerItem if box.level is not None else NodeItem
            shown = self.boxes[path] = kind(path, self.ink, parent)
        shown.show_box(box)
        told = self._told.get(path)
        if told is None or told[0] is not item or told[1] != scope or told[2] is not self._reader:
            basis = self._reader.basis(path, item)
            if told is None or told[0] is not item or told[1] != scope or told[3] != basis:
                shown.show_card(self._reader.card(path, item, scope))
            self._told[path] = (item, scope, self._reader, basis)
        if isinstance(item, Group) and box.level is not None:
            self._show_level(path, item.body, inner_scope(item, scope), box.level, shown)

    def _remove(self, path: Path) -> None:
        """Take a card or container away with all that is inside."""
        item = self.boxes.pop(path)
        self._told.pop(path, None)
        if isinstance(item, ContainerItem):
            depth = len(path)
            for key in [key for key in self.wires if key[0][:depth] == path]:
                del self.wires[key]
            for place in [place for place in self._shown if place[:depth] == path]:
                del self._shown[place]
            for place in [place for place in self.boxes if place[:depth] == path]:
                del self.boxes[place]
                self._told.pop(place, None)
        self._drop(item)

    def _drop(self, item: QGraphicsRectItem) -> None:
        if item.scene() is self:
            self.removeItem(item)

    def _on_selection(self, chosen: frozenset[Path]) -> None:
        for path, item in self.boxes.items():
            item.mark(selected=path in chosen)
        self._blamed = blame.blamed(self.graph, self.analysis, chosen)
        blame.fade(self.wires, self._blamed, chosen)
        self._overview_stale = True
        if self._overview.isVisible():
            self.refresh_overview()

    def refresh_overview(self) -> None:
        """Bring the view from afar up to date."""
        if self._overview_stale:
            cards = {
                path: item.card or Card(title="", line="", family="glue") for path, item in self.boxes.items()
            }
            self._overview.show_level(self.level, cards, self.session.selection, self._blamed)
            self._overview_stale = False

    @property
    def overview(self) -> OverviewItem:
        """The batches of the whole graph, up to date; the minimap paints them too."""
        self.refresh_overview()
        return self._overview

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
        return self._extent
