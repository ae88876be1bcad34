"""The panels with real events: palette, inspector, problems, source."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.panels.editors import ChoiceField, Switch, TextField
from app.panels.inspector import Inspector
from app.panels.palette import Palette
from app.panels.problems import Problems
from app.panels.source import SourcePanel
from app.session import BLOCK_MIME, Heat, Session
from app.theme import DARK, LIGHT
from hybridgraph.analysis import Analysis, Cost, Finding, NodeReport
from hybridgraph.graph import edits
from hybridgraph.graph.model import Node
from hybridgraph.graph.values import First, Ref
from hybridgraph.shapes import ImageMap

STEM = ("stem",)
STAGE = ("stage1",)
INNER = ("stage1", "conv")


@pytest.fixture(autouse=True)
def styled(qapp: QApplication) -> Iterator[None]:
    themes.apply(qapp, DARK)
    yield
    qapp.setStyleSheet("")


def analysed(session: Session, *findings: Finding) -> Analysis:
    reports = {
        path: NodeReport(
            path=path,
            inputs={"x": ImageMap(32, 28, 28)},
            outputs={"y": ImageMap(96, 14, 14)},
            cost=Cost(params=1_500_000, macs=2_000_000, activation_bytes=4_000_000),
        )
        for path, _ in session.graph.walk()
    }
    total = Cost(params=3_000_000, macs=8_000_000, activation_bytes=16_000_000)
    return Analysis(digest=session.digest, nodes=reports, findings=findings, total=total)


# ------------------------------------------------------------------------------------------------- palette


def titles(palette: Palette) -> list[str]:
    return [str(palette.model.index(row).data()) for row in range(palette.model.rowCount())]


def test_the_palette_lists_blocks_by_family(qtbot: QtBot, session: Session) -> None:
    palette = Palette(session, DARK)
    qtbot.addWidget(palette)
    assert titles(palette) == [
        "Convolution", "Conv block", "Extrinsic merge", "Squeeze-and-Excitation", "Glue", "Image",
        "Heads", "Classifier",
    ]  # fmt: skip


def test_typing_an_alias_and_enter_adds_the_block(qtbot: QtBot, session: Session) -> None:
    palette = Palette(session, DARK)
    qtbot.addWidget(palette)
    palette.show()
    qtbot.keyClicks(palette.search, "channel attention")
    assert titles(palette) == ["Squeeze-and-Excitation"]
    with qtbot.waitSignal(palette.add_requested, timeout=1000) as asked:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert asked.args == ["gate"]


def test_arrows_lead_from_the_search_box_into_the_list(qtbot: QtBot, session: Session) -> None:
    palette = Palette(session, DARK)
    qtbot.addWidget(palette)
    palette.show()
    palette.activateWindow()
    palette.search.setFocus()
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.list.currentIndex().data() == "Conv block"
    qtbot.keyClick(palette.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.add_requested, timeout=1000) as asked:
        qtbot.keyClick(palette.list, Qt.Key.Key_Return)
    assert asked.args == ["gate"]


def test_a_search_without_result_says_so(qtbot: QtBot, session: Session) -> None:
    palette = Palette(session, DARK)
    qtbot.addWidget(palette)
    palette.show()
    qtbot.keyClicks(palette.search, "quantum")
    assert titles(palette) == []
    assert palette._nothing.isVisible()
    qtbot.keyClick(palette.search, Qt.Key.Key_Escape)
    assert "Conv block" in titles(palette)


def test_a_drag_carries_the_block_and_a_heading_cannot_be_dragged(qtbot: QtBot, session: Session) -> None:
    palette = Palette(session, DARK)
    qtbot.addWidget(palette)
    heading, block = palette.model.index(0), palette.model.index(1)
    assert not palette.model.flags(heading) & Qt.ItemFlag.ItemIsDragEnabled
    assert palette.model.flags(block) & Qt.ItemFlag.ItemIsDragEnabled
    assert bytes(palette.model.mimeData([block]).data(BLOCK_MIME).data()) == b"conv"
    assert palette.model.rowCount(block) == 0
    assert palette.model.flags(QModelIndex()) == Qt.ItemFlag.NoItemFlags


# ------------------------------------------------------------------------------------------------- inspector


@pytest.fixture
def inspector(qtbot: QtBot, session: Session) -> Inspector:
    widget = Inspector(session, DARK)
    qtbot.addWidget(widget)
    widget.resize(330, 700)
    widget.show()
    session.select([STEM])
    return widget


def field(inspector: Inspector, name: str, path: tuple[str, ...] = STEM) -> Any:
    return inspector.rows[path, name].field


def typed(qtbot: QtBot, edit: TextField, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def test_every_parameter_has_the_field_that_suits_it(inspector: Inspector) -> None:
    kinds = {name: type(field(inspector, name)) for _, name in inspector.rows}
    assert kinds == {
        "channels": TextField, "kernel": TextField, "stride": TextField, "drop_path": TextField,
        "se": Switch, "norm": ChoiceField, "groups": TextField,
    }  # fmt: skip


def test_a_typed_sum_changes_the_graph(qtbot: QtBot, session: Session, inspector: Inspector) -> None:
    typed(qtbot, field(inspector, "channels"), "96*2")
    assert session.graph.nodes["stem"].params["channels"] == 192
    assert field(inspector, "channels").text() == "192"


def test_stepping_is_one_undo_step_and_leaving_ends_it(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    edit = field(inspector, "channels")
    inspector.activateWindow()
    edit.setFocus()
    for _ in range(3):
        qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert session.graph.nodes["stem"].params["channels"] == 67
    assert session.undo_stack.count() == 1
    edit.settled.emit()
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    assert edit.text() == "67"


def test_a_value_outside_the_limits_is_refused_under_the_field(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    before = session.graph
    typed(qtbot, field(inspector, "channels"), "0")
    assert session.graph is before
    sentence = field(inspector, "channels").parent()._sentence
    assert sentence.isVisible()
    assert "below the limit of 1" in sentence.text()
    qtbot.keyClick(field(inspector, "channels"), Qt.Key.Key_Escape)
    assert field(inspector, "channels").text() == "64"
    assert not sentence.isVisible()


def test_a_switch_and_a_choice_change_the_graph(qtbot: QtBot, session: Session, inspector: Inspector) -> None:
    qtbot.mouseClick(field(inspector, "se"), Qt.MouseButton.LeftButton, pos=QPoint(16, 14))
    assert session.graph.nodes["stem"].params["se"] is True
    field(inspector, "norm").setFocus()
    qtbot.keyClick(field(inspector, "norm"), Qt.Key.Key_Down)
    assert session.graph.nodes["stem"].params["norm"] == "layer"


def test_an_edited_parameter_is_marked_and_can_be_reset(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    row = inspector.rows[STEM, "kernel"]
    assert not row.reset.isVisible()
    typed(qtbot, field(inspector, "kernel"), "5")
    assert row.reset.isVisible()
    qtbot.mouseClick(row.reset, Qt.MouseButton.LeftButton)
    assert "kernel" not in session.graph.nodes["stem"].params
    assert not row.reset.isVisible()


def test_values_for_each_repeat_are_shown_and_edited_as_text(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    session.select([INNER])
    assert field(inspector, "stride", INNER).text() == "2, then 1"
    assert field(inspector, "channels", INNER).text() == "= channels"
    typed(qtbot, field(inspector, "stride", INNER), "4, then 1")
    typed(qtbot, field(inspector, "kernel", INNER), "= channels")
    params = session.graph.item(INNER).params
    assert (params["stride"], params["kernel"]) == (First(4, 1), Ref("channels"))


def test_a_switch_can_hold_a_value_for_each_repeat(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    session.select([INNER])
    field(inspector, "se", INNER).actions()[0].trigger()
    typed(qtbot, field(inspector, "se", INNER), "on, then off")
    assert session.graph.item(INNER).params["se"] == First(True, False)
    session.undo_stack.undo()
    assert isinstance(field(inspector, "se", INNER), TextField)


def test_an_optional_value_is_set_to_none_by_typing_and_by_reset(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    typed(qtbot, field(inspector, "groups"), "4")
    assert session.graph.nodes["stem"].params["groups"] == 4
    typed(qtbot, field(inspector, "groups"), "none")
    assert session.graph.nodes["stem"].params["groups"] is None


def test_a_stage_has_its_repeat_and_the_limits_of_the_parameter_it_feeds(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    session.select([STAGE])
    typed(qtbot, field(inspector, "repeat", STAGE), "5")
    assert session.graph.nodes["stage1"].repeat == 5
    typed(qtbot, field(inspector, "channels", STAGE), "5000")
    assert "above the limit of 4096" in field(inspector, "channels", STAGE).parent()._sentence.text()


def test_a_stage_collects_what_its_repeats_give_at_a_switch(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    session.select([STAGE])
    (port,) = session.graph.nodes["stage1"].outputs
    qtbot.mouseClick(
        field(inspector, "collect", (*STAGE, port)), Qt.MouseButton.LeftButton, pos=QPoint(16, 14)
    )
    assert session.graph.nodes["stage1"].collected == {port}
    session.undo_stack.undo()
    assert not session.graph.nodes["stage1"].collected


def test_nothing_selected_shows_the_design(qtbot: QtBot, session: Session, inspector: Inspector) -> None:
    session.select([])
    assert {name for _, name in inspector.rows} == {"channels", "height", "width", "classes"}
    typed(qtbot, field(inspector, "height", ("image",)), "32")
    assert session.graph.nodes["image"].params["height"] == 32


def test_a_name_typed_over_renames(qtbot: QtBot, session: Session, inspector: Inspector) -> None:
    name = inspector._header.name
    name.setFocus()
    name.selectAll()
    qtbot.keyClicks(name, "First layer")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert session.graph.nodes["stem"].title == "First layer"


def test_wired_values_and_costs_come_from_the_analysis(session: Session, inspector: Inspector) -> None:
    session.accept_analysis(analysed(session))
    assert [label.text() for label in inspector._parameters.wired_labels] == ["32"]
    bar = inspector._costs.bars["Parameters"]
    assert (bar.number, bar.unit, bar.share) == ("1.50", "M", 0.5)
    session.show_heat(Heat(title="Latency", unit="ms", values={STEM: 1.0, STAGE: 3.0}, digest=session.digest))
    latency = inspector._costs.bars["Latency"]
    assert (latency.number, latency.unit, latency.share) == ("1", "ms", 0.25)


def test_an_unknown_block_and_many_blocks_can_be_looked_at(session: Session, inspector: Inspector) -> None:
    session.apply("Add", lambda graph: edits.add_node(graph, Node(id="odd", block="of_tomorrow")))
    session.select([("odd",)])
    assert "of_tomorrow" in inspector._header._block.text()
    session.select([STEM, STAGE])
    assert inspector._header.name.text() == "2 blocks"
    inspector.set_theme(LIGHT)
    assert inspector.grab().width() > 0


# ------------------------------------------------------------------------------------------------- problems, source

WARNING = Finding(severity="warning", code="odd", message="The stem is odd.", hint="Make it even.", path=STEM)
ERROR = Finding(severity="error", code="bad", message="Nothing fits here.", path=INNER, port="x")


def test_problems_are_listed_errors_first_and_a_click_goes_there(qtbot: QtBot, session: Session) -> None:
    panel = Problems(session, DARK)
    qtbot.addWidget(panel)
    panel.resize(500, 200)
    panel.show()
    session.accept_analysis(analysed(session, WARNING, ERROR))
    assert panel.list.count() == 2
    row = panel.list.item(0)
    assert row.toolTip() == "Stage 1 › Conv block · x\nNothing fits here."
    with qtbot.waitSignal(panel.frame_requested, timeout=1000) as asked:
        spot = panel.list.visualItemRect(row).center()
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert asked.args == [INNER]
    assert session.selection == {INNER}
    session.accept_analysis(analysed(session))
    assert panel.list.count() == 0


class Writer:
    """Gives the same source for any graph."""

    def __init__(self) -> None:
        self.asked = 0

    def request_source(self, graph: Any, answer: Any, refusal: Any, *, standalone: bool = False) -> None:
        self.asked += 1
        lines = {"stem": [2, 3], "stage1": [4, 6], "stage1/conv": [5, 5]}
        text = '"""A\nmodel"""\nself.stem = 1\nclass Stage1:\n    conv = 3.5  # why\n    pass\n'
        answer({"digest": digest_of(graph), "source": text, "lines": lines})


def digest_of(graph: Any) -> str:
    from hybridgraph.graph.model import digest

    return digest(graph)


def test_the_source_follows_the_selection(qtbot: QtBot, session: Session) -> None:
    writer = Writer()
    panel = SourcePanel(session, writer, DARK)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: writer.asked == 1, timeout=2000)
    session.select([INNER])
    marked = [mark.cursor.blockNumber() + 1 for mark in panel.text.extraSelections()]
    assert marked == [5]
    session.select([STAGE])
    assert [mark.cursor.blockNumber() + 1 for mark in panel.text.extraSelections()] == [4, 5, 6]
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text().startswith('"""A')


def test_the_source_is_asked_for_only_while_it_is_seen_and_after_each_edit(
    qtbot: QtBot, session: Session
) -> None:
    writer = Writer()
    panel = SourcePanel(session, writer, DARK)
    qtbot.addWidget(panel)
    session.apply("Delete", lambda graph: edits.remove(graph, ["stem"]))
    assert writer.asked == 0
    panel.show()
    qtbot.waitUntil(lambda: writer.asked == 1, timeout=2000)
    session.undo_stack.undo()
    qtbot.waitUntil(lambda: writer.asked == 2, timeout=2000)
