"""Cards glide from where they stood to where an edit has put them, so that the eye can follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation
from PySide6.QtWidgets import QWidget

from app import motion
from app.canvas.scene import DesignScene
from hybridgraph.graph.model import Path

Answer = TypeVar("Answer")


class Glide(QObject):
    """Plays one edit's changes of place over the time for layout; not at all where no motion is wanted."""

    def __init__(self, scene: DesignScene, view: QWidget) -> None:
        super().__init__(view)
        self._scene = scene
        self._view = view
        self._from: dict[Path, QPointF] = {}
        self._motion = QVariantAnimation(self)
        self._motion.setStartValue(0.0)
        self._motion.setEndValue(1.0)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.valueChanged.connect(self._step)
        self._motion.finished.connect(self.finish)
        scene.session.graph_changed.connect(self.finish)

    @property
    def is_running(self) -> bool:
        """Whether cards are on their way."""
        return self._motion.state() == QVariantAnimation.State.Running

    def around(self, edit: Callable[[], Answer]) -> Answer:
        """Do an edit and let the outermost cards glide; what is new comes into sight meanwhile."""
        self.finish()
        before: dict[Path, QPointF] = {
            path: item.pos() for path, item in self._scene.boxes.items() if len(path) == 1
        }
        graph = self._scene.session.graph
        answer = edit()
        if self._scene.session.graph is not graph and self._view.isVisible() and motion.is_wanted(self._view):
            self._from = before
            self._motion.setDuration(self._scene.ink.theme.sizes.layout_ms)
            self._motion.start()
        return answer

    def _step(self, value: object) -> None:
        done = float(value) if isinstance(value, float) else 1.0
        for path, item in self._scene.boxes.items():
            if len(path) != 1 or item.box is None:
                continue
            target = QPointF(item.box.rect.x, item.box.rect.y)
            start = self._from.get(path)
            if start is None:
                item.setOpacity(done)
            elif start != target:
                item.setPos(start + (target - start) * done)
        for (at, _), wire in self._scene.wires.items():
            if not at:
                wire.setOpacity(done**3)  # they lead to where the cards will be

    def finish(self, *_: object) -> None:
        """Everything is in its place."""
        self._motion.stop()
        if self._from:
            self._step(1.0)
            self._from = {}
