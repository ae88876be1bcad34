"""The composition root: `python -m app [DESIGN] [--demo] [--theme dark|light] [--size WxH] [--screenshot OUT.png]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import assets
from app import language
from app import theme as themes
from app.engine_client import EngineClient
from app.runs import RunDesk
from app.session import Session
from app.theme import DARK, LIGHT, Theme
from app.window import MainWindow
from hybridgraph import catalog, designs, presets
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.runs import default_root

ENGINE_DELAY_MS = 50
"""The engine starts after the first paint, so that loading torch takes nothing from it."""
SCREENSHOT_PATIENCE_MS = 60_000


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="hybridgraph app", description="Open the designer.")
    parser.add_argument("design", nargs="?", help="a design file, a preset or a pattern")
    parser.add_argument("--demo", action="store_true", help="open the sample design, ready to train")
    parser.add_argument("--theme", choices=("dark", "light"), help="instead of the one used last")
    parser.add_argument("--size", metavar="WxH", help="size of the window in pixels")
    parser.add_argument("--screenshot", metavar="OUT.png", type=Path, help="render the window and quit")
    parser.add_argument("--language", metavar="CODE", help="instead of that of the system, such as de")
    parser.add_argument("--runs", type=Path, help="where runs are kept")
    return parser.parse_args(arguments)


def design_of(name: str | None, *, demo: bool) -> tuple[Graph, Path | None]:
    """The design to begin with and its file, if it has one. Raises HybridGraphError."""
    if name is None:
        return (presets.build(presets.SAMPLE), None) if demo else (Graph(), None)
    if designs.is_variant(name):
        return designs.build(name), None
    return files.load(name), Path(name)


def size_of(text: str | None) -> tuple[int, int] | None:
    """Width and height of `1680x1020`. Raises ValueError."""
    if text is None:
        return None
    width, _, height = text.casefold().partition("x")
    return int(width), int(height)


def default_state() -> Path:
    """Where is kept what must survive the window: unsaved work, earlier versions, what was open."""
    return platformdirs.user_state_path("HybridGraph", appauthor=False)


def compose(
    theme: Theme, settings: QSettings, runs_root: Path, *, state: Path | None = None, with_engine: bool = True
) -> MainWindow:
    """The window and everything behind it."""
    session = Session(catalog.load())
    engine = EngineClient(session, parent=session)
    desk = RunDesk(engine, runs_root, parent=session)
    stages = (state or platformdirs.user_data_path("HybridGraph", appauthor=False)) / "stages"
    window = MainWindow(session, engine, desk, theme, settings, state or default_state(), stages=stages)
    session.setParent(window)
    if with_engine:
        QTimer.singleShot(ENGINE_DELAY_MS, engine, engine.start)
    return window


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window; 0 when it was closed, 1 when the design cannot be opened or the picture not be made."""
    options = read_arguments(arguments)
    try:
        size = size_of(options.size)
        graph, file = design_of(options.design, demo=options.demo)
    except ValueError as error:
        sentence = (
            str(error)
            if isinstance(error, HybridGraphError)
            else f"{options.size} is no size like 1680x1020."
        )
        print(sentence, file=sys.stderr)
        return 1
    except HybridGraphError as error:
        print(error, file=sys.stderr)
        return 1
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("HybridGraph")
    application.setOrganizationName("HybridGraph")
    application.setWindowIcon(QIcon(str(assets.path("icons", "hybridgraph.svg"))))
    settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "HybridGraph", "designer")
    if options.screenshot:
        settings = QSettings("", QSettings.Format.IniFormat)  # the picture does not depend on former sizes
    language.speak(language.wished(settings, options.language))
    name = options.theme or settings.value("theme", "dark")
    theme = LIGHT if name == "light" else DARK
    themes.apply(application, theme)
    window = compose(theme, settings, options.runs or default_root())
    if size is not None:
        window.resize(*size)
    if graph.nodes or file is not None:
        window.pages.await_design()
    window.show()
    application.processEvents()  # the window stands before its design is laid out
    if not options.screenshot:
        window.returning.restore(to_front=file is None and not graph.nodes)
    if file is not None:
        window.documents.open(file)
    elif graph.nodes:
        window.documents.start(graph)
    if options.screenshot:
        return photograph(application, window, options.screenshot)
    QTimer.singleShot(0, window.returning, window.returning.offer_recovery)
    QTimer.singleShot(0, window.training, window.training.open_running)
    QTimer.singleShot(0, window.shelf, window.shelf.read)
    return application.exec()


def photograph(application: QApplication, window: MainWindow, target: Path) -> int:
    """Wait for the engine's word, save a picture of the window, and end."""
    done: list[bool] = []

    def shoot() -> None:
        window.canvas.frame_all()
        QTimer.singleShot(600, window, save)  # the panels settle and motion ends

    def save() -> None:
        done.append(window.grab().save(str(target)))
        window.session.undo_stack.setClean()
        application.quit()

    if window.session.graph.nodes:
        window.session.analysis_changed.connect(shoot)
    else:
        QTimer.singleShot(0, window, shoot)
    QTimer.singleShot(SCREENSHOT_PATIENCE_MS, window, application.quit)
    application.exec()
    window.engine.stop()
    if not done:
        print("The engine did not answer in time, so no picture was made.", file=sys.stderr)
        return 1
    if not done[0]:
        print(f"Cannot write the picture {target}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
