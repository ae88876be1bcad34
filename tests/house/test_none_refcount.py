"""Qt's Python binding must not lose references: PySide6 6.12.0 drops one to None on every call that returns nothing.

The process aborts when the count reaches zero, after some thousand paint calls. Kept for every change of the pin.
"""

import sys

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

PAINTS = 4000
CALLS_IN_A_PAINT = 3


class Tile(QGraphicsItem):
    painted = 0

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, 8, 8)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.save()
        painter.drawRect(0, 0, 7, 7)
        painter.restore()
        self.painted += 1


def test_painting_keeps_the_references_to_none(qapp):
    scene, tile = QGraphicsScene(), Tile()
    scene.addItem(tile)
    image = QImage(16, 16, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    scene.render(painter)  # what is made once is made now
    before = sys.getrefcount(None)
    for _ in range(PAINTS):
        scene.render(painter)
    after = sys.getrefcount(None)
    painter.end()
    assert tile.painted >= PAINTS
    # A lost reference per call would take off PAINTS * CALLS_IN_A_PAINT; unrelated code moves it by a few.
    assert after > before - PAINTS * CALLS_IN_A_PAINT // 100
