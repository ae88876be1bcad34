"""Artwork as SVG, PDF or PNG: each written beside its target first, and put in place when it is whole."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from app.figures.outlines import outlined
from app.language import tr
from hybridgraph.errors import ExportError
from hybridgraph.figures.drawing import Drawing
from hybridgraph.figures.look import Size
from hybridgraph.figures.writing import Written, write_svg, write_text
from hybridgraph.storage import replacing

Form = Literal["svg", "pdf", "png"]
PIXELS_TO_MM = 25.4 / 96
_MOST_PIXELS = 16_384
_MOST_MM = 5_080.0
"""The longest side of a page that readers of PDF agree upon: 200 inches."""
_FINE_DPI = 1200
_PAPER = "#FFFFFF"
"""What transparent artwork is taken to lie on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artwork:
    """Something that can be painted on `width` by `height` units, meant to be seen in `size`."""

    width: float
    height: float
    size: Size
    paper: str
    title: str
    dpi: int
    least_text: float  # pt, the smallest letters as they will be printed
    paint: Callable[[QPainter], object]
    drawing: Drawing | None = None


def write(art: Artwork, form: Form, target: Path) -> Written:
    """Write artwork to a file. Raises DocumentError when the place is no good, ExportError when the size is none."""
    begun = time.perf_counter()
    if form == "svg":
        return _svg(art, target)
    if form == "pdf":
        _check_page(art)
    image = _image(art) if form == "png" else None
    with replacing(target) as temporary:
        temporary.touch()  # a folder that takes no file says so here, with its reason
        done = _save(image, temporary) if image is not None else _pdf(art, temporary)
        if not done:
            raise ExportError(
                tr("Cannot write {target}.", target=target),
                tr("Look for free space, or choose another place."),
            )
        size = temporary.stat().st_size
    return Written(path=target, format=form, bytes=size, seconds=time.perf_counter() - begun)


def _svg(art: Artwork, target: Path) -> Written:
    if art.drawing is not None:
        return write_svg(art.drawing, art.size, target)
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        draft = Path(folder) / "draft.svg"
        generator = QSvgGenerator()
        generator.setFileName(str(draft))
        generator.setViewBox(QRectF(0, 0, art.width, art.height))
        generator.setSize(QSizeF(art.width, art.height).toSize())
        painter = QPainter(generator)
        if art.paper:
            painter.fillRect(QRectF(0, 0, art.width, art.height), QColor(art.paper))
        art.paint(painter)
        painter.end()
        text = draft.read_text(encoding="utf-8")
    height = art.size.amount * art.height / art.width
    shown = (f"{art.size.amount:g}{art.size.unit}", f"{height:.2f}{art.size.unit}")
    return write_text(outlined(text, title=art.title, shown=shown, paper=art.paper or _PAPER), "svg", target)


def _check_page(art: Artwork) -> None:
    longest = max(1.0, art.height / art.width) * art.size.millimetres
    if longest > _MOST_MM:
        raise ExportError(
            tr("A page of {value:.1f} m is longer than PDF allows.", value=longest / 1000),
            tr("Choose a width for the figure."),
        )


def _pdf(art: Artwork, target: Path) -> bool:
    writer = QPdfWriter(str(target))
    writer.setTitle(art.title)
    writer.setCreator("HybridGraph")
    writer.setResolution(_FINE_DPI)
    page = QSizeF(art.size.millimetres, art.size.millimetres * art.height / art.width)
    whole = QPageSize(page, QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(whole, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    painter = QPainter()
    if not painter.begin(writer):
        return False
    scale = page.width() / 25.4 * _FINE_DPI / art.width
    painter.scale(scale, scale)
    _fill(art, painter)
    return painter.end()


def _image(art: Artwork) -> QImage:
    """The artwork in pixels. Raises ExportError when they are too many."""
    width = art.size.pixels(art.dpi)
    size = QSize(width, max(round(width * art.height / art.width), 1))
    image = QImage()
    if max(size.width(), size.height()) <= _MOST_PIXELS:
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        raise ExportError(
            tr(
                "A picture of {width:,} × {height:,} px is too large.",
                width=size.width(),
                height=size.height(),
            ),
            tr("Choose a smaller width or resolution, or SVG or PDF, which have no pixels."),
        )
    image.fill(QColor(art.paper or "#00000000"))
    dots = art.dpi if art.size.unit == "mm" else 96
    image.setDotsPerMeterX(round(dots / 0.0254))
    image.setDotsPerMeterY(round(dots / 0.0254))
    image.setText("Title", art.title)
    painter = QPainter(image)
    render(art, painter, size)
    painter.end()
    return image


def render(art: Artwork, painter: QPainter, size: QSize) -> None:
    """Paint the artwork so that it fills a size in pixels."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(size.width() / art.width, size.height() / art.height)
    _fill(art, painter)


def _fill(art: Artwork, painter: QPainter) -> None:
    if art.paper:
        painter.fillRect(QRectF(0, 0, art.width, art.height), QColor(art.paper))
    art.paint(painter)


def _save(image: QImage, target: Path) -> bool:
    writer = QImageWriter(str(target), b"png")
    return writer.write(image)
