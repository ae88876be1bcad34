"""The views of a profile by name. Each is imported when it is looked at, so that the window starts without them."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.language import mark
from app.theme import Theme

if TYPE_CHECKING:
    from app.profiling.panel import ProfilePanel
    from app.profiling.profiled import Profiled

TITLES = {
    "table": mark("Table"),
}


class View(QWidget):
    """One way of looking at the profile."""

    @abstractmethod
    def refresh(self) -> None:
        """Show the profile as it is now."""

    @abstractmethod
    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""


def make(_name: str, profiled: Profiled, theme: Theme, panel: ProfilePanel) -> View:
    """The view of this name."""
    from app.profiling.table import CostTree

    return CostTree(profiled, theme, panel)
