"""The main window: it carries words between canvas and panels; it decides nothing itself.

It stands before anything that fills it is loaded: `MainWindow` paints the bands of the bar, the page and the status
line, and `furniture.furnish` puts the parts into it. So this module imports nothing but Qt and the theme.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtGui import QCloseEvent, QColor, QPalette
from PySide6.QtWidgets import QApplication, QMainWindow, QStatusBar, QWidget

from app import theme as themes
from app.theme import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu, QTabWidget

    from app.actionset import ActionSet
    from app.areas import Areas
    from app.canvas.view import CanvasView
    from app.choosing.surveyor import Surveyor
    from app.docks import Docks
    from app.documents.desk import Documents
    from app.documents.returning import Returning
    from app.documents.vigil import Vigil
    from app.engine_client import EngineClient
    from app.ownblocks.desk import OwnBlocks
    from app.pages import Pages
    from app.panels.inspector import Inspector
    from app.panels.palette import Palette
    from app.panels.problems import Problems
    from app.panels.source import SourcePanel
    from app.panels.training import TrainingPanel
    from app.patternfield import PatternField
    from app.profiling.panel import ProfilePanel
    from app.queue.panel import QueuePanel
    from app.runs import RunDesk
    from app.runstable.views import RunViews
    from app.session import Session
    from app.stages.shelf import Shelf
    from app.start.tour import Tour
    from app.statusline import StatusLine
    from app.toast import Toast
    from app.topbar import TopBar
    from hybridgraph.graph.model import Graph, Path

BAR_HEIGHT, LINE_HEIGHT = 49, 28


class MainWindow(QMainWindow):
    """The open designs in one window."""

    theme: Theme
    settings: QSettings
    session: Session
    blocks: OwnBlocks
    engine: EngineClient
    desk: RunDesk
    documents: Documents
    canvas: CanvasView
    surveyor: Surveyor
    pattern: PatternField
    shelf: Shelf
    palette_panel: Palette
    inspector: Inspector
    problems: Problems
    source: SourcePanel
    training: TrainingPanel
    queue: QueuePanel
    profiling: ProfilePanel
    runs: RunViews
    topbar: TopBar
    line: StatusLine
    docks: Docks
    tabs: QTabWidget
    pages: Pages
    returning: Returning
    vigil: Vigil
    tour: Tour
    toast: Toast
    actions_set: ActionSet
    recent_menu: QMenu
    areas: Areas

    def __init__(self, theme: Theme, settings: QSettings) -> None:
        """A window with nothing in it yet, where it stood last time."""
        super().__init__()
        self.theme = theme
        self.settings = settings
        self.is_furnished = False
        self.setWindowTitle("HybridGraph")
        self.resize(1680, 1020)
        geometry = settings.value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        bar, page, line = QWidget(), QWidget(), QStatusBar()
        bar.setFixedHeight(BAR_HEIGHT)
        line.setFixedHeight(LINE_HEIGHT)
        for band, colour in ((bar, theme.window), (page, theme.canvas), (line, theme.window)):
            palette = QPalette()
            palette.setColor(QPalette.ColorRole.Window, QColor(colour))
            band.setPalette(palette)
            band.setAutoFillBackground(True)
        self.setMenuWidget(bar)
        self.setCentralWidget(page)
        self.setStatusBar(line)

    # ------------------------------------------------------------------------------------------------- for the parts

    def parts(self) -> tuple[QWidget, ...]:
        """What the keyboard walks through, area by area."""
        return (self.topbar, self.palette_panel, self.pages, self.inspector, self.docks.tabs, self.line)

    def recommend_tour(self) -> None:
        """Point to the tour on the start page until somebody has seen it."""
        self.pages.start.recommend_tour(wanted=not self.tour.was_seen)

    def retitle(self) -> None:
        """Name the document in front in the window's title."""
        dot = " •" if self.session.is_dirty else ""
        name = "" if self.documents.current is None else f"{self.session.title}{dot} - "
        self.setWindowTitle(f"{name}HybridGraph")

    def fill_recent(self) -> None:
        """Fill the menu of recent files."""
        self.recent_menu.clear()
        for path in self.documents.recent:
            self.recent_menu.addAction(path).triggered.connect(partial(self.open_recent, path))
        self.recent_menu.setEnabled(not self.recent_menu.isEmpty())

    # ------------------------------------------------------------------------------------------------- actions

    def train(self) -> None:
        """Start training, or show why not."""
        self.show_panel("Train")
        self.training.train()

    def look_ahead(self) -> None:
        """Take the pre-flight of the training."""
        self.show_panel("Train")
        self.training.look_ahead()

    def choose_recipe(self) -> None:
        """Choose and change the recipe of the training."""
        self.show_panel("Train")
        self.training.form.choose_recipe()

    def enqueue(self) -> None:
        """Put a training of the design into the queue, or show why not."""
        self.show_panel("Train")
        self.training.enqueue()

    def profile(self) -> None:
        """Measure the design on a device."""
        self.show_panel("Profile")
        self.profiling.profile()

    def stop(self) -> None:
        """Stop what runs."""
        self.training.stop()
        self.profiling.stop()

    def export(self) -> None:
        """Take the design home as a file."""
        from app.exporting.dialog import ExportDialog

        ExportDialog(self.session, self.canvas, self.desk, self).exec()

    def show_panel(self, title: str) -> None:
        """Bring a tab of the bottom dock to the front."""
        if self.documents.current is not None:  # the start page has no panels
            self.docks.show_tab(title)

    def add_from_palette(self, block: str) -> None:
        """Add a block in the middle of what the canvas shows."""
        self.canvas.open_wire = None
        self.canvas.add_block(block, self.canvas.mapToScene(self.canvas.viewport().rect().center()))

    def add_stage(self, fragment: Graph) -> None:
        """Add a stage of the person's own in the middle of what the canvas shows."""
        middle = self.canvas.mapToScene(self.canvas.viewport().rect().center())
        self.canvas.editor.add_fragment(fragment, (), middle.x(), middle.y())

    def open_recent(self, path: str, _checked: bool = False) -> None:
        """Open a file of the recent list."""
        self.documents.open(File(path))

    def open_door(self, door: str) -> None:
        """What the start page and an empty canvas offer."""
        from app.newdesign import blank
        from hybridgraph import presets

        if door == "import":
            self.documents.ask_open()
        elif door == "preset":
            self.documents.new()
        elif door == "blank":
            self.documents.start(blank(28, 1, 10))
        else:
            self.documents.start(presets.build(presets.SAMPLE))
            if door == "tour":
                self.tour.begin()

    def toggle_theme(self) -> None:
        """Go from dark to light and back."""
        self.set_theme(LIGHT if self.theme.is_dark else DARK)
        self.settings.setValue("theme", self.theme.name)

    def set_theme(self, theme: Theme) -> None:
        """Repaint everything in another theme."""
        self.theme = theme
        application = QApplication.instance()
        if isinstance(application, QApplication):
            themes.apply(application, theme)
        for part in (
            self.canvas,
            self.palette_panel,
            self.inspector,
            self.problems,
            self.source,
            self.training,
            self.queue,
            self.profiling,
            self.runs,
            self.topbar,
            self.pattern,
            self.pages,
            self.tour,
            self.line,
            self.toast,
            self.actions_set,
        ):
            part.set_theme(theme)

    def restart_engine(self) -> None:
        """End the engine and start a fresh one."""
        self.engine.stop()
        self.engine.start()

    def show_help(self, path: Path | None = None) -> None:
        """Show what the selected block is."""
        if path:
            self.session.select([path])
        self.docks["Inspector"].show()
        self.inspector.show_description()

    def show_shortcuts(self) -> None:
        """Show every action with its keys, to read and to change."""
        from app.settings.shortcut_sheet import (
            ShortcutSheet,  # it reads the table of actions, which runs the window
        )

        ShortcutSheet(self.actions_set, self).show()

    def compare_with(self, name: str, graph: Graph) -> None:
        """Show how the design differs from another one."""
        from app.comparison import doing as comparing

        comparing.begin(self, name, graph)

    def show_versions(self) -> None:
        """Show what the file held at earlier times."""
        from app.versionsdialog import VersionsDialog

        VersionsDialog(self.documents, self.session, self.theme, self).exec()

    def show_about(self) -> None:
        """Say what this program is."""
        from app import dialogs

        dialogs.show_about(self)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.is_furnished and self.areas.tab(forward=forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes, remember the sizes, end the engine. Runs go on."""
        if not self.is_furnished:
            return
        if not self.documents.may_close_all():
            event.ignore()
            return
        self.docks.save(self.settings)
        self.runs.keeper.close()
        self.returning.leave()
        self.documents.finish()
        self.engine.stop()
        event.accept()
