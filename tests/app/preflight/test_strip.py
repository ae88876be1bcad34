"""The pre-flight in the window: a checklist that fills, marks on the canvas, what is stale, stopped or refused."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.canvas.view import CanvasView
from app.panels.training import TrainingPanel
from app.preflight.overlay import Shading
from app.runs import RunDesk
from app.session import Session
from app.theme import DARK, LIGHT
from hybridgraph.analysis import Analysis, Finding
from hybridgraph.events import (
    CheckFinished,
    Event,
    EventLog,
    Failed,
    PreflightFinished,
    RunStarted,
    Step,
    Stopped,
)
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, digest
from hybridgraph.jobs import PreflightJob
from hybridgraph.preflight.files import save
from hybridgraph.preflight.values import CHECKS, Check, Figures, NodeGradient, PreflightResult
from hybridgraph.runs import Run
from hybridgraph.runs.lock import hold
from hybridgraph.shapes import ImageMap, Vector
from tests.app.conftest import CATALOGUE

CLICK = Qt.MouseButton.LeftButton
STEM, CONV = ("stem",), ("stage1", "conv")


@pytest.fixture(autouse=True)
def styled(qapp: QApplication) -> Iterator[None]:
    themes.apply(qapp, DARK)
    yield
    qapp.setStyleSheet("")


class Provider:
    """Writes no source; or refuses."""

    refusal = ""

    def request_source(
        self,
        graph: Graph,
        answer: Callable[..., None],
        refusal: Callable[[str], None],
        *,
        standalone: bool = False,
    ) -> None:
        if self.refusal:
            refusal(self.refusal)
        else:
            answer({"source": "def build_model(): ..."})

    def request(self, *_: object, **__: object) -> None: ...


@pytest.fixture
def panel(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TrainingPanel]:
    monkeypatch.setattr("app.runs.start_process", lambda run, kind: 2**22 + 1)
    made = TrainingPanel(session, RunDesk(Provider(), tmp_path / "runs"), DARK)
    qtbot.addWidget(made)
    made.resize(1200, 320)
    made.show()
    analysis = Analysis(digest=digest(session.graph), nodes={}, input=ImageMap(1, 28, 28), output=Vector(10))
    session.accept_analysis(analysis)
    yield made
    made.preflight.follower._timer.stop()


def check(name: str, status: str = "passed", **more: object) -> Check:
    return Check(name=name, status=status, message=f"{name} is {status}.", **more)  # type: ignore[arg-type]


def begin(qtbot: QtBot, panel: TrainingPanel) -> Run:
    """Press the button; the run that was made."""
    qtbot.mouseClick(panel.preflight_button, CLICK)
    run = panel.preflight.follower.run
    assert run is not None, panel.preflight.trouble
    assert isinstance(run.job, PreflightJob)
    return run


def tell(
    panel: TrainingPanel, run: Run, result: PreflightResult | None, *events: Event, alive: bool = True
) -> None:
    """What the process of a run would write, read by the window."""
    if result is not None:
        save(run.path, result)
    with hold(run.path), EventLog(run.events_path) as log:
        for event in events:
            log.append(event)
        if alive:
            panel.preflight.follower.look()
    if not alive:
        panel.preflight.follower.look()
        panel.preflight.follower.look()


STARTED = RunStarted(kind="preflight", device="cpu", precision="fp32", params=1, pid=1)
DEAD = NodeGradient(path=STEM, title="Conv block", reach="dead", why="Nothing comes back.")


def result_of(session: Session, *checks: Check, **more: object) -> PreflightResult:
    return PreflightResult(digest=digest(session.graph), checks=checks, **more)  # type: ignore[arg-type]


def told(event: Check) -> CheckFinished:
    return CheckFinished(name=event.name, status=event.status, message=event.message)


def finish(qtbot: QtBot, session: Session, panel: TrainingPanel, **more: object) -> PreflightResult:
    """A pre-flight from the press of the button to its end, with a dead stem."""
    run = begin(qtbot, panel)
    checks = [check(name) for name in CHECKS]
    checks[2] = check("gradient", "warned", paths=(STEM,), hint="Conv block: Nothing comes back.")
    result = result_of(session, *checks, nodes=(DEAD,), curve=(2.0, 1.0, 0.1), is_finished=True, **more)
    tell(panel, run, result, STARTED, PreflightFinished(is_able=True, verdict="", seconds=1.0), alive=False)
    assert not panel.preflight.is_busy
    return result


def test_the_checklist_fills_and_takes_the_place_of_the_curves(
    qtbot: QtBot, session: Session, panel: TrainingPanel
) -> None:
    strip = panel.strip
    assert not strip.isVisible()
    assert panel.plots.isVisible()
    run = begin(qtbot, panel)
    assert run.path.parent.name == "preflights"  # not among the runs
    assert strip.isVisible()
    assert not panel.plots.isVisible()
    assert strip.stop.isVisible()
    first = check("shapes")
    step = Step(epoch=0, step=0, loss=2.0, lr=1e-3, images_per_second=0.0)
    tell(panel, run, result_of(session, first), STARTED, told(first), step, replace(step, step=1, loss=1.0))
    assert strip.rows["shapes"].check == first
    assert strip.rows["memory"].check is None
    assert "being looked at" in strip.rows["memory"].accessibleName()
    assert "waiting" in strip.rows["time"].accessibleName()
    assert panel.preflight.curve == [2.0, 1.0]
    both = (first, check("memory", "failed", hint="Less."))
    done = result_of(session, *both, is_finished=True, figures=Figures(memory_bytes=1))
    tell(
        panel,
        run,
        done,
        told(both[1]),
        PreflightFinished(is_able=False, verdict="", seconds=1.0),
        alive=False,
    )
    assert "failed" in strip.rows["memory"].accessibleName()
    assert strip.rows["memory"].toolTip() == "memory is failed.\nLess."
    assert strip.verdict.text() == "This training cannot work: memory."
    assert not strip.stop.isVisible()
    assert "waiting" in strip.rows["time"].accessibleName()
    qtbot.mouseClick(strip.close_button, CLICK)
    assert not strip.isVisible()
    assert panel.plots.isVisible()


def test_a_line_selects_what_it_is_about(qtbot: QtBot, session: Session, panel: TrainingPanel) -> None:
    finish(qtbot, session, panel)
    with qtbot.waitSignal(panel.strip.went):
        qtbot.mouseClick(panel.strip.rows["gradient"], CLICK)
    assert session.selection == frozenset([STEM])
    panel.strip.rows["time"].setFocus()
    qtbot.keyClick(panel.strip.rows["time"], Qt.Key.Key_Space)
    assert session.selection == frozenset([STEM])  # it is about no block


def test_an_edit_or_another_recipe_makes_it_stale_and_undo_does_not(
    qtbot: QtBot, session: Session, panel: TrainingPanel
) -> None:
    finish(qtbot, session, panel)
    assert panel.strip.verdict.text() == "This training can work, but look at: gradient."
    session.apply("Edit", lambda graph: edits.set_param(graph, STEM, "channels", 32, CATALOGUE))
    assert panel.strip.verdict.text().startswith("Of before the last change: ")
    session.undo_stack.undo()
    analysis = Analysis(digest=digest(session.graph), nodes={}, input=ImageMap(1, 28, 28), output=Vector(10))
    session.accept_analysis(analysis)
    panel.preflight.changed.emit()
    assert not panel.preflight.is_stale
    session.apply("Freeze", lambda graph: edits.set_freeze(graph, STEM, freeze=True))
    assert panel.preflight.is_stale
    session.apply("Thaw", lambda graph: edits.set_freeze(graph, STEM, freeze=False))
    assert not panel.preflight.is_stale
    panel.form.recipe = replace(panel.form.recipe, mixup=0.5)
    assert panel.preflight.is_stale
    panel.form.recipe = replace(panel.form.recipe, mixup=0.0)
    assert not panel.preflight.is_stale


def test_blocks_without_gradient_are_greyed_with_the_reason(
    qtbot: QtBot, session: Session, panel: TrainingPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = CanvasView(session, DARK)
    qtbot.addWidget(canvas)
    canvas.resize(1200, 600)
    canvas.show()
    canvas.frame_all()
    shading = Shading(canvas, panel.preflight)
    plain = canvas.grab().toImage()
    finish(qtbot, session, panel)
    qtbot.waitUntil(lambda: bool(shading.item.shades))
    rect = canvas.design.rect_of(STEM)
    assert rect is not None
    assert [shade.rect for shade in shading.item.shades] == [rect]
    assert canvas.grab().toImage() != plain
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, *_: said.append(text))
    spot = canvas.mapFromScene(rect.center[0], rect.center[1])
    event = QHelpEvent(QEvent.Type.ToolTip, spot, canvas.viewport().mapToGlobal(QPoint(0, 0)))
    QApplication.sendEvent(canvas.viewport(), event)
    assert said == ["Conv block: Nothing comes back."]
    session.apply("Edit", lambda graph: edits.set_param(graph, STEM, "channels", 32, CATALOGUE))
    assert "before the last change" in shading.tell(shading.item.shades[0])
    panel.strip.put_away()
    qtbot.waitUntil(lambda: not shading.item.shades)


def test_what_is_wrong_with_the_shapes_is_told_without_a_process(
    qtbot: QtBot, session: Session, panel: TrainingPanel, tmp_path: Path
) -> None:
    wrong = Finding(severity="error", code="kind", message="It is too small.", path=CONV)
    session.accept_analysis(Analysis(digest=digest(session.graph), nodes={}, findings=(wrong,)))
    qtbot.mouseClick(panel.preflight_button, CLICK)
    row = panel.strip.rows["shapes"]
    assert row.check is not None
    assert row.check.status == "failed"
    assert not panel.preflight.is_busy
    assert not (tmp_path / "runs" / "preflights").exists()
    qtbot.mouseClick(row, CLICK)
    assert session.selection == frozenset([CONV])


def test_a_refusal_a_failure_and_a_stop_are_sentences(
    qtbot: QtBot, session: Session, panel: TrainingPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(qtbot, panel)
    with hold(run.path):
        panel.preflight.follower.look()
        qtbot.mouseClick(panel.strip.stop, CLICK)
        assert panel.strip.verdict.text() == "Stopping…"
        assert (run.path / "stop").exists()
    tell(panel, run, None, Stopped(), alive=False)
    assert panel.strip.verdict.text() == "The pre-flight was stopped."
    run = begin(qtbot, panel)
    tell(panel, run, None, STARTED, Failed(message="It broke.", hint="Mend it."), alive=False)
    assert panel.strip.verdict.text() == "It broke. Mend it."
    monkeypatch.setattr(Provider, "refusal", "The engine is not running yet.")
    qtbot.mouseClick(panel.preflight_button, CLICK)
    assert panel.strip.verdict.text() == "The engine is not running yet."
    assert not panel.preflight.is_busy
    monkeypatch.setattr(Provider, "refusal", "")
    panel.form.data.setCurrentIndex(panel.form.data.findData("folder"))
    qtbot.mouseClick(panel.preflight_button, CLICK)
    assert "not chosen yet" in panel.strip.verdict.text()


def test_a_training_that_begins_takes_the_room_and_keeps_the_marks(
    qtbot: QtBot, session: Session, panel: TrainingPanel
) -> None:
    finish(qtbot, session, panel)
    qtbot.mouseClick(panel.start_button, CLICK)
    panel.follower._timer.stop()
    assert not panel.strip.isVisible()
    assert panel.plots.isVisible()
    assert list(panel.preflight.unwell()) == [STEM]


def test_another_design_in_front_has_no_marks_and_only_the_last_preflight_is_kept(
    qtbot: QtBot, session: Session, panel: TrainingPanel, tmp_path: Path
) -> None:
    finish(qtbot, session, panel)
    finish(qtbot, session, panel)
    assert len(list((tmp_path / "runs" / "preflights").iterdir())) == 1
    session.new(Graph(name="other"))
    assert panel.preflight.unwell() == {}
    assert panel.strip.verdict.text().startswith("Of before the last change")


def test_it_paints_in_both_themes(qtbot: QtBot, session: Session, panel: TrainingPanel) -> None:
    finish(qtbot, session, panel)
    dark = panel.strip.grab().toImage()
    panel.set_theme(LIGHT)
    assert panel.strip.grab().toImage() != dark
