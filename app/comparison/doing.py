"""What the table of actions does with comparisons. The rest of this package loads when it is first asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.window import MainWindow
    from hybridgraph.graph.model import Graph


def offer(window: MainWindow) -> None:
    """Ask what the design is to be compared with."""
    from app.comparison import chooser

    chooser.offer_designs(window)


def begin(window: MainWindow, name: str, graph: Graph) -> None:
    """Compare the design with another one."""
    from app.comparison import desk

    desk.of(window).begin(name, graph)


def _step(by: int, window: MainWindow) -> None:
    from app.comparison import desk

    desk.of(window).step(by)


go_on = partial(_step, 1)
go_back = partial(_step, -1)


def end(window: MainWindow) -> None:
    """Take the comparison away, if there is one."""
    from app.comparison import desk

    desk.of(window).end()
