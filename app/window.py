"""The main window: it assembles canvas and panels and carries words between them; it decides nothing itself."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow, QTabWidget, QWidget

from app import choosers, dialogs
from app import theme as themes
from app.actions import ActionSet
from app.canvas.view import CanvasView
from app.documents import Asker, DialogAsker, Documents
from app.engine_client import EngineClient
from app.newdesign import blank
from app.panels.inspector import Inspector
from app.panels.palette import Palette
from app.panels.problems import Problems
from app.panels.profile import ProfilePanel
from app.panels.source import SourcePanel
from app.panels.training import TrainingPanel
from app.runs import RunDesk
from app.session import Session
from app.statusline import StatusLine
from app.theme import DARK, LIGHT, Theme
from app.toast import Toast
from app.topbar import TopBar
from hybridgraph import presets
from hybridgraph.graph.model import Path

TABS = ("Train", "Profile", "Problems", "Source")


class MainWindow(QMainWindow):
    """One document in one window."""

    def __init__(
        self,
        session: Session,
        engine: EngineClient,
        desk: RunDesk,
        theme: Theme,
        settings: QSettings,
        asker: Asker | None = None,
    ) -> None:
        super().__init__()
        self.session = session
        self.engine = engine
        self.desk = desk
        self.theme = theme
        self.settings = settings
        self.setWindowTitle("HybridGraph")
        self.resize(1680, 1020)
        self.documents = Documents(session, self, settings, asker or DialogAsker(lambda: self.theme))
        self.canvas = CanvasView(session, theme, self)
        self.palette_panel = Palette(session, theme)
        self.inspector = Inspector(session, theme)
        self.problems = Problems(session, theme)
        self.source = SourcePanel(session, engine, theme)
        self.training = TrainingPanel(session, desk, theme)
        self.profiling = ProfilePanel(session, desk, theme)
        self.topbar = TopBar(session, theme)
        self.line = StatusLine(session, theme)
        self.setMenuWidget(self.topbar)
        self.setCentralWidget(self.canvas)
        self.setStatusBar(self.line)
        self._add_docks()
        self.toast = Toast(self.canvas, theme)
        self.actions_set = ActionSet(self, self.topbar.menus)
        self._recent_menu = self.actions_set.menus["File"].addMenu("Recent")
        self._fill_recent()
        self._connect()
        self._restore()

    # ------------------------------------------------------------------------------------------------- assembling

    def _add_docks(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        for title, panel in zip(
            TABS, (self.training, self.profiling, self.problems, self.source), strict=True
        ):
            self.tabs.addTab(panel, title)
        self._progress = QLabel()
        self._progress.setProperty("role", "number")
        self._progress.setContentsMargins(0, 0, 16, 10)
        self.tabs.setCornerWidget(self._progress)
        area = Qt.DockWidgetArea
        self.setCorner(Qt.Corner.BottomLeftCorner, area.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)
        self.docks: dict[str, QDockWidget] = {}
        for title, where, widget, size in (
            ("Blocks", area.LeftDockWidgetArea, self.palette_panel, 224),
            ("Inspector", area.RightDockWidgetArea, self.inspector, 330),
            ("Work", area.BottomDockWidgetArea, self.tabs, 300),
        ):
            dock = QDockWidget(title, self)
            dock.setObjectName(title.lower())
            dock.setTitleBarWidget(QWidget())
            dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
            dock.setWidget(widget)
            self.addDockWidget(where, dock)
            side = Qt.Orientation.Vertical if title == "Work" else Qt.Orientation.Horizontal
            self.resizeDocks([dock], [size], side)
            self.docks[title] = dock

    def _connect(self) -> None:
        session = self.session
        session.notified.connect(self.toast.tell)
        session.document_changed.connect(self._retitle)
        self.engine.state_changed.connect(self.topbar.show_engine)
        self.engine.state_changed.connect(self.line.show_engine)
        self.engine.hello_received.connect(self.topbar.show_devices)
        self.engine.hello_received.connect(self.training.show_devices)
        self.engine.hello_received.connect(self.profiling.show_devices)
        self.canvas.zoom_changed.connect(self.line.show_zoom)
        self.canvas.help_requested.connect(self.show_help)
        self.canvas.search_requested.connect(partial(choosers.offer_blocks, self))
        self.canvas.menu_requested.connect(partial(choosers.show_menu, self))
        self.canvas.door_requested.connect(self.open_door)
        self.palette_panel.add_requested.connect(self.add_from_palette)
        self.problems.frame_requested.connect(lambda _path: self.canvas.frame_selection())
        self.problems.counted.connect(self._count_problems)
        self.line.problems_requested.connect(partial(self.show_panel, "Problems"))
        self.training.progress_changed.connect(self._progress.setText)
        for name, button in (
            ("train", self.topbar.train),
            ("profile", self.topbar.profile),
            ("export", self.topbar.export),
        ):
            self.actions_set.bind(name, button)
        self.documents.recent_changed.connect(self._fill_recent)
        self.documents.opened.connect(self.canvas.frame_all)
        view = self.actions_set.menus["View"]
        view.addSeparator()
        for dock in self.docks.values():
            view.addAction(dock.toggleViewAction())

    def _restore(self) -> None:
        geometry, state = self.settings.value("geometry"), self.settings.value("state")
        if geometry is not None:
            self.restoreGeometry(geometry)
        if state is not None:
            self.restoreState(state)
        self._retitle()

    def _retitle(self) -> None:
        dot = " •" if self.session.is_dirty else ""
        self.setWindowTitle(f"{self.session.title}{dot} - HybridGraph")

    def _fill_recent(self) -> None:
        self._recent_menu.clear()
        for path in self.documents.recent:
            action = QAction(path, self._recent_menu)
            action.triggered.connect(partial(self.documents.open_recent, path))
            self._recent_menu.addAction(action)
        self._recent_menu.setEnabled(not self._recent_menu.isEmpty())

    def _count_problems(self, count: int) -> None:
        self.tabs.setTabText(TABS.index("Problems"), f"Problems  {count}" if count else "Problems")

    # ------------------------------------------------------------------------------------------------- actions

    def train(self) -> None:
        """Start training, or show why not."""
        self.show_panel("Train")
        self.training.train()

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
        from app.exporting import ExportDialog

        ExportDialog(self.session, self.canvas, self.desk, self).exec()

    def show_panel(self, title: str) -> None:
        """Bring a tab of the bottom dock to the front."""
        self.docks["Work"].show()
        self.tabs.setCurrentIndex(TABS.index(title))

    def rename(self) -> None:
        """Put the cursor into the name."""
        self.docks["Inspector"].show()
        self.inspector.edit_name()

    def paste(self) -> None:
        """Add what the clipboard holds where the mouse is."""
        self.canvas.paste()

    def add_from_palette(self, block: str) -> None:
        """Add a block in the middle of what the canvas shows."""
        self.canvas.open_wire = None
        self.canvas.add_block(block, self.canvas.mapToScene(self.canvas.viewport().rect().center()))

    def open_door(self, door: str) -> None:
        """What an empty canvas offers."""
        if door == "import":
            self.documents.ask_open()
        elif door == "preset":
            self.documents.new()
        elif door == "tour":
            self.session.new(presets.build(presets.SAMPLE))
            self.canvas.frame_all()
            self.session.notified.emit(
                "info", "Click a block to change it, drag one from the left onto a wire, then press Train."
            )
        else:
            self.session.new(blank(28, 1, 10))
            self.canvas.frame_all()

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
            self.profiling,
            self.topbar,
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

    def show_about(self) -> None:
        """Say what this program is."""
        dialogs.show_about(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes, remember the sizes, end the engine. Runs go on."""
        if not self.documents.may_replace():
            event.ignore()
            return
        self.settings.setValue("geometry", self.saveGeometry())
        self.settings.setValue("state", self.saveState())
        self.engine.stop()
        event.accept()
