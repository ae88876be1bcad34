"""The page of a block: what it does, its equation, its inductive bias, its cost by formula, when to use it, the paper."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.icons import paint_tile, tile
from app.language import mark, told, tr
from app.panels import facts, pagetext
from app.panels.pagetext import Costs
from app.panels.section import Section, Text
from app.session import Session
from app.theme import Theme
from hybridgraph import pages
from hybridgraph.custom.uses import SHOWN
from hybridgraph.graph.model import Path
from hybridgraph.pages import Page, cases
from hybridgraph.spec import FAMILIES, BlockSpec

WAITING = mark("The numbers of this node follow when the engine has answered.")
_BIAS_TITLES = {
    "none": mark("None"),
    "extrinsic": mark("Extrinsic"),
    "intrinsic": mark("Intrinsic"),
    "both": mark("Extrinsic and intrinsic"),
}


class BiasMark(QWidget):
    """The taxonomy's picture: a hard split for extrinsic, a gradient for intrinsic, both beside one another."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._families: tuple[str, ...] = ("glue",)

    def show_bias(self, bias: pages.page.Bias, family: str) -> None:
        """Show a bias; without one, the colour of the block's family."""
        kinds = {"none": (family,), "both": ("extrinsic", "intrinsic")}
        self._families = kinds.get(bias, (bias,))
        self.setFixedSize(28 * len(self._families) + 4 * (len(self._families) - 1), 12)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        for place, family in enumerate(self._families):
            painter.save()
            painter.translate(32 * place, 0)
            painter.scale(28 / 12, 1)
            paint_tile(painter, QRectF(0, 0, 12, 12), family, "", self.theme)
            painter.restore()


