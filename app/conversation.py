"""A child process that is asked in JSON lines and answers in them, as `hybridgraph.requests` says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QProcess, Signal

from app.language import tr

Answer = Callable[[Mapping[str, Any]], None]
Refusal = Callable[[str], None]
_MOST_WORDS = 4000


@dataclass(frozen=True, slots=True)
class _Pending:
    answer: Answer
    refusal: Refusal


class Conversation(QObject):
    """One process at a time, begun and ended as often as wanted; an end by itself is told to whoever waits for an answer."""

    noticed = Signal(dict)  # a line that answers no question
    answered = Signal()  # a question was answered; who asked is told after this
    ended = Signal()  # the process ended by itself, or could not be started; who waits is told after this

    def __init__(self, command: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = list(command)
        self._process: QProcess | None = None
        self._pending: dict[int, _Pending] = {}
        self._number = 0
        self._words = ""

    @property
    def is_open(self) -> bool:
        """Whether there is a process to ask."""
        return self._process is not None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._pending)

    @property
    def pid(self) -> int:
        """The process id; 0 when there is none."""
        return self._process.processId() if self._process else 0

    @property
    def last_words(self) -> str:
        """The last line that the process said beside its answers, as the end of a sentence; "" for none."""
        lines = [line for line in self._words.splitlines() if line.strip()]
        return tr(" It said: {strip}", strip=lines[-1].strip()) if lines else ""

    def begin(self) -> None:
        """Start the process."""
        self._words = ""
        self._process = process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._listen)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._broke)
        process.start(self._command[0], self._command[1:])

    def ask(self, method: str, answer: Answer, refusal: Refusal, content: Mapping[str, Any]) -> None:
        """Ask; `answer` gets what is said, `refusal` the sentence when that cannot be."""
        if self._process is None:  # it could not even be started
            refusal(self.farewell())
            return
        self._number += 1
        self._pending[self._number] = _Pending(answer, refusal)
        line = json.dumps({"id": self._number, "method": method, **content}, separators=(",", ":"))
        self._process.write(line.encode() + b"\n")

    def stop(self, patience_ms: int = 0) -> None:
        """End the process, which has this long to end by itself; nobody is told."""
        self._pending = {}
        process, self._process = self._process, None
        if process is not None:
            process.closeWriteChannel()
            if not process.waitForFinished(patience_ms):
                process.kill()
                process.waitForFinished(1000)
            process.deleteLater()

    def kill(self, words: str) -> None:
        """End the process as if it had said these words and died."""
        if self._process is not None:
            self._words = words
            self._process.kill()

    def farewell(self) -> str:
        """What those are told who wait for an answer when the process has ended by itself."""
        return ""

    def _read(self) -> None:
        process = self._process
        while process is not None and process is self._process and process.canReadLine():
            line = bytes(process.readLine().data())
            try:
                content = json.loads(line)
                pending = self._pending.pop(content.get("id"), None)
            except (ValueError, TypeError, AttributeError):
                self._keep(
                    line
                )  # something printed to its standard output; the answer comes on a line of its own
                continue
            if "id" not in content:
                self.noticed.emit(content)
            elif pending is not None:
                self.answered.emit()
                _tell(pending, content)

    def _listen(self) -> None:
        if self._process is not None:
            self._keep(bytes(self._process.readAllStandardError().data()))

    def _keep(self, said: bytes) -> None:
        self._words = (self._words + said.decode(errors="replace"))[-_MOST_WORDS:]

    def _broke(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._words = self._process.errorString()
            self._ended()

    def _ended(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.deleteLater()
        pending, self._pending = list(self._pending.values()), {}
        self.ended.emit()
        sentence = self.farewell()
        for one in pending:
            one.refusal(sentence)


def _tell(pending: _Pending, content: Mapping[str, Any]) -> None:
    if error := content.get("error"):
        pending.refusal(f"{error.get('message', '')} {error.get('hint', '')}".strip())
    else:
        pending.answer(content)
