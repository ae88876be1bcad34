"""The window's side of the engine: a child process that is asked in JSON lines and may die without loss.

At most one analysis and one probe are under way; what is asked meanwhile replaces what waits. An answer about
another graph than the current one is dropped. When the process ends by itself it is started again, after a
pause that doubles with every failure in a row, and the last question is asked again. One that says nothing for
too long is ended first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from app.conversation import Answer, Conversation, Refusal
from app.language import tr
from app.session import Session
from hybridgraph import analysis
from hybridgraph.analysis import Analysis
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, digest

COMMAND = (sys.executable, "-m", "hybridgraph.serve")
DEBOUNCE_MS = 15
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 200, 20_000
SILENCE_MS = 90_000  # a cold engine on a busy machine needs ten seconds for its first answer
TRIAL_MS = 20_000  # a block of a person's own runs on shapes alone, which takes milliseconds
_FAREWELL_MS = 300  # to end by itself when its input closes
_PATIENCE = 3  # failures in a row before the sentence becomes an error

State = Literal["idle", "starting", "ready", "down"]


def _ignore(_sentence: str) -> None:
    """For questions whose failure needs no word of its own: the engine's end is told once, for all."""


class EngineClient(QObject):
    """Keeps an engine running and the session's analysis fresh."""

    state_changed = Signal(str)
    hello_received = Signal(dict)
    launched = Signal()  # the process begins: what is asked now is answered before any analysis
    ended = Signal(str)  # it ended by itself while it ran this file of blocks; "" when none

    def __init__(
        self,
        session: Session,
        command: Sequence[str] = COMMAND,
        parent: QObject | None = None,
        *,
        silence_ms: int = SILENCE_MS,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._talk = Conversation(command, self)
        self._talk.noticed.connect(self._noticed)
        self._talk.answered.connect(self._listen_on)
        self._talk.ended.connect(self._ended)
        self._state: State = "idle"
        self._failures = 0
        self._trying = ""
        self._silence_ms = silence_ms
        self._is_analysing = False
        self._is_probing = False
        self._probe: tuple[Graph, Callable[[Analysis], None]] | None = None
        self._debounce = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._debounce.timeout.connect(self._analyse)
        self._silence = QTimer(self, singleShot=True, interval=silence_ms)
        self._silence.timeout.connect(self._give_up)
        self._restart = QTimer(self, singleShot=True)
        self._restart.timeout.connect(self._launch)
        session.graph_changed.connect(self._graph_changed)
        session.probe_requested.connect(self._ask_probe)

    @property
    def state(self) -> State:
        """Whether the engine can be asked."""
        return self._state

    @property
    def pid(self) -> int:
        """The engine's process id; 0 when there is none."""
        return self._talk.pid

    def start(self) -> None:
        """Start the engine, if it is not running."""
        if not self._talk.is_open:
            self._launch()

    def stop(self) -> None:
        """End the engine for good."""
        self._restart.stop()
        self._debounce.stop()
        self._silence.stop()
        self._talk.stop(_FAREWELL_MS)
        self._is_analysing = self._is_probing = False
        self._trying = ""
        self._set_state("idle")

    def request(self, method: str, answer: Answer, refusal: Refusal = _ignore, **content: Any) -> None:
        """Ask the engine; `answer` gets what it says, `refusal` the sentence when it cannot."""
        if not self._talk.is_open or self._state not in ("ready", "starting"):
            refusal(tr("The engine is not running yet."))
            return
        if not self._silence.isActive():
            self._silence.start(self._silence_ms)
        self._talk.ask(method, answer, refusal, content)

    def request_source(
        self, graph: Graph, answer: Answer, refusal: Refusal = _ignore, *, standalone: bool = False
    ) -> None:
        """Ask for the graph as Python source."""
        self.request("source", answer, refusal, graph=to_json(graph), standalone=standalone)

    # ------------------------------------------------------------------------------------------------- analysis

    def _graph_changed(self, before: Graph, after: Graph) -> None:
        self._debounce.start()  # whether there is anything to ask is seen then, off the path of the gesture

    def _analyse(self) -> None:
        if self._is_analysing or not self._talk.is_open or self._session.is_analysis_current:
            return  # when the answer under way comes, it asks again
        self._is_analysing = True
        self.request("analyze", self._analysed, self._not_analysed, graph=to_json(self._session.graph))

    def _analysed(self, content: Mapping[str, Any]) -> None:
        self._is_analysing = False
        self._failures = 0
        try:
            found = analysis.decode(content["analysis"])
        except (KeyError, TypeError, ValueError) as error:
            self._session.notified.emit(
                "error", tr("The engine's answer cannot be read ({error!r}).", error=error)
            )
            return
        if not self._session.accept_analysis(found):
            self._debounce.start()

    def _not_analysed(self, sentence: str) -> None:
        self._is_analysing = False
        if sentence:
            self._session.notified.emit("error", sentence)

    def _ask_probe(self, candidate: Graph, answer: Callable[[Analysis], None]) -> None:
        self._probe = (candidate, answer)
        self._send_probe()

    def _send_probe(self) -> None:
        if self._is_probing or self._probe is None or not self._talk.is_open:
            return
        (candidate, answer), self._probe = self._probe, None
        self._is_probing = True
        wanted = digest(candidate)

        def probed(content: Mapping[str, Any]) -> None:
            self._is_probing = False
            if self._probe is None and content.get("digest") == wanted:
                answer(analysis.decode(content["analysis"]))
            self._send_probe()

        def refused(_sentence: str) -> None:
            self._is_probing = False

        self.request("analyze", probed, refused, graph=to_json(candidate))

    # ------------------------------------------------------------------------------------------------- process

    def _launch(self) -> None:
        self._set_state("starting")
        self._talk.begin()
        self.request("hello", self._greeted)
        self.launched.emit()
        self._analyse()

    def _greeted(self, content: Mapping[str, Any]) -> None:
        self._set_state("ready")
        self.hello_received.emit(dict(content))

    def _noticed(self, content: Mapping[str, Any]) -> None:
        if "trying" in content:
            self._trying = str(content["trying"])
            self._listen_on()

    def _listen_on(self) -> None:
        """Something was said: the silence begins anew while anything is left to answer."""
        if self._talk.is_busy:
            self._silence.start(min(TRIAL_MS, self._silence_ms) if self._trying else self._silence_ms)
        else:
            self._silence.stop()

    def _give_up(self) -> None:
        """The engine hangs: end it, so that it is started again like one that died."""
        if self._talk.is_busy:
            seconds = self._silence.interval() / 1000
            self._talk.kill(tr("It said nothing for {seconds:g} seconds.", seconds=seconds))

    def _ended(self) -> None:
        self._silence.stop()
        self._is_analysing = self._is_probing = False
        trying, self._trying = self._trying, ""
        pause = min(_FIRST_PAUSE_MS * 2**self._failures, _LONGEST_PAUSE_MS)
        self._failures += 1
        self._set_state("down")
        if not trying:  # else the one who knows the files tells
            self._tell_end()
        self.ended.emit(trying)
        self._restart.start(pause)

    def _tell_end(self) -> None:
        if self._failures < _PATIENCE:
            self._session.notified.emit(
                "warning", tr("The engine stopped and is being started again. Nothing in the design is lost.")
            )
        elif self._failures == _PATIENCE:
            why = self._talk.last_words
            self._session.notified.emit(
                "error", tr("The engine keeps stopping, so shapes and costs are not checked.{why}", why=why)
            )

    def _set_state(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)


def to_json(graph: Graph) -> Any:
    """The graph as a design file holds it."""
    return files.encode(graph)
