"""The views of a profile by name. Each is imported when it is looked at, so that the window starts without them."""

from __future__ import annotations

from abc import abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.language import mark
from app.theme import Theme

if TYPE_CHECKING:
    from app.profiling.panel import ProfilePanel
    from app.profiling.profiled import Profiled

TITLES = {
    "table": mark("Table"),
    "roofline": mark("Roofline"),
    "film": mark("Memory"),
    "map": mark("Map"),
    "sweep": mark("Sweep"),
    "sides": mark("Compare"),
    "advice": mark("Advice"),
}
_PLACES = {
    "table": ("table", "CostTree"),
    "roofline": ("roofline", "RooflineView"),
    "film": ("filmview", "FilmView"),
    "map": ("treemap", "TreemapView"),
    "sweep": ("sweepview", "SweepView"),
}


class View(QWidget):
    """One way of looking at the profile."""

    @abstractmethod
    def refresh(self) -> None:
        """Show the profile as it is now."""

    @abstractmethod
    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""


def make(name: str, profiled: Profiled, theme: Theme, panel: ProfilePanel) -> View:
    """The view of this name."""
    if name == "sides":
        from app.profiling.sidesview import SidesView

        return SidesView(profiled, theme, panel.profiles, panel)
    if name == "advice":
        from app.profiling.adviceview import AdviceView

        return AdviceView(profiled, theme, panel.sweeps, panel.set_up, panel)
    module, kind = _PLACES[name]
    view: View = getattr(import_module(f"app.profiling.{module}"), kind)(profiled, theme, panel)
    return view
