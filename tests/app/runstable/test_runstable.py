"""The panel of runs and the bake-off over real run folders: typing, choosing, tagging, comparing, deleting."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.composition import compose
from app.docks import TABS
from app.runstable.bakeoff import BakeoffPanel
from app.runstable.keeper import RunKeeper
from app.runstable.panel import RunsPanel
from app.session import Session
from app.theme import DARK, LIGHT
from app.window import MainWindow
from hybridgraph import presets
from hybridgraph.events import EpochFinished
from hybridgraph.graph.model import digest
from hybridgraph.runs import Run
from hybridgraph.runs.labels import load_labels
from hybridgraph.runs.lock import hold
from tests.train.runs_store import epoch, log, opened, profile, started, training

K, SHIFT, NONE = Qt.Key, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


_PATIENCE = 60_000  # ms, for a machine with other work


def _wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=_PATIENCE)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two seeds of one experiment, another design, its profile, and a run of a newer version."""
    place = tmp_path / "runs"
    training(place, "a0", 0.9, seed=0)
    training(place, "a1", 0.8, seed=1)
    training(place, "c", 0.4, design="coatnet-0", learning_rate=0.5)
    profile(place, "p", "coatnet-0")
    newer = training(place, "newer", 0.5).path / "job.json"
    newer.write_text(newer.read_text().replace('"version": 1', '"version": 99'))
    return place


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path, root: Path) -> Iterator[MainWindow]:
    themes.apply(qapp, DARK)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    compose(made, root, state=tmp_path / "state", with_engine=False)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.resize(1680, 1000)
    made.documents.start(presets.build("resnet-18"))
    made.show()
    made.activateWindow()
    qapp.processEvents()
    yield made
    made.engine.stop()
    made.runs.keeper.close()
    qapp.setStyleSheet("")


@pytest.fixture
def panel(qtbot: QtBot, session: Session, root: Path, tmp_path: Path) -> Iterator[RunsPanel]:
    """The panel of runs with all of them."""
    keeper = RunKeeper(root, session.catalogue)
    settings = QSettings(str(tmp_path / "panel.ini"), QSettings.Format.IniFormat)
    made = RunsPanel(session, keeper, DARK, settings)
    qtbot.addWidget(made)
    made.resize(1100, 320)
    made.show()
    _wait(qtbot, lambda: made.model.count == 5)
    yield made
    keeper.close()


def _names(panel: RunsPanel) -> list[str]:
    return [run.name for run in panel.model.rows]


def _type(panel: RunsPanel, text: str) -> None:
    panel.filter.clear()
    QTest.keyClicks(panel.filter, text)
    panel.show_filter(panel.filter.text())  # without the pause after the last letter


def _sides(qtbot: QtBot, panel: RunsPanel, *names: str) -> None:
    panel.table.choose(list(names))

    def is_read() -> bool:
        sides = panel.sides._sides
        return sides.names == names and (bool(sides.problem) or len(sides.designs) == len(names) - 1)

    _wait(qtbot, is_read)


def test_the_filter_narrows_as_one_types(panel: RunsPanel) -> None:
    _type(panel, "top1>85%")
    assert _names(panel) == ["a0"]
    assert panel.word.text() == "1 of 5 runs"
    _type(panel, "preset:coatnet* kind:train")
    assert _names(panel) == ["c"]
    _type(panel, "top1>")
    assert "ends too early" in panel.word.text()
    assert panel.filter.property("state") == "error"
    assert _names(panel) == ["c"]  # what was shown stays
    QTest.keyClick(panel.filter, K.Key_Escape)
    panel.show_filter("")
    assert len(_names(panel)) == 5


def test_a_column_sorts_and_lacking_values_come_last(panel: RunsPanel) -> None:
    place = [column.name for column in panel.model.columns].index("best")
    panel.table.sortByColumn(place, Qt.SortOrder.DescendingOrder)
    assert _names(panel)[:4] == ["a0", "a1", "newer", "c"]
    panel.table.sortByColumn(place, Qt.SortOrder.AscendingOrder)
    assert _names(panel)[0] == "c"
    assert _names(panel)[-1] == "p"


def test_columns_are_chosen_and_remembered(panel: RunsPanel) -> None:
    menu = panel.table.column_menu()
    (lr,) = [action for action in menu.actions() if action.text() == "Learning rate"]
    assert not lr.isChecked()
    lr.trigger()
    assert "lr" in [column.name for column in panel.model.columns]
    assert "lr" in str(panel.table._settings.value("runs/columns")).split()
    assert panel.model.headerData(0, Qt.Orientation.Horizontal) == "Run"


