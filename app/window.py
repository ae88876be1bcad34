"""The main window: it assembles canvas and panels and carries words between them; it decides nothing itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path as File

from PySide6.QtCore import QSettings
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app import choosers, dialogs, preferences
from app import theme as themes
from app.actions import ActionSet
from app.areas import Areas
from app.canvas.view import CanvasView
from app.comparison import doing as comparing
from app.docks import Docks
from app.documents.asking import Asker, DialogAsker
from app.documents.desk import Documents
from app.documents.returning import Returning
from app.documents.vigil import Vigil
from app.engine_client import EngineClient
from app.forecasting import forecasting_inspector
from app.language import tr
from app.newdesign import blank
from app.pages import Pages
from app.panels.inspector import Inspector
from app.panels.palette import Palette
from app.panels.problems import Problems
from app.panels.profile import ProfilePanel
from app.panels.source import SourcePanel
from app.panels.training import TrainingPanel
from app.patternfield import PatternField
from app.runs import RunDesk
from app.session import Session
from app.shelf import Shelf
from app.statusline import StatusLine
from app.surveyor import Surveyor
from app.swapping import offer_swaps
from app.theme import DARK, LIGHT, Theme
from app.toast import Toast
from app.topbar import TopBar
from app.tour import STOPS, Stop, Tour
from hybridgraph import presets
from hybridgraph.graph.model import Graph, Path


class MainWindow(QMainWindow):
    """The open designs in one window."""

    def __init__(
        self,
        session: Session,
        engine: EngineClient,
        desk: RunDesk,
        theme: Theme,
        settings: QSettings,
        state: File,
        asker: Asker | None = None,
        stages: File | None = None,
    ) -> None:
        """`state` is the folder of what is kept between starts, `stages` that of the person's own stages."""
        super().__init__()
        self.session: Session = session
        self.engine, self.desk = engine, desk
        self.theme: Theme = theme
        self.settings: QSettings = settings
        self.setWindowTitle("HybridGraph")
        self.resize(1680, 1020)
        asker = asker or DialogAsker(lambda: self.theme)
        self.documents: Documents = Documents(session, self, settings, asker, state)
        self.canvas: CanvasView = CanvasView(session, theme, self)
        self.surveyor = Surveyor(engine, self)
        self.pattern: PatternField = PatternField(session, theme, self.canvas)
        self.shelf = Shelf(stages or state / "stages", self)
        self.palette_panel = Palette(session, theme, shelf=self.shelf)
        self.inspector: Inspector = forecasting_inspector(session, engine, theme, settings)
        self.problems = Problems(session, theme)
        self.source = SourcePanel(session, engine, theme)
        self.training = TrainingPanel(session, desk, theme)
        self.profiling = ProfilePanel(session, desk, theme)
        self.topbar = TopBar(self.documents, theme)
        self.line = StatusLine(session, theme, units=self.inspector.units)
        work = [self.training, self.profiling, self.problems, self.source]
        self.docks = Docks(self, self.palette_panel, self.inspector, work)
        self.tabs = self.docks.tabs
        self.pages = Pages(self.documents, self.canvas, self.docks, theme)
        self.returning = Returning(self.documents, session, self.pages.notices, state)
        self.vigil = Vigil(self.documents, session, self.pages.notices)
        self.setMenuWidget(self.topbar)
        self.setCentralWidget(self.pages)
        self.setStatusBar(self.line)
        self.tour = Tour(self, self._tour_steps(), theme, self.settings)
        self.toast = Toast(self.pages.stack, theme)
        self.actions_set = ActionSet(self, self.topbar.menus)
        self._recent_menu = self.actions_set.menus["File"].addMenu(tr("Recent"))
        self._fill_recent()
        self.areas: Areas = Areas(self._parts)
        self._connect()
        self._restore()

    # ------------------------------------------------------------------------------------------------- assembling

    def _tour_steps(self) -> tuple[Stop, ...]:
        widgets = (self.palette_panel, self.canvas, self.inspector, self.topbar.train, self.topbar.export)
        return tuple(Stop(widget, *words) for widget, words in zip(widgets, STOPS, strict=True))

    def _parts(self) -> tuple[QWidget, ...]:
        return (self.topbar, self.palette_panel, self.pages, self.inspector, self.tabs, self.line)

    def _connect(self) -> None:
        session = self.session
        session.notified.connect(self.toast.tell)
        session.document_changed.connect(self._retitle)
        self.engine.state_changed.connect(self.topbar.show_engine)
        self.engine.state_changed.connect(self.line.show_engine)
        for show in (self.topbar.show_devices, self.training.show_devices, self.profiling.show_devices):
            self.engine.hello_received.connect(show)
        self.canvas.zoom_changed.connect(self.line.show_zoom)
        self.canvas.help_requested.connect(self.show_help)
        self.canvas.search_requested.connect(partial(choosers.offer_blocks, self))
        self.canvas.swap_requested.connect(partial(offer_swaps, self))
        self.canvas.menu_requested.connect(partial(choosers.show_menu, self))
        self.canvas.door_requested.connect(self.open_door)
        self.palette_panel.add_requested.connect(self.add_from_palette)
        self.palette_panel.stage_requested.connect(self.add_stage)
        self.problems.frame_requested.connect(lambda _path: self.canvas.frame_selection())
        self.problems.repair_requested.connect(partial(choosers.offer_repairs, self))
        self.problems.counted.connect(self.docks.count_problems)
        self.line.problems_requested.connect(partial(self.show_panel, "Problems"))
        self.training.progress_changed.connect(self.docks.progress.setText)
        for name, button in (
            ("train", self.topbar.train),
            ("profile", self.topbar.profile),
            ("export", self.topbar.export),
        ):
            self.actions_set.bind(name, button)
        self.documents.recent_changed.connect(self._fill_recent)
        self.documents.tabs_changed.connect(self._retitle)
        self.documents.compare_wanted.connect(self.compare_with)
        self.pages.start.asked.connect(self.open_door)
        self.tour.finished.connect(self._recommend_tour)
        view = self.actions_set.menus["View"]
        view.addSeparator()
        for dock in self.docks.all.values():
            view.addAction(dock.toggleViewAction())

    def _restore(self) -> None:
        self.docks.restore(self.settings)
        preferences.restore(self)
        self.pages.show_page(self.documents.current)
        self._recommend_tour()
        self._retitle()

    def _recommend_tour(self) -> None:
        self.pages.start.recommend_tour(wanted=not self.tour.was_seen)

    def _retitle(self) -> None:
        dot = " •" if self.session.is_dirty else ""
        name = "" if self.documents.current is None else f"{self.session.title}{dot} - "
        self.setWindowTitle(f"{name}HybridGraph")

    def _fill_recent(self) -> None:
        self._recent_menu.clear()
        for path in self.documents.recent:
            self._recent_menu.addAction(path).triggered.connect(partial(self.open_recent, path))
        self._recent_menu.setEnabled(not self._recent_menu.isEmpty())

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
            self.profiling,
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
        from app.shortcut_sheet import ShortcutSheet  # it reads the table of actions, which runs the window

        ShortcutSheet(self.actions_set, self).show()

    def compare_with(self, name: str, graph: Graph) -> None:
        """Show how the design differs from another one."""
        comparing.begin(self, name, graph)

    def show_versions(self) -> None:
        """Show what the file held at earlier times."""
        from app.versionsdialog import VersionsDialog

        VersionsDialog(self.documents, self.session, self.theme, self).exec()

    def show_about(self) -> None:
        """Say what this program is."""
        dialogs.show_about(self)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.areas.tab(forward=forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes, remember the sizes, end the engine. Runs go on."""
        if not self.documents.may_close_all():
            event.ignore()
            return
        self.docks.save(self.settings)
        self.returning.leave()
        self.documents.finish()
        self.engine.stop()
        event.accept()
