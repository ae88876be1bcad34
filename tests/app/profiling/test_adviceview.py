"""Advice in the window: what is expected, one click that applies it, and what came of it."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.profiling.panel import ProfilePanel
from app.session import Session
from app.theme import LIGHT
from hybridgraph.analysis import Analysis
from hybridgraph.graph.edits import set_param
from hybridgraph.profiler import advice as rules
from hybridgraph.profiler.advised import Advice
from hybridgraph.profiler.cells import Cell, SweepResult
from hybridgraph.runs import Run
from tests.app.profiling.conftest import made, step


@pytest.fixture
def analysed(session: Session) -> Session:
    session.accept_analysis(Analysis(digest=session.digest, nodes={}))
    return session


def _texts(panel: ProfilePanel) -> list[str]:
    return [label.text() for label in panel.view.findChildren(QLabel) if label.text()]


def _open(qtbot: QtBot, panel: ProfilePanel, run: Run) -> None:
    panel.open_run(run)
    qtbot.waitUntil(
        lambda: panel.profiled.run is not None and panel.profiled.run.path == run.path, timeout=3000
    )


def test_a_setting_is_taken_for_the_next_measurement_and_its_gain_is_measured(
    qtbot: QtBot, analysed: Session, panel: ProfilePanel, keep
) -> None:
    slow = replace(made(), step=replace(step(10_000), optimizer=step(60_000).optimizer))
    _open(qtbot, panel, keep(slow))
    panel.show_view("advice")
    (one,) = panel.view.advice
    assert (one.rule, one.value) == ("batch", 16)
    (button,) = panel.view.findChildren(QPushButton)
    button.click()
    assert str(panel.form.batch.value) == "16"
    assert any("not measured yet" in text for text in _texts(panel))
    _open(qtbot, panel, keep(replace(made(), batch=16), "after"))
    qtbot.waitUntil(lambda: any("measured × 0.500" in text for text in _texts(panel)), timeout=3000)
    panel.set_theme(LIGHT)


def test_compiling_is_measured_by_the_next_sweep(
    qtbot: QtBot, analysed: Session, panel: ProfilePanel, keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sweep(faster: float) -> SweepResult:
        cells = tuple(
            Cell(
                batch=8, image_size=28, precision="fp32", compiled=compiled, status="measured",
                images_per_second=100 * (faster if compiled else 1), compile_seconds=60,
            )
            for compiled in (False, True)
        )  # fmt: skip
        return SweepResult(
            device=result.device, passes="training", memory_limit_bytes=None, cells=cells, is_finished=True
        )

    result = replace(made(), image=(1, 28, 28))
    measured = sweep(2)
    _open(qtbot, panel, keep(result))
    monkeypatch.setattr("app.profiling.adviceview.AdviceView._sweep", lambda _view: measured)
    panel.show_view("advice")
    (one,) = [advice for advice in panel.view.advice if advice.rule == "compile"]
    assert one.expected == 0.5
    panel.view.apply(one)
    assert panel.chosen == "sweep"
    assert panel.sweep_form.job().compiles == ("off", "on")
    assert panel.sweep_form.job().batches == (8,)
    panel.show_view("advice")
    assert any("expected × 0.500 time, not measured yet" in text for text in _texts(panel))
    measured = sweep(1.6)
    panel.view.refresh()
    assert any("expected × 0.500 time, measured × 0.625" in text for text in _texts(panel))


def test_an_edit_is_a_step_that_can_be_undone(
    qtbot: QtBot, analysed: Session, panel: ProfilePanel, keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Advice(rule="window", expected=0.8, words="Smaller windows.", value=7, path=("stem",))
    monkeypatch.setattr("app.profiling.adviceview.advise", lambda *_: (one,))
    monkeypatch.setattr(
        "app.profiling.adviceview.edits.set_param",
        lambda graph, path, _name, value, catalogue: set_param(graph, path, "kernel", value, catalogue),
    )
    _open(qtbot, panel, keep(made()))
    panel.show_view("advice")
    before = analysed.graph
    panel.view.findChildren(QPushButton)[0].click()
    assert analysed.graph.item(("stem",)).params["kernel"] == 7
    assert analysed.undo_stack.undoText() == "Attention in windows of 7"
    qtbot.waitUntil(lambda: not panel.view.findChildren(QPushButton), timeout=1000)
    assert any("Profile it again" in text for text in _texts(panel))
    analysed.undo_stack.undo()
    assert analysed.graph == before


def test_what_saves_memory_is_measured_in_memory(
    qtbot: QtBot, analysed: Session, panel: ProfilePanel, keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Advice(rule="recompute", expected=0.7, words="Compute it again.", path=("stem",))
    monkeypatch.setattr("app.profiling.adviceview.advise", lambda *_: (one,))
    _open(qtbot, panel, keep(made()))
    panel.show_view("advice")
    assert any("expected × 0.7" in text and "memory" in text for text in _texts(panel))
    panel.view.findChildren(QPushButton)[0].click()
    assert analysed.graph.item(("stem",)).recompute
    _open(qtbot, panel, keep(made(), "after"))
    qtbot.waitUntil(lambda: any("memory, measured × 1" in text for text in _texts(panel)), timeout=3000)


def test_without_a_profile_or_a_gain_it_says_so(
    qtbot: QtBot, analysed: Session, panel: ProfilePanel, keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.show_view("advice")
    assert _texts(panel) == ["Measure the design first."]
    monkeypatch.setattr(rules, "LEAST", 0.9)
    _open(qtbot, panel, keep(made()))
    qtbot.waitUntil(lambda: any("No rule promises" in text for text in _texts(panel)), timeout=1000)
