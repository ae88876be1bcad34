"""Small pictures of design files, drawn as the canvas draws them from afar and kept by what the file holds."""

from __future__ import annotations

import contextlib
from collections import deque
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from app.canvas.scene import DesignScene
from app.documents.disk import Stamp
from app.session import Session
from app.theme import Theme
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.spec import Catalogue

SIZE = QSize(232, 118)
_SCALE = 2  # pictures are drawn at twice their size, for screens of any density
_KEPT = 80
_MOST_BYTES = 400_000
"""Drawing a larger design would hold the window up; it gets a plain picture."""
_EDGE = 14.0


class Thumbnails(QObject):
    """Draws one picture at a time while the window has nothing else to do."""

    drawn = Signal(str, QPixmap)  # path, picture; a null one when the file cannot be read or drawn

    def __init__(
        self, folder: Path, catalogue: Catalogue, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self._folder = folder
        self._catalogue = catalogue
        self._waiting: deque[str] = deque()
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._work)

    def ask(self, paths: list[str]) -> None:
        """Ask for the pictures of these files, and for no others any more."""
        self._waiting = deque(paths)
        self._next.start()

    def _work(self) -> None:
        if not self._waiting:
            return
        path = self._waiting.popleft()
        self.drawn.emit(path, self._picture(Path(path)))
        if self._waiting:
            self._next.start()

    def _picture(self, path: Path) -> QPixmap:
        stamp = Stamp.of(path)
        if not stamp.is_there or stamp.size > _MOST_BYTES:
            return QPixmap()
        kept = self._folder / f"{stamp.sha256[:24]}-{self.theme.name}.png"
        picture = QPixmap(str(kept)) if kept.exists() else QPixmap()
        if picture.isNull():
            try:
                picture = QPixmap.fromImage(self._draw(path))
            except HybridGraphError:
                return QPixmap()  # the list says by its plain picture that there is nothing to see
            self._keep(picture, kept)
        picture.setDevicePixelRatio(_SCALE)
        return picture

    def _draw(self, path: Path) -> QImage:
        session = Session(self._catalogue, files.load(path))
        scene = DesignScene(session, self.theme)
        extent = scene.extent().grown(32)
        size = SIZE * _SCALE
        picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        picture.fill(QColor(self.theme.canvas))
        if session.graph.nodes:
            room_w, room_h = size.width() - 2 * _EDGE * _SCALE, size.height() - 2 * _EDGE * _SCALE
            zoom = min(room_w / max(extent.w, 1), room_h / max(extent.h, 1), 1.0)
            scene.set_zoom(zoom)
            w, h = extent.w * zoom, extent.h * zoom
            target = QRectF((size.width() - w) / 2, (size.height() - h) / 2, w, h)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            scene.render(painter, target, QRectF(*extent))
            painter.end()
        session.deleteLater()
        return picture

    def _keep(self, picture: QPixmap, target: Path) -> None:
        with contextlib.suppress(OSError):  # drawn again next time
            self._folder.mkdir(parents=True, exist_ok=True)
            picture.save(str(target), "PNG")
            kept = sorted(self._folder.glob("*.png"), key=lambda one: one.stat().st_mtime)
            for old in kept[:-_KEPT]:
                old.unlink()
