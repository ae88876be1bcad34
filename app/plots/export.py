"""Taking a plot home: what is seen as a picture on white, and every value as a table."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from app.figures import output
from app.figures.output import PIXELS_TO_MM, Artwork
from app.language import tr
from app.plots.card import Target
from app.plots.lens import Lens
from app.plots.painting import frame_of, paint_axes, paint_curves
from app.plots.plot import Plot
from app.theme import LIGHT, number_font, text_font
from hybridgraph.errors import ExportError, HybridGraphError
from hybridgraph.figures.look import Size
from hybridgraph.storage import replacing

_HEAD = 24.0  # px for the title and the legend
_DPI = 300


def ask(
    plot: Plot, title: str, form: Target, lens: Lens, tell: Callable[[str, str], object], parent: QWidget
) -> None:
    """Ask for a file and write the plot there; `tell` hears how that went."""
    word = "".join(letter if letter.isalnum() else "-" for letter in title.lower())
    kinds = tr("Table (*.csv)") if form == "csv" else f"{form.upper()} (*.{form})"
    chosen, _ = QFileDialog.getSaveFileName(
        parent, tr("Save {title}", title=title), str(Path.home() / f"{word}.{form}"), kinds
    )
    if not chosen:
        return
    target = Path(chosen)
    try:
        if form == "csv":
            write_table(plot, lens, target)
        else:
            output.write(artwork(plot, title, lens), form, target)
    except HybridGraphError as error:
        tell("error", str(error))
    else:
        tell("info", tr("Wrote {path}.", path=target))


def artwork(plot: Plot, title: str, lens: Lens) -> Artwork:
    """What is seen of a plot, as large as on the screen, in the colours for paper. Raises ExportError without values."""
    width, height = float(plot.width()), plot.height() + _HEAD
    whole = QRectF(0, _HEAD, width, height - _HEAD)
    curves = plot.shown
    seen = plot.frame
    if seen is None:
        raise ExportError(
            tr("The plot “{title}” shows no values.", title=title), tr("Show everything first.")
        )
    up = seen.up.low, seen.up.high

    def paint(painter: QPainter) -> None:
        frame = frame_of(whole, curves, lens, up, is_log=plot.is_log)
        if frame is None:
            return
        painter.setFont(text_font(12, QFont.Weight.DemiBold))
        painter.setPen(QColor(LIGHT.text))
        painter.drawText(QPointF(8, 16), title)
        painter.setFont(number_font(10))
        right = width - 8
        for curve in reversed(curves if len(curves) > 1 else []):
            right -= painter.fontMetrics().horizontalAdvance(curve.name)
            painter.setPen(QColor(curve.colour(LIGHT)))
            painter.drawText(QPointF(right, 16), curve.name)
            right -= 12
        paint_axes(painter, frame, lens, LIGHT)
        paint_curves(painter, frame, curves, lens, LIGHT, is_vector=True)

    return Artwork(
        width=width,
        height=height,
        size=Size(amount=width * PIXELS_TO_MM, unit="mm"),
        paper="#FFFFFF",
        title=title,
        dpi=_DPI,
        least_text=9 * 0.75,
        paint=paint,
    )


def write_table(plot: Plot, lens: Lens, target: Path) -> None:
    """Write every value of the curves that are shown, a line for each step. Raises DocumentError."""
    names = [curve.name for curve in plot.shown]
    with replacing(target) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["step", "epoch", "seconds", *names])
        lines.writerows(_rows(plot, lens))


def _rows(plot: Plot, lens: Lens) -> Iterator[list[object]]:
    curves = plot.shown

    def values(number: int) -> Iterator[tuple[float, float, int, float]]:
        series = curves[number].series
        return ((step, time, number, value) for step, time, value in zip(series.steps, series.times, series.values, strict=True))  # fmt: skip

    for step, group in groupby(merge(*map(values, range(len(curves)))), key=itemgetter(0)):
        row: list[object] = [""] * len(curves)
        seconds = 0.0
        for _, seconds, number, value in group:  # noqa: B007  the last one stays
            row[number] = repr(value)
        yield [
            f"{step:g}" if step < 1e6 else int(step),
            f"{step / lens.per_epoch:.6g}",
            f"{seconds:.3f}",
            *row,
        ]
