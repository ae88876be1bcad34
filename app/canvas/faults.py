"""A mistake in painting one item costs that item its looks, not the window: Qt cannot take an exception there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from app.language import tr

_LOG = logging.getLogger(__name__)
_AROUND = 20.0  # px of an item's rectangle that lie around its card
Paint = Callable[..., None]


class Faults(QObject):
    """Mistakes of one scene: each is logged and told once, however often the item is painted."""

    told = Signal(str)  # a sentence, when the painting is over

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._known: set[str] = set()

    def take(self, item: QGraphicsRectItem, error: Exception) -> None:
        """Note what went wrong while an item was painted."""
        kind = f"{type(item).__name__} {error!r}"
        if kind in self._known:
            return
        self._known.add(kind)
        _LOG.error("%s cannot be painted", type(item).__name__, exc_info=error)
        sentence = tr(
            "A part of the canvas cannot be drawn ({error}). The design itself is not harmed; save it and report this.",
            error=repr(error),
        )
        QTimer.singleShot(0, self, lambda: self.told.emit(sentence))


def guarded(paint: Paint) -> Paint:
    """The `paint` of an item of a scene that has `faults`: where it fails, there is a plain box with a "!"."""

    @wraps(paint)
    def painted(
        item: QGraphicsRectItem,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        here = painter.worldTransform()
        try:
            paint(item, painter, option, widget)
        except Exception as error:
            faults = getattr(item.scene(), "faults", None)
            if faults is None:
                raise
            painter.setWorldTransform(here)
            painter.setOpacity(1.0)
            painter.setClipping(False)
            _paint_plain(painter, item.rect())
            faults.take(item, error)

    return painted


def _paint_plain(painter: QPainter, rect: QRectF) -> None:
    """A box that says that something is here and is wrong, in colours that do for every theme."""
    inner = rect.adjusted(_AROUND, _AROUND, -_AROUND, -_AROUND)
    box = inner if inner.isValid() else rect
    colour = QColor("#D04A4A")
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(QColor(208, 74, 74, 40))
    painter.drawRect(box)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "!")
