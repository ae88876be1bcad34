"""The window onto the scene: zoom, pan, framing, the background, and what floats above it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent, QTransform
from PySide6.QtWidgets import QGraphicsView, QWidget

from app.canvas import floating, regions
from app.canvas.doors import Doors
from app.canvas.dots import DotGrid
from app.canvas.geometry import Rect, bounds
from app.canvas.legend import Legend
from app.canvas.minimap import Minimap
from app.canvas.previewframe import PreviewFrame
from app.canvas.scene import DesignScene
from app.canvas.sizebar import SizeBar
from app.session import Session
from app.theme import Theme
from hybridgraph.graph.model import Path

ZOOM_LEAST, ZOOM_MOST = 0.02, 4.0
FRAME_MARGIN = 32


class Viewport(QGraphicsView):
    """What one sees of the canvas. It moves and zooms; it edits nothing."""

    zoom_changed = Signal(float)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme = theme
        self.design = DesignScene(session, theme)
        self.setScene(self.design)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        # The background covers all of it: only what is known to hide what lies behind can be shifted.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self._is_empty: bool | None = None
        self._is_zooming = False
        self._exposed: list[QRect] = []  # the parts of the screen being painted
        self._scrolled: tuple[int, int] | None = None  # how far, while both directions are being moved
        self._minimap_wanted = True
        self._sees_all = False  # since everything was framed nobody moved the view
        self._dots = DotGrid()
        self.minimap = Minimap(self.design, self)
        self.minimap.moved.connect(self.centerOn)
        self.legend = Legend(theme, self)
        self.size_bar = SizeBar(session, theme, self)
        self.size_bar.changed.connect(self._arrange)
        self.preview_frame = PreviewFrame(session, theme, self)
        self.design.measure_shown.connect(self._on_measure)
        self.covered_top = 0  # px of the view that something floats over
        self.doors = Doors(theme, self)
        session.graph_changed.connect(self._on_emptiness)
        self._on_emptiness()
        self._on_measure(self.design.measure)

    # ------------------------------------------------------------------------------------------------- looks

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self.theme = theme
        self.design.set_theme(theme)
        self.legend.set_theme(theme)
        self.size_bar.set_theme(theme)
        self.preview_frame.set_theme(theme)
        self.doors.set_theme(theme)
        self.minimap.update()
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """The canvas with its grid of dots."""
        parts = self._exposed or [painter.worldTransform().mapRect(QRectF(rect)).toAlignedRect()]
        self._dots.paint(painter, parts, theme=self.theme, ratio=self.devicePixelRatioF())

    def paintEvent(self, event: QPaintEvent) -> None:
        self._exposed = regions.parts(event.region())
        super().paintEvent(event)
        self._exposed = []

    # ------------------------------------------------------------------------------------------------- zoom and pan

    @property
    def zoom(self) -> float:
        """How many pixels a scene unit is; 1 is 100 %."""
        return self.transform().m11()

    def zoom_to(self, zoom: float, about: QPointF | None = None) -> None:
        """Zoom so that the point `about` (of the viewport; its middle by default) stays where it is."""
        zoom = min(max(zoom, ZOOM_LEAST), ZOOM_MOST)
        center = QPointF(self.viewport().rect().center())
        about = center if about is None else about
        fixed = self.mapToScene(about.toPoint())
        self.design.set_zoom(zoom)
        self._is_zooming = True  # all is painted anew: nothing need be shifted on the screen
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.centerOn(fixed - (about - center) / zoom)
        self._is_zooming = False
        self.viewport().update()
        self.zoom_changed.emit(zoom)
        self._after_move()

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Zoom in (above 1) or out (below)."""
        self.zoom_to(self.zoom * factor, about)

    def pan(self, dx: float, dy: float) -> None:
        """Move the scene by pixels of the screen."""
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        self._scrolled = (0, 0)
        horizontal.setValue(horizontal.value() - round(dx))
        vertical.setValue(vertical.value() - round(dy))
        scrolled, self._scrolled = self._scrolled, None
        self._shift(*scrolled)
        self._after_move()

    def frame(self, area: Rect) -> None:
        """Show this part of the scene as large as it fits, but not above 100 %."""
        size = self.viewport().size()
        free_w = max(size.width() - 2 * FRAME_MARGIN, 80)
        below = FRAME_MARGIN if floating.is_small(size.width(), size.height()) else 0  # for what floats there
        free_h = max(size.height() - 2 * FRAME_MARGIN - self.covered_top - below, 80)
        zoom = min(free_w / max(area.w, 1), free_h / max(area.h, 1), 1.0)
        self.zoom_to(zoom)
        x, y = area.center
        self.centerOn(x, y - (self.covered_top - below) / 2 / zoom)
        self._after_move()

    def frame_all(self) -> None:
        """Show the whole graph."""
        self.frame(self.design.extent())
        self._sees_all = True

    def frame_selection(self) -> None:
        """Show what is selected, or everything when nothing is."""
        rects = [rect for path in self.session.selection if (rect := self.design.rect_of(path))]
        if framed := self.design.frames.rect_of(self.session.frame):
            rects.append(framed)
        self.frame(bounds(rects) if rects else self.design.extent())

    def seen(self) -> QRectF:
        """The part of the scene in view."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def on_screen(self, path: Path) -> QRect | None:
        """Where a card, or the innermost open stage around it, stands on the screen; None when it is out of view."""
        whole = (path[:length] for length in range(len(path), 0, -1))
        rect = next((rect for one in whole if (rect := self.design.rect_of(one)) is not None), None)
        if rect is None:
            return None
        area = self.mapFromScene(QRectF(*rect)).boundingRect() & self.viewport().rect()
        return None if area.isEmpty() else area.translated(self.viewport().mapToGlobal(QPoint(0, 0)))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        mode = self.viewportUpdateMode()
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        super().scrollContentsBy(dx, dy)
        self.setViewportUpdateMode(mode)
        if self._is_zooming:
            return
        if self._scrolled is not None:
            self._scrolled = (self._scrolled[0] + dx, self._scrolled[1] + dy)
            return
        self._shift(dx, dy)
        self._after_move()

    def _shift(self, dx: int, dy: int) -> None:
        """Shift what is on the screen, so that only what comes into view is painted.

        Qt shifts no area that anything floats over, and the minimap always does: so each free part on its own.
        """
        if not (dx or dy):
            return
        viewport = self.viewport()
        floating = QRegion()
        for child in self.children():
            if isinstance(child, QWidget) and child is not viewport and child.isVisible():
                floating += child.geometry()
        floating.translate(-viewport.pos())
        for part in regions.parts(QRegion(viewport.rect()) - floating):
            viewport.scroll(dx, dy, part)
        viewport.update(floating)

    def _after_move(self) -> None:
        self._sees_all = False
        if hasattr(self, "minimap"):  # Qt scrolls already while the base class is being made
            self.minimap.show_view(self.seen())
            is_small = floating.is_small(self.width(), self.height())
            if is_small and self.minimap.isVisibleTo(self) != self._has_map():
                self._arrange()

    # ------------------------------------------------------------------------------------------------- what floats

    def resizeEvent(self, event: QResizeEvent) -> None:
        saw_all = self._sees_all
        super().resizeEvent(event)
        self._arrange()
        self._after_move()
        if saw_all:
            self.frame_all()

    @property
    def wants_minimap(self) -> bool:
        """Whether the minimap is shown where there is room for it."""
        return self._minimap_wanted

    def toggle_minimap(self) -> None:
        """Show or hide the minimap."""
        self.show_minimap(not self._minimap_wanted)

    def show_minimap(self, wanted: bool) -> None:
        """Show the minimap where there is room for it, or never."""
        self._minimap_wanted = wanted
        self._arrange()

    def _arrange(self) -> None:
        w, h = self.width(), self.height()
        bar = self.size_bar
        bar.fit()
        bar.move(floating.EDGE, h - bar.height() - floating.EDGE)
        shown = self._has_map()
        found = floating.places(
            w,
            h,
            minimap=self.minimap.size().toTuple() if shown else None,
            legend=self.legend.size().toTuple(),
            bar=None if bar.isHidden() else Rect(bar.x(), bar.y(), bar.width(), bar.height()),
            bar_is_open=bar.is_open,
        )
        self.minimap.setVisible(shown)
        if found.minimap is not None:
            self.minimap.move(*found.minimap)
        self.legend.setVisible(found.legend is not None and self.legend.is_wanted)
        if found.legend is not None:
            self.legend.move(*found.legend)
        self.preview_frame.setGeometry(0, 0, w, h)
        size = self.doors.sizeHint()
        self.doors.setGeometry((w - size.width()) // 2, (h - size.height()) // 2, size.width(), size.height())

    def _has_map(self) -> bool:
        sees_all = self.seen().contains(QRectF(*self.design.extent()))
        room = floating.has_room_for_map(self.width(), self.height(), sees_all=sees_all)
        return self._minimap_wanted and not self._is_empty and room

    def _on_measure(self, measure: object) -> None:
        self.legend.show_measure(self.design.measure if self.session.graph.nodes else None)
        self._arrange()

    def _on_emptiness(self, *graphs: object) -> None:
        empty = not self.session.graph.nodes
        if empty == self._is_empty:
            return
        self._is_empty = empty
        self.doors.setVisible(empty)
        self._on_measure(None)
