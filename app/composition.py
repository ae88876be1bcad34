"""Everything that a window needs behind it, and the window filled with what shows it."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from PySide6.QtCore import QTimer

from app.engine_client import EngineClient
from app.furniture import furnish
from app.runs import RunDesk
from app.session import Session
from app.window import MainWindow
from hybridgraph import catalog

ENGINE_DELAY_MS = 50
"""The engine starts after the window is painted, so that loading torch takes nothing from it."""


def compose(
    window: MainWindow, runs_root: Path, *, state: Path | None = None, with_engine: bool = True
) -> None:
    """Furnish a bare window, with a session, an engine and the runs below a folder behind it."""
    session = Session(catalog.load())
    engine = EngineClient(session, parent=session)
    desk = RunDesk(engine, runs_root, parent=session)
    stages = (state or platformdirs.user_data_path("HybridGraph", appauthor=False)) / "stages"
    furnish(window, session, engine, desk, state or default_state(), stages=stages)
    session.setParent(window)
    if with_engine:
        QTimer.singleShot(ENGINE_DELAY_MS, engine, engine.start)


def default_state() -> Path:
    """Where is kept what must survive the window: unsaved work, earlier versions, what was open."""
    return platformdirs.user_state_path("HybridGraph", appauthor=False)
