"""The page one begins on, its recent files and networks, and the tour."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app.start.family import NAME, FamilyTree, families, family_name
from app.start.tour import STOPS, Tour
from app.theme import DARK, LIGHT
from app.window import MainWindow
from hybridgraph import presets
from tests.app.documents.conftest import Desk

LEFT = Qt.MouseButton.LeftButton


def filled(qtbot: QtBot, window: MainWindow) -> MainWindow:
    start = window.pages.start
    qtbot.waitUntil(lambda: start.tree is not None and start.tree.isVisible(), timeout=5000)
    qtbot.waitUntil(lambda: len(start.cards) == len(window.documents.recent), timeout=5000)
    return window


def test_the_ways_lead_into_designs(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    start = window.pages.start
    assert start.isVisible()
    qtbot.mouseClick(start.ways["sample"], LEFT)
    assert window.session.graph == presets.build(presets.SAMPLE)
    assert window.canvas.isVisible()
    window.documents.go_home()
    qtbot.mouseClick(start.ways["preset"], LEFT)
    window.documents.go_home()
    qtbot.mouseClick(start.ways["import"], LEFT)
    assert desk.answers.asked == ["new", "open"]
    assert len(window.documents.tabs) == 2


def test_recent_files_have_pictures_and_open(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    for name in ("a", "b"):
        window.documents.open(desk.design(name))
    (desk.root / "b.hybrid.json").unlink()
    window.documents.go_home()
    start = filled(qtbot, window).pages.start
    assert [path.rsplit("/", 1)[-1] for path in start.cards] == ["b.hybrid.json", "a.hybrid.json"]
    card = start.cards[str(desk.root / "a.hybrid.json")]
    qtbot.waitUntil(lambda: card.picture.pixmap().width() > 200, timeout=5000)
    drawing = card.picture.pixmap().toImage()
    colours = {QColor(drawing.pixel(x, y)).name() for x in range(0, 232, 2) for y in range(0, 118, 2)}
    assert len(colours) > 8
    assert len(list((desk.state / "thumbnails").glob("*-dark.png"))) == 1
    qtbot.mouseClick(card, LEFT)
    assert window.session.graph.name == "a"
    assert len(window.documents.tabs) == 2


def test_the_page_follows_the_theme(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    window.documents.open(desk.design("a"))
    window.documents.go_home()
    filled(qtbot, window)
    window.set_theme(LIGHT)
    qtbot.waitUntil(lambda: any((desk.state / "thumbnails").glob("*-light.png")), timeout=5000)


def test_the_family_tree_holds_every_preset_with_its_numbers() -> None:
    listed = [preset.name for members in families().values() for preset in members]
    assert sorted(listed) == sorted(presets.names())
    assert family_name([presets.info("moat-0"), presets.info("tiny-moat-1")]) == "MOAT, tiny-MOAT"


def test_a_network_is_found_unfolded_and_opened(qtbot: QtBot, window: MainWindow) -> None:
    tree = filled(qtbot, window).pages.start.tree
    assert isinstance(tree, FamilyTree)
    qtbot.keyClicks(tree.search, "coatnet-1 dai")
    rows = [tree.tree.topLevelItem(place) for place in range(tree.tree.topLevelItemCount())]
    (family,) = [row for row in rows if not row.isHidden()]
    shown = [
        family.child(place) for place in range(family.childCount()) if not family.child(place).isHidden()
    ]
    assert {row.data(0, NAME) for row in shown} == {"coatnet-1", "coatnet-1-dconv"}
    row = next(row for row in shown if row.data(0, NAME) == "coatnet-1")
    assert [row.text(column) for column in range(2, 6)] == ["42.2 M", "8.24 G", "83.3 %", "224 px"]
    tree.tree.setCurrentItem(row)
    qtbot.keyClick(tree.tree, Qt.Key.Key_Return)
    assert window.session.graph == presets.build("coatnet-1")
    assert not window.session.is_dirty


def test_a_click_on_a_paper_unfolds_it_and_the_page_grows(qtbot: QtBot, window: MainWindow) -> None:
    tree = filled(qtbot, window).pages.start.tree
    assert isinstance(tree, FamilyTree)
    first = tree.tree.topLevelItem(0)
    before = tree.tree.height()
    qtbot.mouseClick(tree.tree.viewport(), LEFT, pos=tree.tree.visualItemRect(first).center() + QPoint(40, 0))
    assert first.isExpanded()
    assert tree.tree.height() >= before + 20 * first.childCount()


def begin(qtbot: QtBot, window: MainWindow) -> Tour:
    qtbot.mouseClick(window.pages.start.ways["tour"], LEFT)
    return window.tour


def test_the_tour_has_five_stops_beside_what_they_are_about(qtbot: QtBot, window: MainWindow) -> None:
    tour = begin(qtbot, window)
    qtbot.waitUntil(window.docks["Inspector"].isVisible, timeout=2000)
    told = []
    for _ in STOPS:
        told.append(tour.callout.title.text())
        assert tour.rect().contains(tour.callout.geometry())
        assert tour.callout.text.height() >= tour.callout.text.heightForWidth(tour.callout.text.width())
        qtbot.mouseClick(tour.callout.next, LEFT)
    assert told == ["Blocks", "The design", "The inspector", "Train", "Export"]
    assert not tour.isVisible()


def test_the_tour_by_keys_is_remembered_as_seen(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    assert window.pages.start.ways["tour"].property("state") == "recommended"
    tour = begin(qtbot, window)
    for key, step in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Return, 2), (Qt.Key.Key_Left, 1)):
        qtbot.keyClick(tour, key)
        assert tour.step == step
    window.resize(1100, 800)
    assert tour.size() == window.size()
    qtbot.keyClick(tour, Qt.Key.Key_Escape)
    assert not tour.isVisible()
    assert tour.was_seen
    assert window.pages.start.ways["tour"].property("state") == ""
    assert window.close()
    assert desk.start().tour.was_seen


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_page_can_be_drawn(window: MainWindow, theme: object) -> None:
    window.set_theme(theme)
    assert not window.grab().isNull()
