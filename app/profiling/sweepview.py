"""A sweep as a grid: throughput of every setting that was measured, and where memory ends."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.language import mark, told, tr
from app.profiling.chart import Chart, Spot
from app.profiling.measures import written
from app.profiling.profiled import Profiled
from app.quantities import spaced
from app.theme import Theme, contrast
from hybridgraph.errors import HybridGraphError
from hybridgraph.profiler.cells import Cell, Cliff, SweepResult
from hybridgraph.profiler.files import load_sweep
from hybridgraph.runs import Run

_NAMES, _ENDS, _HEAD = 150.0, 206.0, 38.0
_MOST_ROW = 30.0
Line = tuple[int, str, bool]
_STATES = {
    "out of memory": mark("out of memory"),
    "failed": mark("failed"),
    "unfit": mark("does not fit"),
    "given up": mark("given up"),
}


class SweepView(Chart):
    """A row for each size, number format and compiling, a column for each batch. The cliff is a thick line."""

    def __init__(self, profiled: Profiled, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(profiled, theme, parent)
        self.sweep: SweepResult | None = None
        self.trouble = ""
        self.setAccessibleName(tr("Throughput of every setting"))

    @property
    def has_content(self) -> bool:
        return True

    def show_run(self, run: Run | None) -> None:
        """Show the sweep of this run, as far as it got."""
        try:
            self.sweep = load_sweep(run.path) if run is not None else None
            self.trouble = ""
        except HybridGraphError as error:
            self.trouble = str(error)
        self.refresh()

    def draw(self, painter: QPainter) -> None:
        sweep = self.sweep
        cells = [] if sweep is None else [cell for cell in sweep.cells if not cell.is_probe]
        if sweep is None or not cells:
            words = self.trouble or tr("Press Sweep: each setting is measured in a process of its own.")
            self.write(painter, QRectF(self.rect()).adjusted(14, 10, -14, -10), words, wrap=True)
            return
        batches = sorted({cell.batch for cell in cells})
        lines = list(dict.fromkeys(cell.line for cell in cells))
        left, top = 12 + _NAMES, _HEAD
        width = min((self.width() - left - _ENDS - 10) / len(batches), 130.0)
        height = min((self.height() - top - 8) / len(lines), _MOST_ROW)
        unit = tr("training pictures a second") if sweep.passes == "training" else tr("pictures a second")
        about = self.hot.words if self.hot else f"{sweep.device}  ·  {unit}"
        self.write(painter, QRectF(12, 3, self.width() - 24, 16), about,
                   colour=self.theme.text if self.hot else "")  # fmt: skip
        for at, batch in enumerate(batches):
            place = QRectF(left + at * width, 20, width, 16)
            self.write(painter, place, tr("batch {batch}", batch=batch), size=10, side="centre")
        best = max((cell.images_per_second for cell in cells), default=0.0)
        cliffs = {(one.image_size, one.precision, one.compiled): one for one in sweep.cliffs}
        for row, line in enumerate(lines):
            y = top + row * height
            self.write(
                painter, QRectF(12, y, _NAMES - 8, height), _named(line), colour=self.theme.text, size=11
            )
            for cell in cells:
                if cell.line == line:
                    place = QRectF(left + batches.index(cell.batch) * width, y, width, height)
                    self._cell(painter, place.adjusted(1, 1, -1, -1), cell, best)
            end = QRectF(left + len(batches) * width + 10, y, _ENDS - 10, height)
            self._cliff(
                painter, QRectF(left, y, width * len(batches), height), end, cliffs.get(line), batches
            )

    def _cell(self, painter: QPainter, place: QRectF, cell: Cell, best: float) -> None:
        theme = self.theme
        fraction = cell.images_per_second / best if best else 0.0
        is_measured = cell.status == "measured"
        fill = theme.heat_colour(fraction) if is_measured else theme.field
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(place, 4, 4)
        ink = max((theme.text, theme.on_accent), key=lambda one: contrast(one, fill))
        text = spaced(cell.images_per_second)
        if not is_measured:
            painter.setPen(QPen(QColor(theme.error if cell.status == "out of memory" else theme.faint), 1,
                                Qt.PenStyle.DashLine))  # fmt: skip
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            text, ink = tr(_STATES.get(cell.status, cell.status)), theme.muted
        self.write(
            painter, place.adjusted(3, 0, -3, 0), text, colour=ink, size=10, number=is_measured, side="centre"
        )
        self.spots.append(Spot(area=place, path=(), words=_words(cell)))

    def _cliff(
        self, painter: QPainter, row: QRectF, end: QRectF, cliff: Cliff | None, batches: list[int]
    ) -> None:
        """A thick line behind the last batch that fits, and its number."""
        if cliff is None or cliff.smallest_failing is None:
            if cliff is not None and cliff.largest_batch:
                self.write(painter, end, tr("all fit"), size=10)
            return
        x = row.left() + row.width() / len(batches) * sum(batch <= cliff.largest_batch for batch in batches)
        painter.setPen(QPen(QColor(self.theme.error), 3))
        painter.drawLine(QPointF(x, row.top()), QPointF(x, row.bottom()))
        number = spaced(cliff.largest_batch)
        words = (
            tr("memory ends after {number}", number=number)
            if cliff.is_exact
            else tr(
                "memory ends between {number} and {more}", number=number, more=spaced(cliff.smallest_failing)
            )
        )
        self.write(painter, end, words, size=10, colour=self.theme.text)


def _named(line: Line) -> str:
    size, precision, compiled = line
    return f"{size} px  ·  {precision}" + (f"  ·  {tr('compiled')}" if compiled else "")


def _words(cell: Cell) -> str:
    setting = f"{_named(cell.line)}  ·  {tr('batch {batch}', batch=cell.batch)}: "
    if cell.status != "measured":
        return (
            setting
            + tr(_STATES.get(cell.status, cell.status))
            + (f". {told(cell.message)}" if cell.message else "")
        )
    parts = [tr("{images_per_second} img/s", images_per_second=spaced(cell.images_per_second))]
    if cell.forward is not None:
        parts.append(tr("{time} forward", time=written(cell.forward.median_us / 1e3, "ms")))
    if cell.step is not None:
        parts.append(tr("{time} a step", time=written(cell.step.median_us / 1e3, "ms")))
    if cell.peak_memory_bytes:
        parts.append(
            tr("{peak_memory_bytes} peak memory", peak_memory_bytes=written(cell.peak_memory_bytes, "B"))
        )
    return setting + ", ".join(parts)
