"""The published networks are found by typing, and opened without the mouse."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.start.family import FamilyTree
from app.theme import DARK

K = Qt.Key


def test_return_opens_the_first_that_was_found_and_down_leads_into_the_tree(qtbot: QtBot) -> None:
    tree = FamilyTree(DARK)
    qtbot.addWidget(tree)
    tree.show()
    chosen: list[str] = []
    tree.chosen.connect(chosen.append)
    QTest.keyClick(tree.search, K.Key_Return)
    assert not chosen  # nothing was asked for
    QTest.keyClicks(tree.search, "moat-0")
    QTest.keyClick(tree.search, K.Key_Return)
    assert chosen == ["moat-0"]
    QTest.keyClick(tree.search, K.Key_Down)
    QTest.keyClick(tree.tree, K.Key_Down)
    QTest.keyClick(tree.tree, K.Key_Return)
    assert chosen == ["moat-0", "tiny-moat-0"]


def test_return_on_words_that_nothing_has_opens_nothing(qtbot: QtBot) -> None:
    tree = FamilyTree(DARK)
    qtbot.addWidget(tree)
    tree.show()
    chosen: list[str] = []
    tree.chosen.connect(chosen.append)
    QTest.keyClicks(tree.search, "no such network")
    QTest.keyClick(tree.search, K.Key_Return)
    QTest.keyClick(tree.search, K.Key_Down)
    assert not chosen
