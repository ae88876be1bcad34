"""Asks the engine what a training step will take, once editing pauses, and shows it in the inspector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, QSettings, QTimer

from app.engine_client import EngineClient, to_json
from app.language import tr
from app.panels.inspector import Inspector
from app.panels.memory import MemorySection
from app.session import Session
from app.theme import Theme
from hybridgraph import forecast

PAUSE_MS = 300
"""After an edit: its shapes are shown before the engine is asked for more."""


def forecasting_inspector(
    session: Session, engine: EngineClient, theme: Theme, settings: QSettings
) -> Inspector:
    """An inspector whose forecasts this engine makes."""
    inspector = Inspector(session, theme, settings=settings)
    ForecastDesk(session, engine, inspector.memory, inspector)
    return inspector


class ForecastDesk(QObject):
    """Keeps the memory section fresh while it is open; one question is under way at a time."""

    def __init__(
        self, session: Session, engine: EngineClient, section: MemorySection, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._section = section
        self._is_asking = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        session.analysis_changed.connect(lambda _: self._pause.start())
        session.graph_changed.connect(lambda *_: self._pause.start())  # freezing changes no shape
        section.settings_changed.connect(self._pause.start)
        section.head.toggled.connect(lambda _: self._pause.start())

    def _ask(self) -> None:
        analysis = self._session.analysis
        if self._is_asking or not self._section.head.isChecked() or analysis is None:
            return  # the answer under way, opening the section or the analysis asks again
        if not self._session.is_analysis_current:
            return
        if analysis.errors or analysis.output is None:
            self._section.show_note(tr("Once the design runs, its training is forecast here."))
            return
        batch, precision = self._section.batch, self._section.precision
        self._is_asking = True

        def answer(content: Mapping[str, Any]) -> None:
            self._is_asking = False
            told = forecast.decode(content["forecast"])
            now = self._session.analysis
            asked = (self._section.batch, self._section.precision)
            if now is None or told.digest != now.digest or asked != (batch, precision):
                self._pause.start()
            else:
                self._section.show_forecast(told)

        def refuse(sentence: str) -> None:
            self._is_asking = False
            self._section.show_note(sentence)

        graph = to_json(self._session.graph)
        self._engine.request("forecast", answer, refuse, graph=graph, batch=batch, precision=precision)
