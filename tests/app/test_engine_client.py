"""The engine's client: answers, stale answers, deaths, probes. The engine is a real process without torch."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.engine_client import SILENCE_MS, EngineClient
from app.session import Session
from hybridgraph.analysis import Analysis
from hybridgraph.graph import edits
from hybridgraph.graph.model import Node, digest

FAKE = (sys.executable, str(Path(__file__).with_name("fake_engine.py")))
MakeClient = Callable[..., EngineClient]


@pytest.fixture
def make(session: Session) -> Iterator[MakeClient]:
    clients: list[EngineClient] = []

    def made(*options: str) -> EngineClient:
        clients.append(EngineClient(session, [*FAKE, *options], session))
        return clients[-1]

    yield made
    for client in clients:
        client.stop()


def test_an_edit_is_analysed(qtbot: QtBot, session: Session, make: MakeClient) -> None:
    client = make()
    with qtbot.waitSignal(session.analysis_changed, timeout=10_000):
        client.start()
    with qtbot.waitSignal(session.analysis_changed, timeout=10_000):
        session.apply("Delete", lambda graph: edits.remove(graph, ["stem"]))
    assert session.is_analysis_current
    assert ("stem",) not in session.analysis.nodes


def test_moving_a_node_asks_nothing(qtbot: QtBot, session: Session, make: MakeClient) -> None:
    client = make()
    with qtbot.waitSignal(session.analysis_changed, timeout=10_000):
        client.start()
    with qtbot.assertNotEmitted(session.analysis_changed, wait=100):
        session.apply("Move", lambda graph: edits.move(graph, {"stem": (5, 5)}))
    assert session.is_analysis_current


def test_an_answer_about_another_graph_is_dropped_and_the_question_asked_again(
    qtbot: QtBot, session: Session, make: MakeClient
) -> None:
    with qtbot.waitSignal(session.analysis_changed, timeout=10_000):
        make("--stale").start()
    assert session.analysis.digest == session.digest


def test_a_killed_engine_comes_back_and_answers_what_was_asked(
    qtbot: QtBot, session: Session, make: MakeClient, notices: list[tuple[str, str]]
) -> None:
    client = make()
    with qtbot.waitSignal(session.analysis_changed, timeout=10_000):
        client.start()
    first = client.pid
    before = session.graph
    with qtbot.waitSignal(session.analysis_changed, timeout=10_000):
        os.kill(first, signal.SIGKILL)
        session.apply("Add", lambda graph: edits.add_node(graph, Node(id="gate", block="gate")))
    assert client.pid not in (0, first)
    assert ("gate",) in session.analysis.nodes
    assert notices == [
        ("warning", "The engine stopped and is being started again. Nothing in the design is lost.")
    ]
    session.undo_stack.undo()
    assert session.graph == before


def test_an_engine_that_cannot_live_is_told_with_its_last_words(
    qtbot: QtBot, session: Session, make: MakeClient, notices: list[tuple[str, str]]
) -> None:
    make("--die").start()
    qtbot.waitUntil(lambda: any(severity == "error" for severity, _ in notices), timeout=20_000)
    assert notices[-1][1].endswith("It said: out of luck")


def test_an_engine_that_is_not_there_is_told(
    qtbot: QtBot, session: Session, notices: list[tuple[str, str]]
) -> None:
    client = EngineClient(session, ["/nowhere/python"], session)
    client.start()
    qtbot.waitUntil(lambda: bool(notices), timeout=5_000)
    client.stop()
    assert session.graph.nodes


def test_a_refusal_is_one_sentence(
    qtbot: QtBot, session: Session, make: MakeClient, notices: list[tuple[str, str]]
) -> None:
    make("--refuse").start()
    qtbot.waitUntil(lambda: bool(notices), timeout=10_000)
    assert notices == [("error", "The graph is refused. Change it.")]


def test_only_the_newest_probe_is_answered(qtbot: QtBot, session: Session, make: MakeClient) -> None:
    client = make()
    with qtbot.waitSignal(client.hello_received, timeout=10_000):
        client.start()
    answers: list[Analysis] = []
    candidates = [edits.remove(session.graph, [name]) for name in ("stem", "stage1", "head")]
    for candidate in candidates:
        session.probe(candidate, answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=10_000)
    assert [answer.digest for answer in answers] == [digest(candidates[-1])]


def test_an_engine_that_hangs_is_ended_and_another_one_answers(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    client = EngineClient(session, [*FAKE, "--hang", str(asked)], session)
    client.start()
    qtbot.waitUntil(lambda: asked.exists() and client.state == "ready")
    first = client.pid
    (silence,) = (timer for timer in client.findChildren(QTimer) if timer.interval() == SILENCE_MS)
    with qtbot.waitSignal(session.notified) as told:
        silence.start(0)  # as if nothing had been said for so long
    assert told.args[0] == "warning"
    qtbot.waitUntil(lambda: session.is_analysis_current)
    assert client.pid != first
    client.stop()


def test_a_question_without_an_engine_is_refused_at_once(session: Session, make: MakeClient) -> None:
    refusals: list[str] = []
    make().request_source(session.graph, lambda content: None, refusals.append)
    assert refusals == ["The engine is not running yet."]
