"""The scene: a projection of the graph. It compares what is shown with what should be, and touches the rest."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from app.canvas import blame, content, hits
from app.canvas.containers import ContainerItem, handle_rect
from app.canvas.content import Measure, Overlay, Reader
from app.canvas.faults import Faults
from app.canvas.following import Follower
from app.canvas.frames.layer import FrameLayer
from app.canvas.geometry import Rect, bounds
from app.canvas.hits import Hit
from app.canvas.overview import TILES, OverviewItem
from app.canvas.paint import Ink
from app.canvas.placement import Level
from app.canvas.projection import Projection
from app.session import Heat, Session
from app.theme import Theme
from hybridgraph.analysis import Analysis
from hybridgraph.bulk import bulk
from hybridgraph.graph.model import Edge, Graph, Path
from hybridgraph.trails import Wire

MARGIN = 4000.0  # of free canvas around the graph
_NO_LEVEL = Level(boxes={}, routes={})


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
        self._reader = Reader(session.catalogue, None, None)
        self._projection = Projection(self, self.ink, self._reader, session.selection)
        self.boxes, self.wires = self._projection.boxes, self._projection.wires
        self.light, self.aim, self.hover = (
            self._projection.light,
            self._projection.aim,
            self._projection.hover,
        )
        self.wires_at = self._projection.wires_at
        self.frames = FrameLayer(self, self.ink)
        self.faults = Faults(self)
        self.faults.told.connect(partial(session.notified.emit, "error"))
        self.level = _NO_LEVEL
        self._follower = Follower(session.catalogue)
        self._measure: Measure | None = None
        self._blamed: frozenset[Wire] = frozenset()
        self._overview = OverviewItem(self.ink)
        self._overview.setVisible(False)
        self.addItem(self._overview)
        self._overview_stale = True
        session.graph_changed.connect(self._on_graph)
        session.catalogue_changed.connect(self._on_catalogue)
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
        self._projection.show_in(self.ink)
        self.frames.show_in(self.ink)
        self._overview.ink = self.ink
        self._spoil_overview()

    @property
    def is_far(self) -> bool:
        """Whether one sees the view from afar instead of the cards."""
        return self._overview.isVisible()

    def set_zoom(self, zoom: float) -> None:
        """Choose between cards one by one and all at once."""
        far = zoom < TILES
        if far != self.is_far:
            self._overview.setVisible(far)
            self._projection.set_visible(not far)
            self.frames.set_visible(not far)
        if far:
            self.refresh_overview()

    def rebuild(self) -> None:
        """Throw every item away and make them from the graph."""
        self.frames.clear()
        self._projection.clear()
        self.level = _NO_LEVEL
        self._follower = Follower(self.session.catalogue)
        self._show(self.graph)

    def snapshot(self) -> dict[object, object]:
        """All that the items show, for comparing two scenes."""
        return self._projection.snapshot() | self.frames.snapshot()

    # ------------------------------------------------------------------------------------------------- projecting

    def _on_graph(self, before: Graph, after: Graph) -> None:
        self._show(after)

    def _on_catalogue(self) -> None:
        self._reader = Reader(self.session.catalogue, self.analysis, self._measure)
        self.rebuild()

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
            return Measure(
                title=heat.title,
                unit=heat.unit,
                values=heat.values,
                top=content.most_costly(heat.values),
                stale=heat.stale,
                changed=heat.changed,
            )
        return content.measured(self.overlay, analysis)

    def _show(self, graph: Graph) -> None:
        with bulk():
            step = self._follower.place(graph)
            self.level = step.level
            self._projection.show(graph, step, self._reader)
            self.frames.show(graph, step.level, self.boxes)
        self._mark(self.session.selection)
        extent = QRectF(*self.extent().grown(MARGIN))
        if extent != self.sceneRect():
            self.setSceneRect(extent)
            self._overview.set_extent(QRectF(*self.extent().grown(200)))
        self._spoil_overview()

    def _on_selection(self, chosen: frozenset[Path]) -> None:
        if self._mark(chosen):
            self._spoil_overview()
        else:
            self._choose_from_afar()
            self.overview_changed.emit()

    def choose_frame(self, path: Path) -> None:
        """Put the ring round this comment frame, or with () round none."""
        self.frames.choose(path)
        self._choose_from_afar()
        self.overview_changed.emit()

    def _mark(self, chosen: frozenset[Path]) -> bool:
        """Show what is selected, and what led to its error; True when that is another way than before."""
        before = self._blamed
        self._blamed = blame.blamed(self.graph, self.analysis, chosen)
        self._projection.select(chosen, self._blamed)
        return before != self._blamed

    def _choose_from_afar(self) -> None:
        rects = [rect for path in self.session.selection if (rect := self.rect_of(path)) is not None]
        framed = self.frames.rect_of(self.session.frame)
        self._overview.choose([*rects, framed] if framed is not None else rects)

    def _spoil_overview(self) -> None:
        """The view from afar is out of date."""
        self._overview_stale = True
        self._choose_from_afar()
        if self._overview.isVisible():
            self.refresh_overview()
        self.overview_changed.emit()

    def refresh_overview(self) -> None:
        """Bring the view from afar up to date."""
        if self._overview_stale:
            with bulk():
                self._overview.show_level(self.level, self.boxes, self._blamed)
                self._overview.show_frames(self.frames.all())
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
        framed = [rect for path, rect, _ in self.frames.all() if len(path) == 1]
        return bounds([self.level.extent, *framed]) if framed else self.level.extent
