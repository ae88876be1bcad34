"""After any gestures and keys the scene equals one built from the graph, and undo leads back to the start.

FUZZ_STEPS and FUZZ_SEEDS in the environment play longer: FUZZ_STEPS=3000 FUZZ_SEEDS=8.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QtMsgType, qInstallMessageHandler
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app import theme
from app.canvas.scene import DesignScene
from app.canvas.view import CanvasView
from app.session import Session
from hybridgraph import catalog, presets
from hybridgraph.graph import edits, files, regroup
from hybridgraph.graph.model import Graph
from hybridgraph.spec import Catalogue
from tests.app.conftest import CATALOGUE, small_graph
from tests.app.fuzz.player import Player

STEPS = int(os.environ.get("FUZZ_STEPS", "160"))
SEEDS = int(os.environ.get("FUZZ_SEEDS", "3"))
PAINTED = 20  # one step in so many is also painted


def toy() -> tuple[Catalogue, Graph]:
    return CATALOGUE, small_graph()


def nested() -> tuple[Catalogue, Graph]:
    """A stage in a stage, and one beside it that is folded."""
    inner, _ = regroup.group(small_graph(), ["conv"], at=("stage1",))
    beside, _ = regroup.group(inner, ["stem"])
    (folded,) = set(beside.nodes) - set(inner.nodes)
    return CATALOGUE, edits.set_collapsed(beside, (folded,), True)


def real() -> tuple[Catalogue, Graph]:
    return catalog.load(), presets.build("pocket-moat")


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What Qt has to say."""
    said: list[str] = []
    before = qInstallMessageHandler(
        lambda kind, context, text: said.append(text) if kind != QtMsgType.QtDebugMsg else None
    )
    yield said
    qInstallMessageHandler(before)


@pytest.fixture
def open_canvas(qtbot: QtBot) -> Callable[[Catalogue, Graph], CanvasView]:
    def make(catalogue: Catalogue, graph: Graph) -> CanvasView:
        theme.load_fonts()
        view = CanvasView(Session(catalogue, graph), theme.DARK)
        view.session.setParent(view)
        qtbot.addWidget(view)
        view.resize(1100, 700)
        view.show()
        view.frame_all()
        view.setFocus()
        return view

    return make


@pytest.mark.parametrize("design", [toy, nested, real])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_gestures_leave_the_scene_equal_to_a_rebuilt_one(
    open_canvas: Callable[[Catalogue, Graph], CanvasView],
    qtbot: QtBot,
    complaints: list[str],
    design: Callable[[], tuple[Catalogue, Graph]],
    seed: int,
) -> None:
    view = open_canvas(*design())
    play(view, seed, STEPS, qtbot, complaints)


def play(view: CanvasView, seed: int, steps: int, qtbot: QtBot, complaints: list[str]) -> None:
    """Play, looking after every step; then go back to the start and forward again."""
    session = view.session
    first = session.graph
    player = Player(view, seed)
    with qtbot.captureExceptions() as raised:
        for step in range(steps):
            player.step()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QCoreApplication.processEvents()
            if step % PAINTED == 0:
                view.grab()
            story = f"seed {seed}, step {step}: " + "\n".join(player.log[-12:])
            assert not raised, f"{raised[0][1]!r} after {story}"
            assert not complaints, f"{complaints} after {story}"
            look(view, story)
        last = session.graph
        while session.undo_stack.canUndo():
            session.undo_stack.undo()
        assert session.graph == first
        look(view, "undoing everything")
        session.undo_stack.redo()
        while session.undo_stack.canRedo():
            session.undo_stack.redo()
        look(view, "doing everything again")
    assert files.loads(files.dumps(last)) == last
    assert not raised
    assert not complaints


def look(view: CanvasView, story: str) -> None:
    """Compare what is shown with a scene that is built from nothing."""
    view.glide.finish()
    shown, session = view.design, view.session
    fresh = DesignScene(session, theme.DARK)
    fresh.set_overlay(shown.overlay)
    try:
        assert shown.snapshot() == fresh.snapshot(), story
        for path, item in shown.boxes.items():
            other = fresh.boxes[path]
            assert (item.pos(), item.opacity(), item.isVisible()) == (other.pos(), 1.0, not shown.is_far), (
                path, story)  # fmt: skip
            assert not item.dimmed_ports, (path, story)
        for key, wire in shown.wires.items():
            assert (wire.opacity(), wire.isVisible()) == (1.0, not shown.is_far), (key, story)
        assert len(shown.items()) == len(fresh.items()), story
    finally:
        delete(fresh)
