"""The page of a block: its texts, and its cost formulas with the numbers of the node that is selected."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.panels.blockpage import WAITING, BlockPage, PageDialog
from app.panels.inspector import Inspector
from app.panels.pagetext import Costs
from app.panels.palette import Palette
from app.session import Session
from app.theme import DARK, LIGHT
from hybridgraph import catalog, pages
from hybridgraph.analysis import Analysis, Cost, NodeReport
from hybridgraph.graph import edits
from hybridgraph.graph.model import Edge, Graph, Group, Node, frozen
from hybridgraph.graph.values import First
from hybridgraph.shapes import ImageMap

CATALOGUE = catalog.load()
STEM, STAGE, INNER = ("stem",), ("stage",), ("stage", "conv")
# Worked by hand: 3×3, 3 → 8 channels at 16×16; then 8 → 4 at stride 2, and 4 → 4, each with a batch norm.
STEM_COST = Cost(params=9 * 3 * 8 + 16, macs=9 * 3 * 8 * 256)
STAGE_COST = Cost(params=9 * 8 * 4 + 8 + 9 * 4 * 4 + 8, macs=(9 * 8 * 4 + 9 * 4 * 4) * 64)


@pytest.fixture(autouse=True, scope="module")
def styled(qapp: QApplication) -> Iterator[None]:
    themes.apply(qapp, DARK)
    yield
    qapp.setStyleSheet("")


def conv(name: str, **params: object) -> Node:
    return Node(id=name, block="conv_norm_act", params=frozen({"kernel": 3, **params}))


@pytest.fixture
def session(qapp: object) -> Session:
    ports = {"x": Node(id="x", block="input"), "y": Node(id="y", block="output")}
    inside = Graph(
        nodes=frozen({**ports, "conv": conv("conv", channels=4, stride=First(2, 1))}),
        edges=(Edge("x", "y", "conv", "x"), Edge("conv", "y", "y", "x")),
    )
    nodes = {
        "image": Node(id="image", block="image", params=frozen({"height": 16, "width": 16})),
        "stem": conv("stem", channels=8),
        "stage": Group(id="stage", body=inside, repeat=2),
        "odd": Node(id="odd", block="of_tomorrow"),
    }
    return Session(
        CATALOGUE,
        Graph(nodes=frozen(nodes), edges=(Edge("image", "y", "stem", "x"), Edge("stem", "y", "stage", "x"))),
    )


def analysed(session: Session, stem: Cost = STEM_COST) -> Analysis:
    middle, end = ImageMap(8, 16, 16), ImageMap(4, 8, 8)
    reports = [
        NodeReport(path=STEM, inputs={"x": ImageMap(3, 16, 16)}, outputs={"y": middle}, cost=stem),
        NodeReport(path=STAGE, inputs={"x": middle}, outputs={"y": end}, cost=STAGE_COST, repeats=2),
        NodeReport(path=INNER, inputs={"x": middle}, outputs={"y": end}, cost=STAGE_COST, repeats=2),
    ]
    return Analysis(
        digest=session.digest, nodes={report.path: report for report in reports}, total=stem + STAGE_COST
    )


@pytest.fixture
def inspector(qtbot: QtBot, session: Session) -> Inspector:
    widget = Inspector(session, DARK)
    qtbot.addWidget(widget)
    widget.resize(340, 900)
    widget.show()
    return widget


def shown(inspector: Inspector) -> BlockPage:
    assert inspector._page is not None
    return inspector._page


def test_nothing_is_read_before_a_block_is_looked_at(session: Session, inspector: Inspector) -> None:
    assert inspector._page is None
    session.select([STEM])
    assert shown(inspector).page == pages.load("conv_norm_act")
    session.select([])
    assert not shown(inspector).isVisible()


def test_the_window_starts_without_pages() -> None:
    code = "import sys, app.__main__, app.composition; print([m for m in sys.modules if m.startswith('hybridgraph.pages')])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "[]\n"


def test_the_page_has_the_numbers_of_the_node_and_a_tick(session: Session, inspector: Inspector) -> None:
    session.accept_analysis(analysed(session))
    session.select([STEM])
    text = shown(inspector)._numbers.text()
    assert "3<sup>2</sup>·3·8" in text
    assert "216" in text
    assert text.count("✓ The engine counts the same.") == 2
    assert "≠ The engine" not in text


def test_a_difference_is_shown_and_never_hidden(session: Session, inspector: Inspector) -> None:
    session.accept_analysis(analysed(session, replace(STEM_COST, params=STEM_COST.params + 1)))
    session.select([STEM])
    text = shown(inspector)._numbers.text()
    assert "≠ The engine counts 233 parameters, 1 (0.4 %) more." in text
    assert text.count("✓ The engine counts the same.") == 1


def test_a_stage_shows_the_numbers_of_its_block_over_all_repeats(
    session: Session, inspector: Inspector
) -> None:
    session.accept_analysis(analysed(session))
    session.select([STAGE])
    page = shown(inspector)
    assert page.sections["cost"].head.text() == "COST BY FORMULA: CONV-NORM-ACT"
    assert isinstance(page._costs, Costs)
    assert page._costs.params.parts == ((1, 296), (1, 152))
    assert page._costs.params.total == STAGE_COST.params
    assert page._numbers.text().count("✓ The engine counts the same.") == 2
    session.select([INNER])
    assert page.sections["cost"].head.text() == "COST BY FORMULA"


def test_without_the_engine_there_are_formulas_and_a_word_about_it(
    session: Session, inspector: Inspector
) -> None:
    session.select([STEM])
    text = shown(inspector)._numbers.text()
    assert WAITING in text
    assert "convolution" in text


def test_numbers_stay_until_the_engine_has_answered_an_edit(session: Session, inspector: Inspector) -> None:
    session.accept_analysis(analysed(session))
    session.select([STEM])
    before = shown(inspector)._numbers.text()
    session.apply("Set", lambda graph: edits.set_param(graph, STEM, "channels", 16, CATALOGUE))
    assert shown(inspector)._numbers.text() == before
    session.accept_analysis(analysed(session, Cost(params=9 * 3 * 16 + 32, macs=9 * 3 * 16 * 256)))
    assert "3<sup>2</sup>·3·16" in shown(inspector)._numbers.text()


def test_formulas_that_do_not_fit_the_block_say_so(session: Session, inspector: Inspector) -> None:
    strange = replace(CATALOGUE["conv_norm_act"], params={})
    page = BlockPage(DARK)
    page.show_block(strange)
    page.show_costs("A formula uses 'channels', which the block does not have.")
    assert "A formula uses 'channels'" in page._numbers.text()


def test_a_block_without_a_page_shows_what_the_catalogue_says(qtbot: QtBot) -> None:
    own = replace(
        CATALOGUE["se"], id="my_gate", doc="My own gate.\n\nIt gates.", paper="Me 2026 · arXiv:2601.00001"
    )
    page = BlockPage(DARK)
    qtbot.addWidget(page)
    page.show_block(own)
    page.show()
    assert "My own gate." in page._says.text()
    assert "https://arxiv.org/abs/2601.00001" in page._papers.text()
    assert not page.sections["cost"].isVisible()
    assert not page.sections["bias"].isVisible()


def test_an_unknown_block_has_no_page(session: Session, inspector: Inspector) -> None:
    session.select([STEM])
    session.select([("odd",)])
    assert not shown(inspector).isVisible()


def test_sections_fold_with_the_keyboard_and_stay_so(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    session.select([STEM])
    mistakes = shown(inspector).sections["mistakes"]
    assert not mistakes._content.isVisible()
    assert mistakes.head.focusPolicy() & Qt.FocusPolicy.TabFocus
    qtbot.keyClick(mistakes.head, Qt.Key.Key_Space)
    assert mistakes._content.isVisible()
    session.select([("image",)])
    assert shown(inspector).sections["mistakes"]._content.isVisible()
    assert shown(inspector).page == pages.load("image")


def test_help_leads_to_the_page(qtbot: QtBot, session: Session, inspector: Inspector) -> None:
    inspector.resize(340, 300)
    inspector.activateWindow()
    session.select([STEM])
    inspector.show_description()
    qtbot.waitUntil(lambda: inspector.verticalScrollBar().value() == shown(inspector).y() - 8, timeout=2000)
    assert shown(inspector).sections["what"].head.hasFocus()


class Browser(QObject):
    """Takes what would go to the browser."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


