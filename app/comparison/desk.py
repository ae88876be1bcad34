"""The comparison that a window shows: begun with another design, kept up to date with every edit, ended.

Everything it adds to the window (the overlay, the plate, the tab) goes when it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from app.canvas.geometry import Rect
from app.canvas.placement import Level, Placer
from app.comparison.marks import Mark, marks, tip_of
from app.comparison.overlay import OverlayItem
from app.comparison.panel import ComparisonPanel
from app.comparison.plate import Plate
from app.comparison.runs import results_of
from app.comparison.tips import Tips
from app.engine_client import to_json
from app.language import mark, tr
from hybridgraph import analysis
from hybridgraph.analysis import Analysis
from hybridgraph.comparison import Comparison, Difference, compare
from hybridgraph.comparison.costs import Costs, Known, costs
from hybridgraph.comparison.listing import listed
from hybridgraph.comparison.page import page
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph
from hybridgraph.storage import write_atomic

if TYPE_CHECKING:
    from app.window import MainWindow

TAB = mark("Compare")
PATIENCE_MS = 60  # after an edit, before it is compared: a value that spins is compared once
AROUND = 220.0  # of the scene shown around a difference one goes to


class _Baseline:
    """The design that is compared with: its graph, its layout, and what is known of it."""

    def __init__(self, name: str, graph: Graph, level: Level) -> None:
        self.name = name
        self.graph = graph
        self.level = level
        self.analysis: Analysis | None = None


class Comparing(QObject):
    """One for each window; `of` finds it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._document = window.session.document
        self._base: _Baseline | None = None
        self._comparison: Comparison | None = None
        self._listed: tuple[Difference, ...] = ()
        self._index = -1
        self._later = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._later.timeout.connect(self._refresh)
        self.overlay: OverlayItem | None = None
        self.plate: Plate | None = None
        self.panel: ComparisonPanel | None = None
        self._tips: Tips | None = None
        session = self._session
        session.graph_changed.connect(self._on_graph)
        session.analysis_changed.connect(self._on_graph)
        window.engine.state_changed.connect(self._ask)

    @property
    def comparison(self) -> Comparison | None:
        """What is shown; None while nothing is compared."""
        return self._comparison

    @property
    def baseline(self) -> str:
        """The name of the design that is compared with; empty while nothing is."""
        return self._base.name if self._base else ""

    # ------------------------------------------------------------------------------------------------- begin and end

    def begin(self, name: str, graph: Graph) -> None:
        """Compare the document in front with this design, the former one."""
        self.end()
        window = self._window
        self._document = self._session.document
        self._base = _Baseline(name, graph, Placer(self._session.catalogue).place(graph))
        self.overlay = OverlayItem(window.canvas.design)
        window.canvas.design.addItem(self.overlay)
        self.plate = Plate(window.theme, window.canvas)
        self.plate.closed.connect(self.end)
        self.plate.stepped.connect(self.step)
        self._session.selection_changed.connect(self.plate.make_room)
        self.panel = ComparisonPanel(self._session.catalogue, window.theme)
        self.panel.chosen.connect(self.go)
        self.panel.closed.connect(self.end)
        self.panel.page_wanted.connect(self.ask_page)
        self.panel.tinted.connect(self._retint)
        self._tips = Tips(self.overlay, window.canvas, self.tell)
        window.tabs.addTab(self.panel, tr(TAB))
        window.docks["Work"].show()
        window.tabs.setCurrentWidget(self.panel)
        self.plate.show()
        self._refresh()
        self._ask()

    def end(self) -> None:
        """Take away all that the comparison added."""
        self._later.stop()
        self._base = self._comparison = None
        self._listed = ()
        self._index = -1
        if self.overlay is not None:
            self._window.canvas.design.removeItem(self.overlay)
        if self.panel is not None:
            self._window.tabs.removeTab(self._window.tabs.indexOf(self.panel))
        for part in (self.plate, self.panel):
            if part is not None:
                part.hide()
        added: tuple[QObject | None, ...] = (self.plate, self.panel, self._tips)
        for each in added:
            if each is not None:
                each.deleteLater()
        self.overlay = self.plate = self.panel = self._tips = None

    # ------------------------------------------------------------------------------------------------- keeping up

    def _on_graph(self, *_: object) -> None:
        if self._base is None:
            return
        if self._session.document is not self._document:
            self.end()
        else:
            self._later.start()

    def _ask(self, *_: object) -> None:
        """Ask the engine what the other design costs, once it can answer."""
        base = self._base
        if base is not None and base.analysis is None:
            self._window.engine.request("analyze", partial(self._answered, base), graph=to_json(base.graph))

    def _answered(self, base: _Baseline, content: Mapping[str, Any]) -> None:
        base.analysis = analysis.decode(content["analysis"])
        if base is self._base:
            self._refresh()

    def _refresh(self) -> None:
        base, session = self._base, self._session
        if base is None or self.overlay is None or self.plate is None or self.panel is None:
            return
        self._comparison = compare(base.graph, session.graph)
        self._listed = listed(self._comparison)
        self._index = min(self._index, len(self._listed) - 1)
        self._show_marks()
        self.plate.show_differences(base.name, self._listed)
        self.panel.show_comparison(self._comparison, self._costs(), self._names())

    def _costs(self) -> Costs:
        base, session = self._base, self._session
        assert base is not None
        assert self._comparison is not None
        root = self._window.desk.root
        return costs(
            self._comparison,
            Known(analysis=base.analysis, results=results_of(root, base.graph)),
            Known(
                analysis=session.analysis if session.is_analysis_current else None,
                results=results_of(root, session.graph),
            ),
        )

    def _names(self) -> tuple[str, str]:
        return (
            self.baseline,
            tr("{title} now", title=self._session.title)
            if self.baseline == tr("last saved")
            else self._session.title,
        )

    def _show_marks(self) -> None:
        assert self._base is not None
        assert self._comparison is not None
        assert self.overlay is not None
        found = marks(self._comparison, self._window.canvas.design, self._base.level, self._session.catalogue)
        self.overlay.show_marks(found, self._mark_of(found))

    def _mark_of(self, found: list[Mark]) -> Mark | None:
        """The mark of the difference that somebody went to."""
        current = self._listed[self._index] if 0 <= self._index < len(self._listed) else None
        return next((mark for mark in found if current in mark.differences), None)

    # ------------------------------------------------------------------------------------------------- going about

    def step(self, by: int) -> None:
        """Go to the next difference, or to the one before; after the last comes the first."""
        if self._comparison is None:
            self._session.notified.emit("info", tr("Nothing is compared yet: choose “Compare with…” first."))
            return
        count = len(self._listed)
        if not count:
            self._session.notified.emit("info", tr("The two designs do not differ."))
        elif self._index < 0:
            self.go(0 if by > 0 else count - 1)
        else:
            self.go((self._index + by) % count)

    def go(self, index: int) -> None:
        """Show one of the differences: select it, and bring it into view."""
        if self._comparison is None or self.panel is None or self.overlay is None:
            return
        self._index = index
        difference = self._listed[index]
        self._session.select([difference.after] if difference.after else [])
        self.panel.mark(index)
        self._show_marks()
        mark = self._mark_of(list(self.overlay.marks))
        if mark is not None:
            self._bring_into_view(mark.rect)

    def _bring_into_view(self, rect: Rect) -> None:
        canvas = self._window.canvas
        seen = canvas.seen()
        is_seen = seen.contains(rect.x, rect.y) and seen.contains(rect.right, rect.bottom)
        if not is_seen or rect.w * canvas.zoom < AROUND / 4:
            canvas.frame(rect.grown(AROUND))

    def tell(self, mark: Mark) -> str:
        """What a mark stands for, in words."""
        if self._comparison is None:
            return ""
        return tip_of(self._comparison, mark, self._session.catalogue)

    def _retint(self) -> None:
        for part in (self.plate, self.panel):
            if part is not None:
                part.set_theme(self._window.theme)

    # ------------------------------------------------------------------------------------------------- the page

    def ask_page(self) -> None:
        """Ask for a file and write the comparison there as one HTML page."""
        suggestion = str(File.home() / "comparison.html")
        chosen = QFileDialog.getSaveFileName(
            self._window, tr("Save the comparison"), suggestion, tr("Web page (*.html)")
        )[0]
        if chosen:
            self.write_page(File(chosen))

    def write_page(self, path: File) -> None:
        """Write the comparison as one HTML page; a notice says how that went."""
        if self._comparison is None:
            return
        text = page(self._comparison, self._costs(), self._names(), self._session.catalogue)
        try:
            write_atomic(path, text)
        except HybridGraphError as error:
            self._session.notified.emit("error", str(error))
        else:
            self._session.notified.emit("info", tr("Wrote {path}.", path=path))


def of(window: MainWindow) -> Comparing:
    """The comparison of a window; made when it is first asked for."""
    return window.findChild(Comparing) or Comparing(window)
