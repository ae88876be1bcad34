"""Pictures of cards at the zoom they are looked at: painted once, then copied to the screen; equal cards share one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

MOST_BYTES = 48 * 2**20  # the cards of several screens; those not shown for longest go first


class Look:
    """All that a picture is made from. Compared often, so its hash is kept."""

    __slots__ = ("_hash", "parts")

    def __init__(self, *parts: object) -> None:
        self.parts = parts
        self._hash = hash(parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Look) and other._hash == self._hash and other.parts == self.parts


class Pictures:
    """The pictures of one theme."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Look, float, float], QPixmap] = OrderedDict()
        self._bytes = 0

    def draw(
        self, painter: QPainter, look: Look, extent: QRectF, zoom: float, paint: Callable[[QPainter], None]
    ) -> None:
        """Copy the picture of a look to where the painter's origin is; `paint` paints it when there is none yet.

        The picture begins at a whole pixel: the copy is exact, and letters stay sharp.
        """
        ratio = painter.device().devicePixelRatioF()
        key = (look, zoom, ratio)
        picture = self._kept.get(key)
        if picture is None:
            picture = self._keep(key, _made(extent, zoom, ratio, paint))
        else:
            self._kept.move_to_end(key)
        here = painter.worldTransform()
        x, y = here.dx() + extent.x() * zoom, here.dy() + extent.y() * zoom
        painter.resetTransform()
        painter.drawPixmap(QPointF(round(x * ratio) / ratio, round(y * ratio) / ratio), picture)
        painter.setWorldTransform(here)

    def _keep(self, key: tuple[Look, float, float], picture: QPixmap) -> QPixmap:
        self._kept[key] = picture
        self._bytes += _bytes(picture)
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            self._bytes -= _bytes(self._kept.popitem(last=False)[1])
        return picture


def _bytes(picture: QPixmap) -> int:
    return 4 * picture.width() * picture.height()


def _made(extent: QRectF, zoom: float, ratio: float, paint: Callable[[QPainter], None]) -> QPixmap:
    scale = zoom * ratio
    picture = QPixmap(ceil(extent.width() * scale), ceil(extent.height() * scale))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(zoom, zoom)
    painter.translate(-extent.x(), -extent.y())
    try:
        paint(painter)
    finally:
        painter.end()  # or the picture could not go before a painter that an exception keeps
    return picture
