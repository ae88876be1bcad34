"""The window's side of the process that looks at pictures: asked in JSON lines, ended when nobody looks any more."""

from __future__ import annotations

import sys
from typing import Any

from PySide6.QtCore import QObject

from app.conversation import Answer, Conversation, Refusal
from app.language import tr

COMMAND = (sys.executable, "-m", "hybridgraph.viewing")
_ALONE = ("open", "health", "recognise", "read_as")
"""What is asked of a process that knows no pictures yet."""


class Looker(Conversation):
    """One process, started by the first question. When it ends by itself, whoever waits is told, and may ask again.

    What it says between answers is how far a long piece of work is: "done" and "all".
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COMMAND, parent)
        self._opened: dict[str, Any] | None = None

    def request(self, method: str, answer: Answer, refusal: Refusal, **content: Any) -> None:
        """Ask; `answer` gets what is said, `refusal` the sentence when that cannot be."""
        if method == "open":
            self._opened = content
        if not self.is_open:
            self.begin()
            if self._opened is not None and method not in _ALONE:
                self.ask("open", _ignore, _ignore, self._opened)
        self.ask(method, answer, refusal, content)

    def farewell(self) -> str:
        """The sentence for those who waited."""
        return tr("The process that looks at the pictures ended.{why}", why=self.last_words)


def _ignore(_told: object) -> None:
    """For a question that is asked once more on behalf of another."""
