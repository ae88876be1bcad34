"""Opening the window of results; what it is made of is loaded when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.language import tr

if TYPE_CHECKING:
    from app.results.window import ResultsWindow
    from app.window import MainWindow
    from hybridgraph.runs import Run


def show_results(window: MainWindow, run: Run) -> ResultsWindow:
    """Show what came of a run, in the one window there is for that."""
    from app.results.window import ResultsWindow

    shown = window.findChild(ResultsWindow) or ResultsWindow(window.theme, window)
    shown.set_theme(window.theme)
    shown.show_run(run)
    shown.show()
    shown.raise_()
    shown.activateWindow()
    return shown


def show_current(window: MainWindow) -> None:
    """Show what came of the run in the training panel, or say that there is none."""
    run = window.training.follower.run
    if run is None:
        window.session.notified.emit(
            "info", tr("Train, or choose a run under Runs: then its results are shown.")
        )
        return
    show_results(window, run)
