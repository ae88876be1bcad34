"""Two profiles side by side."""

from dataclasses import replace

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app import trees
from app.profiling.panel import ProfilePanel
from app.session import Session
from app.theme import LIGHT
from hybridgraph.profiler.sides import side_by_side
from tests.app.profiling.conftest import made


def test_both_sides_are_for_one_picture_by_path() -> None:
    first, second = made(), replace(made(conv=0.5), batch=4)
    second = replace(second, nodes=second.nodes[:-1])
    sides = side_by_side(first, second)
    whole, stem, stage, conv, head = sides.pairs
    assert sides.is_training
    assert (whole.first_us, whole.second_us) == (10_000 / 8, 6_500 / 4)
    assert stem.ratio == 2.0
    assert stage.ratio == conv.ratio == 1.0
    assert (head.second_us, head.ratio) == (None, None)
    assert [one.path for one in side_by_side(second, first).pairs][-1] == ("head",)
    assert not side_by_side(first, replace(second, training=None, step=None)).is_training


def test_another_profile_is_chosen_and_shown_beside_this_one(
    qtbot: QtBot, session: Session, shown: ProfilePanel, keep
) -> None:
    keep(made(conv=0.5), "other")
    shown.show_view("sides")
    view = shown.view
    names = [view.choice.itemText(at) for at in range(view.choice.count())]
    assert names == ["Choose a profile", "other"]
    view.choice.setCurrentIndex(1)
    view.choice.activated.emit(1)
    rows = list(trees.tops(view.tree))
    assert [rows[0].text(at) for at in range(4)] == ["The whole network", "1.25 ms", "0.812 ms", "× 0.650"]
    assert [rows[2].text(at) for at in range(4)] == ["Stage 1", "0.875 ms", "0.438 ms", "× 0.500"]
    spot = view.tree.visualItemRect(rows[1]).center()
    qtbot.mouseClick(view.tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert session.selection == {("stem",)}
    shown.set_theme(LIGHT)
    assert view.tree.topLevelItem(2).foreground(3).color().name().upper() == LIGHT.head
