"""What multiplications are counted in: MACs, or FLOPs, of which each MAC is two. One choice for the whole window."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, QSettings, Signal

Unit = Literal["MACs", "FLOPs"]
UNITS: tuple[Unit, ...] = ("MACs", "FLOPs")
_KEY = "costs/unit"
_FLOPS_OF_A_MAC = 2


class Units(QObject):
    """The unit chosen, kept between starts where there are settings."""

    changed = Signal()

    def __init__(self, settings: QSettings | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._name: Unit = "FLOPs" if settings is not None and settings.value(_KEY) == "FLOPs" else "MACs"

    @property
    def name(self) -> Unit:
        """The unit."""
        return self._name

    def of(self, macs: int) -> int:
        """Multiply-adds in the unit."""
        return macs * _FLOPS_OF_A_MAC if self._name == "FLOPs" else macs

    def choose(self, name: Unit) -> None:
        """Count in this unit from now on."""
        if name == self._name:
            return
        self._name = name
        if self._settings is not None:
            self._settings.setValue(_KEY, name)
        self.changed.emit()
