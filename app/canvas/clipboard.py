"""Copying: to the clipboard, from it, and beside the originals."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication

from app.canvas import changes, copies
from app.canvas.editor import Editor
from app.language import tr
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import edits, files, fragments, frames
from hybridgraph.graph.model import Path


class CopyEditor(Editor):
    """The editor with what copies the selection, or a chosen comment frame with all that lies in it."""

    def copy(self) -> bool:
        """Put the selection on the clipboard as JSON; False when there is nothing to copy."""
        at, names, framed = self._reach()
        if not names and not framed:
            return False
        graph = changes.written(self._session.graph, self._scene.level, at)
        copied = fragments.fragment(graph, names, at=at, framed=framed)
        QGuiApplication.clipboard().setText(files.dumps(copied))
        return bool(copied.nodes or copied.frames)

    def cut(self) -> None:
        """Copy the selection and remove it, and the comment frames that went along."""
        at, names, framed = self._reach()
        if not self.copy():
            return
        gone = set(names) - self._gates(at)
        self._session.apply(
            tr("Cut"),
            lambda graph: frames.remove(edits.remove(graph, gone, at=at, heal=True), framed, at=at),
        )

    def paste(self, at: Path, place: QPointF, *, linked: bool = False) -> bool:
        """Add what the clipboard holds to a body, with its corner at a place of the scene or free space below.

        With `linked`, its stages follow from now on those that they were copied from.
        """
        text = QGuiApplication.clipboard().text()
        try:
            copied = files.loads(text)
        except HybridGraphError as error:
            self._session.notified.emit(
                "warning", tr("The clipboard holds no part of a design. {message}", message=error.message)
            )
            return False
        at = copies.outside(self._session.graph, copied, at) if linked else at
        x, y = self._scene.origin(at)
        level = self._scene.level
        spot = (place.x() - x, place.y() - y)
        return self._make(
            tr("Paste as linked copy") if linked else tr("Paste"),
            lambda graph: copies.pasted(graph, copied, at, spot, level, self._catalogue, linked=linked),
        )

    def duplicate(self, *, keep_inputs: bool = False, offset: tuple[float, float] = (32.0, 32.0)) -> bool:
        """Copy the selection beside itself."""
        at, names, framed = self._reach()
        chosen = [(*at, name) for name in names]
        return bool(chosen or framed) and self._make(
            tr("Duplicate"),
            lambda graph: copies.duplicated(
                graph, chosen, offset, self._catalogue, keep_inputs=keep_inputs, at=at, framed=framed
            ),
        )
