"""What stands in the window: canvas, panels and bars, made and connected once the bare window is on the screen."""

from __future__ import annotations

from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QMenu

from app.actionset import ActionSet
from app.areas import Areas
from app.canvas.view import CanvasView
from app.choosing import choosers
from app.choosing.surveyor import Surveyor
from app.choosing.swapping import offer_swaps
from app.data import arrivals, offering
from app.data.dropping import DropTarget
from app.docks import Docks
from app.documents.asking import Asker, DialogAsker
from app.documents.desk import Documents
from app.documents.returning import Returning
from app.documents.vigil import Vigil
from app.engine_client import EngineClient
from app.forecasting import forecasting_inspector
from app.language import tr
from app.ownblocks.desk import OwnBlocks
from app.pages import Pages
from app.panels.palette import Palette
from app.panels.problems import Problems
from app.panels.source import SourcePanel
from app.panels.training import TrainingPanel
from app.patternfield import PatternField
from app.preflight.overlay import Shading
from app.profiling.panel import ProfilePanel
from app.queue.desk import QueueDesk
from app.queue.panel import QueuePanel
from app.runs import RunDesk
from app.runstable.views import RunViews
from app.session import Session
from app.settings import preferences
from app.stages.shelf import Shelf
from app.start.tour import STOPS, Stop, Tour
from app.statusline import StatusLine
from app.toast import Toast
from app.topbar import TopBar

if TYPE_CHECKING:
    from app.window import MainWindow
    from hybridgraph.runs import Run


def furnish(
    window: MainWindow,
    session: Session,
    engine: EngineClient,
    desk: RunDesk,
    state: File,
    asker: Asker | None = None,
    stages: File | None = None,
) -> None:
    """Fill a bare window, in one go and unseen until all is there.

    `state` is the folder of what is kept between starts, `stages` that of the person's own stages.
    """
    window.setUpdatesEnabled(False)
    window.session, window.engine, window.desk = session, engine, desk
    _make(window, state, asker, stages)
    _connect(window)
    window.docks.restore(window.settings)
    preferences.restore(window)
    window.fill_recent()
    window.pages.show_page(window.documents.current)
    window.recommend_tour()
    window.retitle()
    window.is_furnished = True
    if window.isVisible():
        QApplication.sendPostedEvents()  # what was put in is shown and laid out before it is painted
    window.setUpdatesEnabled(True)


def _make(window: MainWindow, state: File, asker: Asker | None, stages: File | None) -> None:
    session, engine, desk, theme = window.session, window.engine, window.desk, window.theme
    asker = asker or DialogAsker(lambda: window.theme)
    window.documents = Documents(session, window, window.settings, asker, state)
    window.blocks = OwnBlocks(session, engine, window.documents)
    window.canvas = CanvasView(session, theme, window)
    window.surveyor = Surveyor(engine, window)
    window.pattern = PatternField(session, theme, window.canvas)
    window.shelf = Shelf(stages or state / "stages", window)
    window.palette_panel = Palette(session, theme, shelf=window.shelf)
    window.inspector = forecasting_inspector(session, engine, theme, window.settings)
    window.problems = Problems(session, theme)
    window.source = SourcePanel(session, engine, theme)
    window.training = TrainingPanel(session, desk, theme)
    window.queue = QueuePanel(session, QueueDesk(desk.root, window), theme)
    window.profiling = ProfilePanel(session, desk, theme)
    window.topbar = TopBar(window.documents, theme)
    window.line = StatusLine(session, theme, units=window.inspector.units)
    window.runs = RunViews(window)
    work = [
        window.training,
        window.queue,
        window.profiling,
        window.runs.bakeoff,
        window.runs.table,
        window.problems,
        window.source,
    ]
    window.docks = Docks(window, window.palette_panel, window.inspector, work)
    window.tabs = window.docks.tabs
    window.pages = Pages(window.documents, window.canvas, window.docks, theme)
    window.returning = Returning(window.documents, session, window.pages.notices, state)
    window.vigil = Vigil(window.documents, session, window.pages.notices)
    window.setMenuWidget(window.topbar)
    window.setCentralWidget(window.pages)
    window.setStatusBar(window.line)
    for part in (window.topbar, window.pages, window.line):
        part.show()  # in a window that stands already Qt would do so later, and lay the docks out without them
    window.tour = Tour(window, _tour_steps(window), theme, window.settings)
    window.toast = Toast(window.pages.stack, theme)
    window.actions_set = ActionSet(window, window.topbar.menus)
    menu = window.actions_set.menus["File"]
    window.recent_menu = QMenu(tr("Recent"), menu)
    menu.insertMenu(window.actions_set["import"], window.recent_menu)
    window.areas = Areas(window.parts)
    DropTarget(window, lambda: window.theme, arrivals.in_words, partial(arrivals.receive, window))


