"""What a training begins with: fresh weights, those beside the design, or those of any file or run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog

from app.language import tr
from app.panels.combo import Combo

_FILE, _RUN = "file", "run"


class BeginWith(Combo):
    """Weights beside the design are taken unless somebody chose otherwise."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self._beside: Path | None = None
        self._other: Path | None = None
        self._declined: Path | None = None
        self.setAccessibleName(tr("Begin with"))
        self.setToolTip(tr("Weights that fit but for the head are taken too: the head then begins anew."))
        self.activated.connect(self._choose)
        self._refill(None)

    @property
    def weights(self) -> Path | None:
        """The file, or the folder of a run; None for fresh weights."""
        found = self.currentData()
        return found if isinstance(found, Path) else None

    def offer(self, beside: Path | None) -> None:
        """Offer the weights beside the design, where there are any."""
        if beside == self._beside:
            return
        was_beside = self._beside is not None and self.weights == self._beside
        self._beside = beside
        current = None if was_beside else self.weights
        self._refill(beside if current is None and beside != self._declined else current)

    def take(self, weights: Path | None) -> None:
        """Begin with these weights."""
        if weights is not None and weights != self._beside:
            self._other = weights
        self._declined = self._beside if weights is None else None
        self._refill(weights)
        self.chosen.emit()

    def _refill(self, current: Path | None) -> None:
        self.clear()
        self.addItem(tr("Fresh weights"), None)
        if self._beside is not None:
            self.addItem(tr("Those beside the design, {name}", name=self._beside.name), self._beside)
        if self._other is not None:
            self.addItem(self._other.name, self._other)
        self.addItem(tr("A file of weights…"), _FILE)
        self.addItem(tr("A run…"), _RUN)
        places = [place for place in range(self.count()) if current and self.itemData(place) == current]
        self.setCurrentIndex(places[0] if places else 0)

    def _choose(self, _index: int) -> None:
        data = self.currentData()
        if data not in (_FILE, _RUN):
            self.take(data)
            return
        before = self._other
        title = tr("Which weights does the training begin with?")
        start = str(before.parent if before else Path.home())
        if data == _FILE:
            path = QFileDialog.getOpenFileName(self, title, start, tr("Weights") + " (*.safetensors)")[0]
        else:
            path = QFileDialog.getExistingDirectory(self, title, start)
        self.take(Path(path) if path else before)
