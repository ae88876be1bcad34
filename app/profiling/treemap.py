"""The design as a map: the area of each block is its share of a measure. A stage can be entered."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPen

from app.language import tr
from app.profiling import measures
from app.profiling.chart import Chart, Spot, shade
from app.profiling.measures import Measure, written
from app.profiling.squarify import squarified
from app.quantities import percent
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Group, Path

_HEAD = 15
_CRUMB = 20


class TreemapView(Chart):
    """Sized by the measure that the cards show. A double click enters a stage, one on the line above leaves it."""

    root: Path = ()

    @property
    def measure(self) -> Measure:
        """What the areas are."""
        return self.profiled.measure or measures.MEASURES[0]

    def refresh(self) -> None:
        if self.root and self.root not in self.profiled.nodes:
            self.root = ()
        super().refresh()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.position().y() < _CRUMB:
            self.enter(self.root[:-1])
            return
        spot = self.spot_at(event.position())
        if spot is not None:
            inner = spot.path[: len(self.root) + 1]
            if inner in self.profiled.nodes and self.profiled.nodes[inner].is_group:
                self.enter(inner)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Escape) and self.root:
            self.enter(self.root[:-1])
        else:
            super().keyPressEvent(event)

    def enter(self, path: Path) -> None:
        """Let the map be of this stage; () is the whole design."""
        self.root, self.hot = path, None
        self.update()

    def draw(self, painter: QPainter) -> None:
        assert self.profiled.result is not None
        self.setAccessibleName(tr("Map of the design"))
        values = measures.values_of(self.profiled.result, self.measure)
        whole = sum(value for path, value in values.items() if len(path) == 1)
        names = [
            tr("The design"),
            *(self.profiled.title(self.root[: at + 1]) for at in range(len(self.root))),
        ]
        about = self.hot.words if self.hot else f"{' › '.join(names)}  ·  {tr(self.measure.title)}"
        self.write(
            painter, QRectF(10, 3, self.width() - 20, 16), about, colour=self.theme.text if self.hot else ""
        )
        self._lay(
            painter,
            self.root,
            QRectF(6, _CRUMB, self.width() - 12, self.height() - _CRUMB - 6),
            values,
            whole,
        )

    def _lay(
        self, painter: QPainter, at: Path, area: QRectF, values: dict[Path, float], whole: float
    ) -> None:
        inner = [path for path in values if path[:-1] == at and values[path] > 0]
        if not inner:
            inner = [at] if values.get(at, 0) > 0 else []
        boxes = squarified([values[path] for path in inner], area.x(), area.y(), area.width(), area.height())
        for path, box in zip(inner, boxes, strict=True):
            place = QRectF(*box).adjusted(1, 1, -1, -1)
            if place.width() < 2 or place.height() < 2:
                continue
            words = f"{self.profiled.title(path)}: {written(values[path], self.measure.unit)}"
            if whole > 0:
                words += f", {percent(values[path] / whole)}"
            self.spots.append(Spot(area=place, path=path, words=words))
            if path != at and self.profiled.nodes[path].is_group:
                self._frame(painter, place, path)
                body = place.adjusted(2, _HEAD, -2, -2)
                if body.height() > 8 and body.width() > 8:
                    self._lay(painter, path, body, values, whole)
            else:
                self._tile(painter, place, path, written(values[path], self.measure.unit))

    def _frame(self, painter: QPainter, place: QRectF, path: Path) -> None:
        painter.setPen(QPen(QColor(self.theme.line), 1))
        painter.setBrush(QColor(self.theme.raised))
        painter.drawRoundedRect(place, 4, 4)
        name = QRectF(place.x() + 6, place.y(), place.width() - 10, _HEAD)
        self.write(painter, name, self.profiled.title(path), size=10)

    def _tile(self, painter: QPainter, place: QRectF, path: Path, number: str) -> None:
        _kind, left, right = self.theme.header(self._family(path))
        is_stale = path in self.profiled.stale
        fill = QLinearGradient(place.topLeft(), place.topRight())
        fill.setColorAt(0.0, shade(left, 0.10 if is_stale else 0.34))
        fill.setColorAt(1.0, shade(right, 0.10 if is_stale else 0.34))
        painter.setPen(QPen(QColor(left), 1, Qt.PenStyle.DotLine if is_stale else Qt.PenStyle.SolidLine))
        painter.setBrush(fill)
        painter.drawRoundedRect(place, 3, 3)
        if place.width() < 40 or place.height() < 16:
            return
        name = QRectF(place.x() + 6, place.y() + 2, place.width() - 10, 15)
        self.write(painter, name, self.profiled.title(path), colour=self.theme.text, size=11)
        if place.height() > 34:
            name.translate(0, 15)
            self.write(painter, name, number, size=10, number=True)

    def _family(self, path: Path) -> str:
        try:
            item = self.profiled.graph.item(path)
        except HybridGraphError:
            return "glue"
        spec = None if isinstance(item, Group) else self.profiled.session.catalogue.get(item.block)
        return spec.family if spec is not None else "glue"
