"""The main window: it assembles canvas and panels and carries words between them; it decides nothing itself."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSettings, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow, QTabWidget, QWidget

from app import dialogs
from app import theme as themes
from app.actions import ACTIONS, ActionSet
from app.canvas.view import CanvasView
from app.documents import Asker, Documents
from app.engine_client import EngineClient
from app.panels import facts
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
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Node, Path

TABS = ("Train", "Profile", "Problems", "Source")


class MainWindow(QMainWindow):
    """One document in one window."""

    painted = Signal()

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
        self.documents = Documents(session, self, settings, asker)
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
        self._progress.setContentsMargins(0, 0, 16, 0)
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
        self.palette_panel.add_requested.connect(self.add_block)
        self.problems.frame_requested.connect(lambda _path: self.canvas.frame_selection())
        self.problems.counted.connect(self._count_problems)
        self.line.problems_requested.connect(partial(self.show_panel, "Problems"))
        self.training.progress_changed.connect(self._progress.setText)
        self.topbar.train.clicked.connect(self.train)
        self.topbar.profile.clicked.connect(self.profile)
        self.topbar.export.clicked.connect(self.export)
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

    def search_blocks(self) -> None:
        """Put the cursor into the palette's search box."""
        self.docks["Blocks"].show()
        self.palette_panel.search.setFocus()
        self.palette_panel.search.selectAll()

    def add_block(self, block: str) -> None:
        """Add a block in the middle of what the canvas shows, and select it."""
        centre = self.canvas.mapToScene(self.canvas.viewport().rect().center())
        names: list[str] = []

        def edit(graph: Graph) -> Graph:
            names.append(edits.fresh_id(graph.nodes.keys(), block))
            return edits.add_node(graph, Node(id=names[-1], block=block, x=centre.x(), y=centre.y()))

        title = self.session.catalogue[block].title
        if self.session.apply(f"Add {title}", edit):
            self.session.select([(names[-1],)])

    def show_commands(self) -> None:
        """Offer everything the window can do, by name."""
        offers = [
            dialogs.Offer(
                title=action.title.removesuffix("…"),
                aside=self.actions_set[action.id].shortcut().toString(),
                words=action.menu,
                is_enabled=self.actions_set[action.id].isEnabled(),
                run=self.actions_set[action.id].trigger,
            )
            for action in ACTIONS
            if action.id != "commands"
        ]
        dialogs.Chooser(offers, "What do you want to do?", self).show()

    def find_nodes(self) -> None:
        """Offer every node by its name."""
        offers = []
        for path, item in self.session.graph.walk():
            spec = facts.spec_of(item, self.session.catalogue)
            title = facts.title_of(item, self.session.catalogue)
            offers.append(
                dialogs.Offer(
                    title=title,
                    aside=" › ".join(path[:-1]),
                    words=f"{spec.title if spec else ''} {path[-1]}",
                    run=partial(self._go, path),
                )
            )
        dialogs.Chooser(offers, "Find a block or stage", self).show()

    def _go(self, path: Path) -> None:
        self.session.select([path])
        self.canvas.frame_selection()

    def toggle_minimap(self) -> None:
        """Show or hide the map."""
        self.canvas.minimap.setVisible(not self.canvas.minimap.isVisible())

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
        ):
            part.set_theme(theme)

    def restart_engine(self) -> None:
        """End the engine and start a fresh one."""
        self.engine.stop()
        self.engine.start()

    def show_help(self, path: Path | None = None) -> None:
        """Show what the selected block is, and open its paper when it has one."""
        if path:
            self.session.select([path])
        self.docks["Inspector"].show()
        self.inspector.show_description()

    def show_about(self) -> None:
        """Say what this program is."""
        dialogs.show_about(self)

    def open_folder(self, path: str) -> None:
        """Show a folder in the system's file browser."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes, remember the sizes, end the engine. Runs go on."""
        if not self.documents.may_replace():
            event.ignore()
            return
        self.settings.setValue("geometry", self.saveGeometry())
        self.settings.setValue("state", self.saveState())
        self.engine.stop()
        event.accept()