def test_tags_are_written_into_the_cell(qtbot: QtBot, panel: RunsPanel, root: Path) -> None:
    panel.table.choose(["a0"])
    panel.table.setFocus()
    QTest.keyClick(panel.table, K.Key_F2)
    editor = panel.table.viewport().findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "leaf, night")
    QTest.keyClick(editor, K.Key_Return)
    _wait(qtbot, lambda: load_labels(root / "a0").tags == ("leaf", "night"))
    _wait(qtbot, lambda: panel.table.runs[0].tags == ("leaf", "night"))
    panel.give_tags(["a0", "a1"], "-night good")
    _wait(qtbot, lambda: load_labels(root / "a1").tags == ("good",))
    assert load_labels(root / "a0").tags == ("leaf", "good")


def test_a_refused_tag_is_told(qtbot: QtBot, panel: RunsPanel, session: Session) -> None:
    with qtbot.waitSignal(session.notified, timeout=_PATIENCE) as heard:
        panel.give_tags(["a0"], "a:b")
    assert heard.args[0] == "error"
    assert "cannot be a tag" in heard.args[1]


def test_seeds_are_compared_with_an_interval(qtbot: QtBot, panel: RunsPanel) -> None:
    _sides(qtbot, panel, *sorted(("a0", "a1"), key=_names(panel).index))
    assert "Seeds 0, 1 of one experiment: best top-1 85.00 ± 63.53 %" in panel.sides.word.text()
    curves = panel.sides.cards["top1"].plot.curves
    assert [len(curve.series) for curve in curves] == [2, 2]
    assert {curve.series.values[-1] for curve in curves} == {90.0, 80.0}
    table = panel.sides.settings
    assert [table.item(row, 0).text() for row in range(table.rowCount())] == ["Job  seed"]
    assert panel.sides.designs.toPlainText().endswith("The same design.")


def test_designs_are_compared_in_words(qtbot: QtBot, panel: RunsPanel) -> None:
    names = sorted(("a0", "c"), key=_names(panel).index)
    _sides(qtbot, panel, *names)
    told = panel.sides.designs.toPlainText()
    assert f"{names[0]} → {names[1]}" in told
    assert "changed" in told
    rows = {panel.sides.settings.item(row, 0).text() for row in range(panel.sides.settings.rowCount())}
    assert "Recipe  learning rate" in rows
    with qtbot.waitSignal(panel.diff_wanted, timeout=_PATIENCE) as wanted:
        panel.sides.show_diff.click()
    assert wanted.args == names


def test_one_run_shows_its_settings(qtbot: QtBot, panel: RunsPanel) -> None:
    _sides(qtbot, panel, "a0")
    rows = {panel.sides.settings.item(row, 0).text(): panel.sides.settings.item(row, 1).text()
            for row in range(panel.sides.settings.rowCount())}  # fmt: skip
    assert rows["Data  fingerprint"] == "pictures"
    assert rows["Environment  torch"] == "2.13"


def test_a_run_of_a_newer_version_is_shown_with_a_sentence(qtbot: QtBot, panel: RunsPanel) -> None:
    _sides(qtbot, panel, "newer")
    assert "has version 99" in panel.sides.word.text()
    assert panel.table.runs[0].status == "unreadable"


def test_deleting_asks_with_the_size_and_spares_what_runs(
    qtbot: QtBot, panel: RunsPanel, session: Session, root: Path
) -> None:
    asked: list[str] = []

    def refuse(question: str, _verb: str) -> bool:
        asked.append(question)
        return False

    panel.ask = refuse
    panel.table.choose(["a0", "c"])
    panel.table.setFocus()
    QTest.keyClick(panel.table, K.Key_Delete)
    assert "Delete 2 runs for good?" in asked[0]
    assert "kB are freed" in asked[0]
    assert (root / "a0").exists()
    panel.ask = lambda *_: True
    with (
        hold(root / "a1"),
        qtbot.waitSignal(session.notified, timeout=_PATIENCE, check_params_cb=lambda kind, _: kind == "info"),
    ):
        panel._keeper.look()
        _wait(qtbot, lambda: any(run.is_running for run in panel.model.rows))
        panel.table.choose(["a1", "c"])
        panel.delete()
    _wait(qtbot, lambda: not (root / "c").exists())
    assert (root / "a1").exists()
    _wait(qtbot, lambda: "c" not in _names(panel))


def test_a_running_run_updates(qtbot: QtBot, panel: RunsPanel, root: Path) -> None:
    run = training(root, "live")
    with hold(run.path):
        log(run, started(), opened(), epoch(0, 0.3))
        panel._keeper.look()
        _wait(qtbot, lambda: "live" in _names(panel))
        _sides(qtbot, panel, "live")
        assert panel.table.runs[0].is_running
        log(run, epoch(1, 0.6))
        panel._keeper.look()
        _wait(qtbot, lambda: panel.table.runs[0].top1 == 0.6)
        _wait(qtbot, lambda: len(panel.sides.cards["loss"].plot.curves[0].series) == 2)
    assert all(isinstance(one, EpochFinished) for one in panel.sides._sides.epochs[0])