class BlockPage(QWidget):
    """Shows one block. What is folded stays folded while other blocks are looked at."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._spec: BlockSpec | None = None
        self._page: Page | None = None
        self._costs: Costs | str | None = None
        self._path: Path = ()
        self._says, self._because, self._numbers, self._use, self._wrong, self._papers = (
            Text() for _ in range(6)
        )
        self._equation = Text()
        self._equation.setAccessibleName(tr("Equation"))
        self._equation_card = QFrame()
        self._equation_card.setProperty("role", "card")
        card = QVBoxLayout(self._equation_card)
        card.setContentsMargins(10, 8, 10, 8)
        card.addWidget(self._equation)
        self._mark = BiasMark(theme)
        self._bias = QLabel()
        self._bias.setProperty("role", "card-title")
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._bias, 1)
        self.sections = {
            "what": self._section(tr("What it is"), self._says, self._equation_card),
            "bias": self._section(tr("Inductive bias"), line, self._because),
            "cost": self._section(tr("Cost by formula"), self._numbers),
            "use": self._section(tr("When to use it"), self._use),
            "mistakes": self._section(tr("Common mistakes"), self._wrong, is_open=False),
            "papers": self._section(tr("Paper"), self._papers),
        }
        self.sections["cost"].head.toggled.connect(self._fill_costs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for section in self.sections.values():
            column.addWidget(section)

    def set_theme(self, theme: Theme) -> None:
        self._theme = self._mark.theme = theme
        for section in self.sections.values():
            section.set_theme(theme)
        self._fill()

    def show_block(self, spec: BlockSpec) -> None:
        """Show a block without numbers. One that has no page shows what the catalogue says."""
        self._spec, self._page, self._costs = spec, pages.load(spec.id), None
        self._fill()

    def show_node(self, session: Session, path: Path, *, whole: bool) -> None:
        """Put the numbers of a node into the formulas; `whole` when the node itself is selected, not its stage."""
        title = facts.title_of(session.graph.item(path), session.catalogue)
        self.sections["cost"].retitle(
            tr("Cost by formula") if whole else tr("Cost by formula: {title}", title=title)
        )
        report = facts.report_of(session, path)
        if self._page is None or self._spec is None:
            return
        if (
            not session.is_analysis_current
            or session.analysis is None
            or report is None
            or report.state != "ok"
        ):
            if (
                not isinstance(self._costs, Costs) or self._path != path
            ):  # else the last numbers stay a moment
                self.show_costs(tr(WAITING))
        else:
            found = cases.cases(session.graph, path, self._spec, session.analysis)
            self.show_costs(pagetext.attempt(self._page, found, report.cost) if found else tr(WAITING))
        self._path = path

    def show_costs(self, costs: Costs | str | None) -> None:
        """Put a node's numbers into the cost formulas, or say why there are none."""
        if costs != self._costs:
            self._costs = costs
            self._fill_costs()

    @property
    def spec(self) -> BlockSpec | None:
        """The block on show."""
        return self._spec

    @property
    def page(self) -> Page | None:
        """The page on show; None for a block that has none."""
        return self._page

    def _section(self, title: str, *content: QWidget, is_open: bool = True) -> Section:
        section = Section(title, self._theme, is_open=is_open)
        for widget in content:
            widget.setAccessibleName(title)
            section.add(widget)
        return section

    def _fill(self) -> None:
        spec, page = self._spec, self._page
        if spec is None:
            return
        for name in ("bias", "cost", "use", "mistakes"):
            self.sections[name].setVisible(page is not None)
        says = page.says if page else facts.description(spec)
        equations = page.equations if page else tuple(filter(None, (spec.equation,)))
        papers = page.papers if page and page.papers else pagetext.papers_of(spec.paper)
        origin = (
            tr("Your block, from {file}, SHA-256 {digest}.", file=spec.file, digest=spec.digest[:SHOWN])
            if spec.file
            else ""
        )
        self._says.show_text(_spaced(says) + _spaced(origin))
        breaking = (one.replace("(", "(\u200b") for one in equations)  # a long one breaks after a bracket
        self._equation.show_text("".join(f'<p style="margin:0 0 3px 0">{one}</p>' for one in breaking))
        self._equation_card.setVisible(bool(equations))
        self._papers.show_text(
            "".join(f'<p style="margin:0 0 6px 0">{pagetext.paper_html(p)}</p>' for p in papers)
        )
        self.sections["papers"].setVisible(bool(papers))
        if page is not None:
            self._mark.show_bias(page.bias, spec.family)
            self._bias.setText(tr(_BIAS_TITLES[page.bias]))
            self._because.show_text(_spaced(page.because))
            muted = self._theme.muted
            self._use.show_text(
                f'<p style="margin:0 0 6px 0; line-height:130%"><span style="color:{muted}">Goes well with</span><br>'
                f'{page.pairs_with}</p><p style="margin:0; line-height:130%">'
                f'<span style="color:{muted}">Prefer something else</span><br>{page.rather}</p>'
            )
            self._wrong.show_text(pagetext.bullets(page.mistakes))
            self._fill_costs()

    def _fill_costs(self) -> None:
        if self._page is not None and self.sections["cost"].head.isChecked():  # nobody reads what is folded
            self._numbers.show_text(pagetext.costs_html(self._page, self._costs, self._theme))
            self._numbers.setToolTip(
                f"<p>{pagetext.definitions(self._page)}</p>" if self._page.symbols else ""
            )


class PageDialog(QDialog):
    """The page of a block that is not in the design, in a window of its own."""

    def __init__(self, spec: BlockSpec, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(told(spec.title))
        self.resize(460, 680)
        self.page = BlockPage(theme)
        self.page.show_block(spec)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(18, 16, 14, 18)
        inside.setSpacing(12)
        inside.addLayout(_title(spec, theme))
        inside.addWidget(self.page)
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)


def _title(spec: BlockSpec, theme: Theme) -> QHBoxLayout:
    """The block's tile, its name and its family."""
    mark, name, family = QLabel(), QLabel(told(spec.title)), QLabel(told(FAMILIES[spec.family]).lower())
    mark.setPixmap(tile(spec, theme, 26).pixmap(26, 26))
    name.setProperty("role", "title")
    family.setProperty("role", "small")
    row = QHBoxLayout()
    row.setSpacing(10)
    row.addWidget(mark)
    row.addWidget(name, 1)
    row.addWidget(family)
    return row


def _spaced(text: str) -> str:
    """A paragraph with room between its lines."""
    return f'<p style="margin:0; line-height:130%">{text}</p>' if text else ""