def _show_run(window: MainWindow, run: Run) -> None:
    window.training.open_run(run)
    window.show_panel("Train")


def _tour_steps(window: MainWindow) -> tuple[Stop, ...]:
    widgets = (
        window.palette_panel, window.canvas, window.inspector, window.topbar.train, window.topbar.export
    )  # fmt: skip
    return tuple(Stop(widget, *words) for widget, words in zip(widgets, STOPS, strict=True))


def _connect(window: MainWindow) -> None:
    session, engine, canvas = window.session, window.engine, window.canvas
    session.notified.connect(window.toast.tell)
    session.document_changed.connect(window.retitle)
    engine.state_changed.connect(window.topbar.show_engine)
    engine.state_changed.connect(window.line.show_engine)
    for show in (window.topbar.show_devices, window.training.show_devices, window.profiling.show_devices):
        engine.hello_received.connect(show)
    canvas.zoom_changed.connect(window.line.show_zoom)
    canvas.help_requested.connect(window.show_help)
    canvas.search_requested.connect(partial(choosers.offer_blocks, window))
    canvas.swap_requested.connect(partial(offer_swaps, window))
    canvas.menu_requested.connect(partial(choosers.show_menu, window))
    canvas.door_requested.connect(window.open_door)
    window.pattern.followed.connect(window.inspector.bias.show_pattern)
    window.inspector.bias.chosen.connect(partial(window.pattern.make, tr("Inductive bias")))
    window.palette_panel.add_requested.connect(window.add_from_palette)
    window.palette_panel.stage_requested.connect(window.add_stage)
    window.problems.frame_requested.connect(lambda _path: window.canvas.frame_selection())
    window.problems.repair_requested.connect(partial(choosers.offer_repairs, window))
    window.problems.counted.connect(window.docks.count_problems)
    window.line.problems_requested.connect(partial(window.show_panel, "Problems"))
    window.training.queue_requested.connect(window.queue.add)
    window.queue.waiting_changed.connect(window.docks.count_waiting)
    window.queue.run_requested.connect(partial(_show_run, window))
    window.training.progress_changed.connect(window.docks.progress.setText)
    window.training.strip.went.connect(window.canvas.frame_selection)
    Shading(canvas, window.training.preflight)
    window.training.form.look.clicked.connect(lambda: offering.look_again(window))
    for name, button in (
        ("train", window.topbar.train),
        ("profile", window.topbar.profile),
        ("export", window.topbar.export),
        ("results", window.training.plots.results),
    ):
        window.actions_set.bind(name, button)
    window.documents.recent_changed.connect(window.fill_recent)
    window.documents.tabs_changed.connect(window.retitle)
    window.documents.compare_wanted.connect(window.compare_with)
    window.pages.start.asked.connect(window.open_door)
    window.tour.finished.connect(window.recommend_tour)
    view = window.actions_set.menus["View"]
    view.addSeparator()
    for dock in window.docks.all.values():
        view.addAction(dock.toggleViewAction())
