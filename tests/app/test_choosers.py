"""Lists that say what each choice would lead to."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.choosing.choosers import offer_repairs
from app.choosing.outcomes import outcome
from app.choosing.swapping import BeforeAfter, offer_swaps
from app.dialogs import Chooser
from app.engine_client import EngineClient
from app.furniture import furnish
from app.panels.problems import repair_area
from app.preview import Preview
from app.runs import RunDesk
from app.session import Session
from app.theme import DARK
from app.window import MainWindow
from hybridgraph import catalog, presets
from hybridgraph.analysis import Analysis, Cost, Finding, NodeReport
from hybridgraph.graph import edits
from hybridgraph.graph.model import Edge, Graph, digest
from hybridgraph.shapes import ImageMap
from tests.app.test_window import Answers, answers, window  # noqa: F401  the fixtures of the window

K, PATH = Qt.Key, ("stem",)
BEFORE = Analysis(digest="a", nodes={}, total=Cost(params=5230, macs=1_000_000))
REPORT = NodeReport(path=PATH, outputs={"y": ImageMap(96, 14, 14)})
AFTER = Analysis(digest="b", nodes={PATH: REPORT}, total=Cost(params=4000, macs=3_500_000))


def words(chooser: Chooser) -> dict[str, list[str]]:
    rows = [chooser.list.item(row) for row in range(chooser.list.count())]
    texts = [[label.text() for label in chooser.list.itemWidget(row).findChildren(QLabel)] for row in rows]
    return {next(text for text in line if text): line for line in texts}


def test_an_outcome_is_a_shape_and_what_it_costs_more_or_less() -> None:
    assert outcome(BEFORE, AFTER, PATH).text == "96×14×14 · −1.23 k params · +2.50 M MACs"
    assert outcome(None, AFTER, PATH).text == "96×14×14"
    broken = replace(BEFORE, findings=(Finding(severity="error", code="x", message="Odd.", path=PATH),))
    assert outcome(broken, AFTER, PATH).text == "96×14×14 · 4 k params · 3.50 M MACs in all"


def test_a_block_that_leads_nowhere_yet_shows_its_own_cost() -> None:
    new = ("new",)
    alone = replace(BEFORE, nodes={new: replace(REPORT, cost=Cost(params=1230, macs=2_500_000))})
    assert outcome(BEFORE, alone, new).text == "96×14×14 · +1.23 k params · +2.50 M MACs"
    # another type of the same cost
    assert outcome(alone, alone, new).text == "96×14×14 · +0 params · +0 MACs"


def test_only_a_fault_that_the_choice_brings_counts_against_it() -> None:
    def fault(*path: str) -> Finding:
        return Finding(severity="error", code="x", message=f"Fault in {path[0]}.", path=path)

    known = replace(AFTER, findings=(fault("other"),))
    assert not outcome(replace(BEFORE, findings=(fault("other"),)), known, PATH).reason
    found = outcome(BEFORE, replace(AFTER, findings=(fault("head"), fault("stem"))), PATH)
    assert (found.text, found.reason) == ("does not fit", "Fault in stem.")
    assert outcome(BEFORE, replace(AFTER, findings=(fault("head"),)), PATH).text == "breaks what follows"


def test_a_block_that_may_take_the_place_shows_what_it_would_give(qtbot: QtBot, window: MainWindow) -> None:  # noqa: F811
    window.engine.start()
    session = window.session
    qtbot.waitUntil(lambda: session.analysis is not None, timeout=20_000)
    session.select([PATH])
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, K.Key_S, Qt.KeyboardModifier.ShiftModifier)
    (chooser,) = window.findChildren(Chooser)
    assert "Conv block" not in words(chooser)  # it stands there already
    qtbot.waitUntil(
        lambda: any("96×14×14" in text for text in words(chooser)["Squeeze-and-Excitation"]), timeout=20_000
    )
    QTest.keyClicks(chooser.search, "squeeze")
    QTest.keyClick(chooser.search, K.Key_Return)
    assert session.graph.item(PATH).block == "gate"
    assert Edge("image", "y", "stem", "x") in session.graph.edges


def test_blocks_for_a_wire_are_tried_with_the_wire(qtbot: QtBot, window: MainWindow) -> None:  # noqa: F811
    window.engine.start()
    qtbot.waitUntil(lambda: window.session.analysis is not None, timeout=20_000)
    canvas = window.canvas
    canvas.ask_for_block(canvas.mapToScene(20, 20), (), Edge("stem", "y", "", ""))
    (chooser,) = window.findChildren(Chooser)
    qtbot.waitUntil(lambda: any("96×14×14" in text for text in words(chooser)["Conv block"]), timeout=20_000)
    assert "Classifier" in words(chooser)


def real_window(qtbot: QtBot, graph: Graph, folder: Path) -> MainWindow:
    """A window with the real blocks and the real engine."""
    session = Session(catalog.load(), graph)
    engine = EngineClient(session, parent=session)
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    desk = RunDesk(engine, folder / "runs", session)
    furnish(made, session, engine, desk, folder / "state", Answers())
    session.setParent(made)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.resize(1300, 900)
    made.show()
    engine.start()
    return made


def mended(chooser: Chooser) -> list[str]:
    return [
        chooser.list.item(row).data(Qt.ItemDataRole.UserRole).title for row in range(chooser.list.count())
    ]


def test_a_repair_is_offered_at_the_problem_when_the_engine_has_seen_it_mend(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    themes.apply(qapp, DARK)
    broken = edits.set_param(presets.build("pocket-moat"), ("stage2",), "head_dim", 36, catalog.load())
    made = real_window(qtbot, broken, tmp_path)
    session = made.session
    qtbot.waitUntil(lambda: session.analysis is not None, timeout=60_000)
    made.show_panel("Problems")
    row = made.problems.list.visualItemRect(made.problems.list.item(0))
    QTest.mouseClick(made.problems.list.viewport(), Qt.MouseButton.LeftButton, pos=repair_area(row).center())
    qtbot.waitUntil(lambda: len(made.findChildren(Chooser)) == 1)
    (chooser,) = made.findChildren(Chooser)
    qtbot.waitUntil(lambda: "Set head dim of Stage 2 to 32" in mended(chooser), timeout=60_000)
    preview = session.preview  # of the repair that is marked; nothing is edited yet
    assert preview is not None
    assert not preview.analysis.errors
    assert preview.graph != session.graph == broken
    session.show_preview(None)
    assert session.analysis is not None
    card = made.canvas.on_screen(session.analysis.errors[0].path)
    assert card is not None
    assert not chooser.geometry().intersects(card)
    QTest.keyClicks(chooser.search, "32")
    QTest.keyClick(chooser.search, K.Key_Return)
    assert session.graph.item(("stage2",)).params["head_dim"] == 32
    assert session.preview is None
    qtbot.waitUntil(lambda: session.analysis is not None and not session.analysis.errors, timeout=60_000)
    made.engine.stop()
    qapp.setStyleSheet("")


def test_a_look_at_a_repair_ends_with_the_list(qtbot: QtBot, window: MainWindow) -> None:  # noqa: F811
    session, finding = window.session, Finding(severity="error", code="head_dim", message="Odd.", path=PATH)
    window.show()
    session.accept_analysis(replace(BEFORE, digest=digest(session.graph), findings=(finding,)))
    offer_repairs(window, finding)
    (chooser,) = window.findChildren(Chooser)
    session.show_preview(Preview(title="with this repair", graph=session.graph, analysis=AFTER))
    QTest.keyClick(chooser, K.Key_Escape)
    assert session.preview is None


@pytest.mark.parametrize(
    ("about", "beside"),
    [
        (QRect(20, 20, 60, 60), QPoint(330, 90)),  # far from where a list stands
        (QRect(400, 200, 100, 80), QPoint(516, 200)),  # at its right
        (QRect(700, 200, 100, 80), QPoint(144, 200)),  # at its left
        (QRect(330, 100, 700, 80), QPoint(330, 196)),  # below it
        (QRect(0, 0, 1200, 800), QPoint(330, 90)),  # nowhere
    ],
)
def test_a_list_leaves_what_it_is_about_in_sight(qtbot: QtBot, about: QRect, beside: QPoint) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.setGeometry(0, 0, 1200, 800)
    corner = parent.mapToGlobal(QPoint(0, 0))
    chooser = Chooser([], "", parent, about=about.translated(corner))
    assert chooser.pos() - corner == beside


def test_a_block_is_swapped_at_equal_cost_after_a_look_at_both(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    themes.apply(qapp, DARK)
    made = real_window(qtbot, presets.build("pocket-moat"), tmp_path)
    session = made.session
    qtbot.waitUntil(lambda: session.analysis is not None, timeout=60_000)
    assert session.analysis is not None
    before = session.analysis.total.params
    offer_swaps(made, ("stage1", "mbconv"))
    (chooser,) = made.findChildren(Chooser)
    (keep,) = chooser.findChildren(QComboBox)
    keep.setCurrentIndex(1)
    QTest.keyClicks(chooser.search, "conv-norm-act")
    QTest.keyClick(chooser.search, K.Key_Return)
    qtbot.waitUntil(lambda: bool(made.findChildren(BeforeAfter)), timeout=60_000)
    (dialog,) = made.findChildren(BeforeAfter)
    assert [dialog.table.item(0, column).text() for column in (0, 1)] == ["Parameters", "169 k"]
    assert session.graph.item(("stage1", "mbconv")).block == "mbconv"  # nothing changes unasked
    dialog.accept()
    assert session.graph.item(("stage1", "mbconv")).block == "conv_norm_act"
    qtbot.waitUntil(lambda: session.analysis is not None and session.is_analysis_current, timeout=60_000)
    assert session.analysis.total.params == pytest.approx(before, rel=0.05)
    made.engine.stop()
    qapp.setStyleSheet("")


def test_one_list_finds_commands_blocks_nodes_and_presets(qtbot: QtBot, window: MainWindow) -> None:  # noqa: F811
    window.canvas.setFocus()
    QTest.keyClick(window, K.Key_K, Qt.KeyboardModifier.ControlModifier)
    chooser = window.findChildren(Chooser)[-1]
    assert "Train" in mended(chooser)
    assert "Conv block" not in mended(chooser)  # only commands until one types

    def found(text: str) -> list[str]:
        chooser.search.setText(text)
        return mended(chooser)

    assert found("add conv block") == ["Conv block"]
    assert "Classifier" in found("go to classifier")
    assert "MOAT-0" in found("new moat")
    assert len(found("a")) <= 100
    found("add conv block")
    before = len(window.session.graph.nodes)
    QTest.keyClick(chooser.search, K.Key_Return)
    assert len(window.session.graph.nodes) == before + 1