def test_links_open_in_the_browser_also_by_key(qtbot: QtBot) -> None:
    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "open")
    try:
        page = BlockPage(DARK)
        qtbot.addWidget(page)
        page.show_block(CATALOGUE["se"])
        page.show()
        page.activateWindow()
        page._papers.setFocus(Qt.FocusReason.TabFocusReason)
        assert page._papers.focusPolicy() == Qt.FocusPolicy.StrongFocus
        qtbot.keyClick(page._papers, Qt.Key.Key_Tab)  # to the link
        qtbot.keyClick(page._papers, Qt.Key.Key_Return)
    finally:
        QDesktopServices.unsetUrlHandler("https")
    assert browser.opened == ["https://arxiv.org/abs/1709.01507"]


def test_every_page_can_be_shown_in_both_themes(qtbot: QtBot) -> None:
    page = BlockPage(DARK)
    qtbot.addWidget(page)
    page.resize(320, 900)
    page.show()
    for spec in CATALOGUE.values():
        if (found := pages.load(spec.id)) is not None:
            page.set_theme(DARK)
            page.show_block(spec)
            dark = page._numbers.text()
            page.set_theme(LIGHT)
            assert (page._numbers.text() != dark) == bool(found.params or found.macs)
            assert page._bias.text()
    assert page.grab().width() == 320


def test_f1_in_the_palette_opens_the_page_of_its_block(qtbot: QtBot, session: Session) -> None:
    palette = Palette(session, LIGHT)
    qtbot.addWidget(palette)
    palette.show()
    qtbot.keyClick(palette.search, Qt.Key.Key_F1)
    assert palette.findChild(PageDialog) is None  # no block is current yet
    qtbot.keyClicks(palette.search, "squeeze")
    qtbot.keyClick(palette.search, Qt.Key.Key_F1)
    dialog = palette.findChild(PageDialog)
    assert dialog is not None
    assert dialog.windowTitle() == "Squeeze-and-excitation"
    assert "In a design" in dialog.page._numbers.text()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
