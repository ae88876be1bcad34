"""The composition root: `python -m app [DESIGN] [--demo] [--theme dark|light] [--size WxH] [--screenshot OUT.png]`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.theme import DARK, LIGHT
from app.window import MainWindow

if TYPE_CHECKING:  # a bare window is painted before the rest is loaded
    from pathlib import Path

    from hybridgraph.graph.model import Graph

PAINT_PATIENCE_S = 0.5
"""How long the rest waits for the bare window to be painted; one that nobody sees is never painted."""
SCREENSHOT_PATIENCE_MS = 60_000


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="hybridgraph app", description="Open the designer.")
    parser.add_argument("design", nargs="?", help="a design file, a preset or a pattern")
    parser.add_argument("--demo", action="store_true", help="open the sample design, ready to train")
    parser.add_argument("--theme", choices=("dark", "light"), help="instead of the one used last")
    parser.add_argument("--size", metavar="WxH", help="size of the window in pixels")
    parser.add_argument("--screenshot", metavar="OUT.png", help="render the window and quit")
    parser.add_argument("--language", metavar="CODE", help="instead of that of the system, such as de")
    parser.add_argument("--runs", help="where runs are kept")
    return parser.parse_args(arguments)


def design_of(name: str | None, *, demo: bool) -> tuple[Graph, Path | None]:
    """The design to begin with and its file, if it has one. Raises HybridGraphError."""
    from pathlib import Path

    from hybridgraph import designs, presets
    from hybridgraph.graph import files
    from hybridgraph.graph.model import Graph

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window; 0 when it was closed, 1 when the design cannot be opened or the picture not be made."""
    options = read_arguments(arguments)
    try:
        size = size_of(options.size)
    except ValueError:
        print(f"{options.size} is no size like 1680x1020.", file=sys.stderr)
        return 1
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("HybridGraph")
    application.setOrganizationName("HybridGraph")
    settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "HybridGraph", "designer")
    if options.screenshot:
        settings = QSettings("", QSettings.Format.IniFormat)  # the picture does not depend on former sizes
    name = options.theme or settings.value("theme", "dark")
    window = MainWindow(LIGHT if name == "light" else DARK, settings)
    if size is not None:
        window.resize(*size)
    stand(window, application)
    return run(window, application, options)


def stand(window: MainWindow, application: QApplication) -> None:
    """Show the bare window and wait until it is painted: its parts are loaded meanwhile unseen."""
    window.show()
    application.processEvents()
    patience = time.monotonic() + PAINT_PATIENCE_S
    while not window.windowHandle().isExposed() and time.monotonic() < patience:
        application.processEvents()
        time.sleep(0.001)


def run(window: MainWindow, application: QApplication, options: argparse.Namespace) -> int:
    """Furnish the window, open what was asked for, and stay until it is closed."""
    from pathlib import Path

    from PySide6.QtGui import QIcon

    import assets
    from app import language
    from app import theme as themes
    from app.composition import compose
    from hybridgraph.errors import HybridGraphError
    from hybridgraph.runs import default_root

    try:
        graph, file = design_of(options.design, demo=options.demo)
    except HybridGraphError as error:
        window.close()
        print(error, file=sys.stderr)
        return 1
    application.setWindowIcon(QIcon(str(assets.path("icons", "hybridgraph.svg"))))
    language.speak(language.wished(window.settings, options.language))
    themes.apply(application, window.theme)
    compose(window, Path(options.runs) if options.runs else default_root())
    if graph.nodes or file is not None:
        window.pages.await_design()
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
    QTimer.singleShot(0, window.queue, window.queue.desk.wake)
    QTimer.singleShot(0, window.shelf, window.shelf.read)
    return application.exec()


def photograph(application: QApplication, window: MainWindow, target: str) -> int:
    """Wait for the engine's word, save a picture of the window, and end."""
    done: list[bool] = []

    def shoot() -> None:
        window.canvas.frame_all()
        QTimer.singleShot(600, window, save)  # the panels settle and motion ends

    def save() -> None:
        done.append(window.grab().save(target))
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
