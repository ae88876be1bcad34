"""The window's side of the process that looks at pictures: asked in JSON lines, ended when nobody looks any more."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QProcess, Signal

from app.language import tr

COMMAND = (sys.executable, "-m", "hybridgraph.viewing")

Answer = Callable[[Mapping[str, Any]], None]
Refusal = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Pending:
    answer: Answer
    refusal: Refusal


class Looker(QObject):
    """One process, started by the first question. When it ends by itself, whoever waits is told, and may ask again."""

    noticed = Signal(dict)  # how far a long piece of work is: "done" and "all"

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._pending: dict[int, _Pending] = {}
        self._number = 0
        self._complaints = ""
        self._opened: dict[str, Any] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._pending)

    def request(self, method: str, answer: Answer, refusal: Refusal, **content: Any) -> None:
        """Ask; `answer` gets what is said, `refusal` the sentence when that cannot be."""
        if method == "open":
            self._opened = content
        if self._process is None:
            self._launch()
            if self._opened is not None and method not in ("open", "health", "recognise", "read_as"):
                self._send(
                    "open", _Pending(_ignore, _ignore), self._opened
                )  # a new process knows no pictures
        self._send(method, _Pending(answer, refusal), content)

    def stop(self) -> None:
        """End the process at once; nobody is told."""
        self._pending = {}
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished(1000)
            process.deleteLater()

    def _launch(self) -> None:
        self._complaints = ""
        self._process = process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_complaints)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._broke)
        process.start(COMMAND[0], list(COMMAND[1:]))

    def _send(self, method: str, pending: _Pending, content: Mapping[str, Any]) -> None:
        process = self._process
        if process is None:  # it could not even be started
            pending.refusal(self._end_in_words())
            return
        self._number += 1
        self._pending[self._number] = pending
        line = json.dumps({"id": self._number, "method": method, **content}, separators=(",", ":"))
        process.write(line.encode() + b"\n")

    def _read(self) -> None:
        process = self._process
        while process is not None and process is self._process and process.canReadLine():
            try:
                content = json.loads(bytes(process.readLine().data()))
                pending = self._pending.pop(content["id"]) if "id" in content else None
            except (ValueError, TypeError, KeyError):
                continue  # something printed that is no answer
            if pending is None:
                self.noticed.emit(content)
            elif error := content.get("error"):
                pending.refusal(f"{error.get('message', '')} {error.get('hint', '')}".strip())
            else:
                pending.answer(content)

    def _read_complaints(self) -> None:
        if self._process is not None:
            text = bytes(self._process.readAllStandardError().data()).decode(errors="replace")
            self._complaints = (self._complaints + text)[-4000:]

    def _broke(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._complaints = self._process.errorString()
            self._ended()

    def _ended(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.deleteLater()
        pending, self._pending = list(self._pending.values()), {}
        sentence = self._end_in_words()
        for one in pending:
            one.refusal(sentence)

    def _end_in_words(self) -> str:
        lines = [line for line in self._complaints.splitlines() if line.strip()]
        why = tr(" It said: {strip}", strip=lines[-1].strip()) if lines else ""
        return tr("The process that looks at the pictures ended.{why}", why=why)


def _ignore(_told: object) -> None:
    """For a question that is asked once more on behalf of another."""
