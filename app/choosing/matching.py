"""The width at which a swapped block takes as long as the one before: asked of a process that measures it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from PySide6.QtCore import QObject, QProcess, QTimer

from app.language import tr
from hybridgraph.profiler.latency import Matched, Request, decode

COMMAND = (sys.executable, "-P", "-m", "hybridgraph.profiler.matching")
_LOADING_S = 60
"""So long torch and the two networks may take to load, beside the time for measuring."""


class Matching(QObject):
    """One measurement at a time; a new one ends the one before, and the owner's end ends it too."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._clock = QTimer(self, singleShot=True)
        self._clock.timeout.connect(self._give_up)
        self._done: Callable[[Matched], None] = lambda _: None
        self._failed: Callable[[str], None] = lambda _: None

    def start(self, request: Request, done: Callable[[Matched], None], failed: Callable[[str], None]) -> None:
        """Measure; later one of the two is called, unless another measurement comes between."""
        self.stop()
        self._done, self._failed = done, failed
        self._process = process = QProcess(self)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._broke)
        process.start(COMMAND[0], list(COMMAND[1:]))
        process.write(json.dumps(asdict(request)).encode())
        process.closeWriteChannel()
        self._clock.start(int(1000 * (request.seconds * 2 + _LOADING_S)))

    def stop(self) -> None:
        """End a measurement under way; nothing is heard of it any more."""
        process, self._process = self._process, None
        self._clock.stop()
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(1000)
            process.deleteLater()

    def _finished(self) -> None:
        process, self._process = self._process, None
        self._clock.stop()
        if process is None:
            return
        printed = bytes(process.readAllStandardOutput().data()).decode(errors="replace")
        said = bytes(process.readAllStandardError().data()).decode(errors="replace").strip()
        process.deleteLater()
        try:
            content = json.loads(printed)
            sentence = content.get("error", "")
            matched = None if sentence else decode(content)
        except (ValueError, KeyError, TypeError, AttributeError):
            last = (said.splitlines() or [tr("it said nothing")])[-1]
            sentence, matched = tr("The measurement broke off: {last}", last=last), None
        if matched is not None:
            self._done(matched)
        else:
            self._failed(sentence)

    def _broke(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._process = None
            self._clock.stop()
            self._failed(tr("The process that measures cannot be started."))

    def _give_up(self) -> None:
        self.stop()
        self._failed(tr("The measurement takes too long. Swap the block without keeping the latency."))
