"""The tree of costs, its selection, the heat on the canvas, and figures that an edit makes stale."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from app import trees
from app.profiling.panel import ProfilePanel
from app.session import Session
from app.theme import LIGHT
from hybridgraph.graph import edits


def _texts(item: QTreeWidgetItem) -> list[str]:
    return [item.text(column) for column in range(item.columnCount())]


def test_stages_hold_nodes_and_these_their_repeats(shown: ProfilePanel) -> None:
    tree = shown.view.tree
    tops = list(trees.tops(tree))
    assert [row.text(0) for row in tops] == ["Stem", "Stage 1", "Classifier"]
    (conv,) = trees.below(tops[1])
    assert [row.text(0) for row in trees.below(conv)] == ["Repeat 1", "Repeat 2"]
    headers = [tree.headerItem().text(at).strip() for at in range(tree.columnCount())]
    assert headers == ["Node", "Inference", "Forward", "Backward", "Optimizer", "Step", "Share",
                       "Parameters", "MACs", "Kept", "At the peak"]  # fmt: skip
    assert _texts(conv) == ["Conv block × 2", "2.33 ms", "2.10 ms", "4.20 ms", "0.700 ms", "7 ms", "70 %",
                            "9 k", "50 k", "4 kB", "8 kB"]  # fmt: skip
    assert _texts(conv.child(1))[5:7] == ["5 ms", "50 %"]
    assert shown.roll_up.text() == "Stage 1: 70 % of the time, Stem: 20 %, Classifier: 10 %"
    assert "10 ms a training step" in shown.word.text()


def test_any_column_sorts_by_its_number(shown: ProfilePanel) -> None:
    tree = shown.view.tree
    tree.sortByColumn(5, Qt.SortOrder.DescendingOrder)
    assert [row.text(0) for row in trees.tops(tree)] == ["Stage 1", "Stem", "Classifier"]
    tree.sortByColumn(5, Qt.SortOrder.AscendingOrder)
    assert [row.text(0) for row in trees.tops(tree)] == ["Classifier", "Stem", "Stage 1"]


def test_a_row_selects_its_node_and_a_selected_node_its_row(
    qtbot: QtBot, session: Session, shown: ProfilePanel
) -> None:
    tree = shown.view.tree
    stem = next(trees.tops(tree))
    spot = tree.visualItemRect(stem).center()
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert session.selection == {("stem",)}
    session.select([("stage1", "conv")])
    assert tree.currentItem().text(0) == "Conv block × 2"
    session.select([])
    assert tree.currentItem() is None
    assert session.selection == frozenset()


def test_every_measure_is_shown_on_the_cards(session: Session, shown: ProfilePanel) -> None:
    assert session.heat.title == "Training step"
    assert session.heat.values[("stage1",)] == 7.0
    names = [shown.heat.itemText(at) for at in range(shown.heat.count())]
    assert names[0] == "No measure"
    for name, unit, value in (("Inference", "ms", 7 / 3), ("MACs", "", 1000), ("At the peak", "B", 8000)):
        shown.heat.setCurrentIndex(names.index(name))
        shown.heat.activated.emit(names.index(name))
        assert (session.heat.title, session.heat.unit) == (name, unit)
        assert abs(session.heat.values[("stage1",)] - value) < 1e-9
    shown.heat.setCurrentIndex(0)
    shown.heat.activated.emit(0)
    assert session.heat is None


def test_an_edit_strikes_the_figures_of_what_it_changed_alone(session: Session, shown: ProfilePanel) -> None:
    tree = shown.view.tree
    stem, stage, _head = trees.tops(tree)
    session.apply("Set", lambda graph: edits.set_param(graph, ("stem",), "kernel", 5, session.catalogue))
    assert stem.font(1).strikeOut()
    assert not stage.font(1).strikeOut()
    assert session.heat.stale
    assert session.heat.changed == {("stem",)}
    assert shown.word.text().startswith("Struck: before an edit")
    session.undo_stack.undo()
    assert not stem.font(1).strikeOut()
    assert not session.heat.stale
    session.apply("Repeat", lambda graph: edits.set_repeat(graph, ("stage1",), 3))
    assert stage.font(1).strikeOut()
    assert stage.child(0).child(0).font(1).strikeOut()
    assert not stem.font(1).strikeOut()


def test_a_run_without_a_result_says_so_and_themes_change(
    qtbot: QtBot, shown: ProfilePanel, keep, tmp_path
) -> None:
    from tests.app.profiling.conftest import made

    run = keep(made(), "bare")
    (run.path / "profile.json").unlink()
    shown.open_run(run)
    qtbot.waitUntil(lambda: "holds no result" in shown.word.text(), timeout=3000)
    shown.set_theme(LIGHT)
    assert shown.view.tree.topLevelItem(0).foreground(0).color().name().upper() == LIGHT.text