def test_the_keyboard_reaches_everything(panel: RunsPanel) -> None:
    panel.filter.setFocus()
    QTest.keyClick(panel.filter, K.Key_Down)
    assert panel.table.hasFocus()
    assert len(panel.table.runs) == 1
    QTest.keyClick(panel.table, K.Key_Down, SHIFT)
    assert len(panel.table.runs) == 2
    menu = QMenu()
    panel.table.menu_actions(menu)
    assert [action.text() for action in menu.actions()][:3] == [
        "Open the design and the curves",
        "Tag…",
        "Delete…",
    ]
    index = panel.model.index(0, 1)
    assert str(panel.model.data(index, Qt.ItemDataRole.AccessibleTextRole)).startswith("Status ")


def test_what_is_chosen_stays_chosen_when_rows_move(panel: RunsPanel) -> None:
    panel.table.choose(["a0", "c"])
    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert {run.name for run in panel.table.runs} == {"a0", "c"}
    panel.table.selectAll()
    panel.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert [run.name for run in panel.table.runs] == ["a0", "a1", "c", "newer", "p"]


def test_designs_are_ranked_in_the_bakeoff(qtbot: QtBot, root: Path, session: Session) -> None:
    keeper = RunKeeper(root, session.catalogue)
    bakeoff = BakeoffPanel(keeper, DARK)
    qtbot.addWidget(bakeoff)
    bakeoff.resize(1100, 320)
    bakeoff.show()
    _wait(qtbot, lambda: bakeoff.table.rowCount() == 2)

    def designs() -> list[str]:
        return [bakeoff.table.item(row, 1).text().removesuffix("  ★") for row in range(2)]

    assert designs() == ["moat-0", "coatnet-0"]
    assert bakeoff.table.item(0, 2).text().endswith("85.00 %")
    assert "Student's t over 2 seeds" in bakeoff.table.item(0, 3).toolTip()
    assert "Wilson over the validation pictures" in bakeoff.table.item(1, 3).toolTip()
    assert bakeoff.table.item(1, 5).text() == "2 ms"
    assert len(bakeoff.scatter.places()) == 1  # the other one was not profiled
    bakeoff.ranks["latency_us"].click()
    assert designs() == ["coatnet-0", "moat-0"]
    bakeoff.costs["params"].click()
    places = bakeoff.scatter.places()
    assert len(places) == 2
    QTest.mouseClick(bakeoff.scatter, Qt.MouseButton.LeftButton, NONE, places[0][0].toPoint())
    assert bakeoff._chosen() == places[0][1].digest
    with qtbot.waitSignal(bakeoff.runs_wanted, timeout=_PATIENCE) as wanted:
        bakeoff.table.itemActivated.emit(bakeoff.table.item(0, 1))
    assert wanted.args == [f"digest:{bakeoff.table.item(0, 0).data(Qt.ItemDataRole.UserRole + 1)}"]
    pictures = []
    for theme in (LIGHT, DARK):
        bakeoff.set_theme(theme)
        pictures.append(bakeoff.grab().toImage())
    assert pictures[0] != pictures[1]
    keeper.close()


def test_the_window_gets_designs_and_curves_back(qtbot: QtBot, window: MainWindow, root: Path) -> None:
    window.actions_set["panels_runs"].trigger()
    panel = window.runs.table
    _wait(qtbot, lambda: panel.model.count == 5)
    assert TABS[window.tabs.currentIndex()] == "Runs"
    assert panel.filter.hasFocus()
    before = len(window.documents.tabs)
    panel.table.choose(["a0"])
    panel.table.setFocus()
    QTest.keyClick(panel.table, K.Key_Return)
    assert len(window.documents.tabs) == before + 1
    assert digest(window.session.graph) == digest(presets.build("moat-0"))
    assert window.training.follower.run == Run(root / "a0")
    assert TABS[window.tabs.currentIndex()] == "Train"
    window.runs.show_difference("a0", "c")
    assert digest(window.session.graph) == digest(presets.build("coatnet-0"))
    window.actions_set["panels_bakeoff"].trigger()
    _wait(qtbot, lambda: window.runs.bakeoff.table.rowCount() == 2)
    window.runs.bakeoff.runs_wanted.emit("kind:profile")
    assert TABS[window.tabs.currentIndex()] == "Runs"
    assert _names(panel) == ["p"]


def test_many_runs_are_looked_at_less_often(qtbot: QtBot, panel: RunsPanel, root: Path) -> None:
    keeper = panel._keeper
    _wait(qtbot, lambda: not keeper._is_looking)
    run = training(root, "live")
    with hold(run.path):
        keeper._due = 0.0
        keeper.look()
        _wait(qtbot, lambda: "live" in _names(panel))
        keeper._due = math.inf  # as after a look that took long
        training(root, "later")
        log(run, started(), epoch(0, 0.7))
        keeper.look()
        _wait(qtbot, lambda: panel.model.rows[panel.model.row_of("live") or 0].top1 == 0.7)
        assert "later" not in _names(panel)
    panel.hide()
    assert not keeper._timer.isActive()
