"""The cost section of the inspector: numbers with units, and their share of the whole network as bars."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.language import counted, mark, tr
from app.panels import facts
from app.panels.combo import Combo
from app.panels.section import Section
from app.quantities import count, digits, memory, percent, spaced
from app.session import Session
from app.theme import Theme, number_font, text_font
from app.units import UNITS, Units
from hybridgraph.analysis import Cost
from hybridgraph.graph.model import Group

_HEIGHT, _BAR = 22, 8  # px of a line, and of the bar below it


class CostBar(QWidget):
    """A name, a number with its unit, a share in percent, and the share as a thin bar."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.name = name
        self.number = ""
        self.unit = ""
        self.share: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT if self.share is None else _HEIGHT + _BAR)

    def set_value(self, number: str, unit: str, share: float | None) -> None:
        """Show a number; `share` of the network between 0 and 1, or None."""
        self.number, self.unit, self.share = number, unit, share
        self.updateGeometry()
        self.setToolTip(f"{self.name}: {number} {unit}")
        self.setAccessibleName(self.toolTip())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, width = self.theme, self.width()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QRectF(0, 0, width, 20)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(text_font(12))
        painter.setPen(QColor(theme.muted))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.name)
        painter.setFont(number_font(12))
        painter.setPen(QColor(theme.text))
        room = 0.0
        if self.share is not None:
            painter.drawText(line, right, percent(self.share))
            room = 62
        painter.setPen(QColor(theme.muted))
        unit_width = painter.fontMetrics().horizontalAdvance(self.unit) + (6 if self.unit else 0)
        painter.drawText(line.adjusted(0, 0, -room, 0), right, self.unit)
        painter.setPen(QColor(theme.text))
        painter.drawText(line.adjusted(0, 0, -room - unit_width, 0), right, self.number)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.share is not None:
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(QRectF(0, 23, width, 3), 1.5, 1.5)
            filled = max(width * min(self.share, 1.0), 3)
            gradient = QLinearGradient(0, 0, filled, 0)
            gradient.setColorAt(0, QColor(theme.convolution))
            gradient.setColorAt(1, QColor(theme.attention))
            painter.setBrush(QBrush(gradient))
            painter.drawRoundedRect(QRectF(0, 23, filled, 3), 1.5, 1.5)


class CostSection(Section):
    """Parameters, MACs, activations and, once measured, latency of what is selected."""

    def __init__(self, session: Session, theme: Theme, units: Units) -> None:
        self.bars: dict[str, CostBar] = {}  # before the section takes its theme, which they share
        super().__init__(tr("Cost"), theme)
        self._session = session
        self._units = units
        self.bars = {
            name: CostBar(tr(name), theme)
            for name in (mark("Parameters"), mark("MACs"), mark("Activations"), mark("Latency"))
        }
        self.layout_inside.setSpacing(4)
        for bar in self.bars.values():
            self.add(bar)
        self.bars["MACs"].setToolTip(tr("Multiply-adds of one image's forward pass; 1 MAC = 2 FLOPs."))
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.layout_inside.insertWidget(2, self.verdict)
        self.unit = Combo()
        self.unit.addItems(UNITS)
        self.unit.setCurrentText(units.name)
        self.unit.setAccessibleName(tr("Unit of multiplications"))
        self.unit.setToolTip(tr("1 MAC, a multiplication with an addition, is 2 FLOPs."))
        self.unit.currentTextChanged.connect(units.choose)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 4, 0, 0)
        label = QLabel(tr("Counted in"))
        label.setProperty("role", "muted")
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self.unit)
        self.add(line)
        units.changed.connect(self.refresh)
        units.changed.connect(lambda: self.unit.setCurrentText(units.name))  # chosen elsewhere

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for bar in self.bars.values():
            bar.theme = theme
            bar.update()

    def refresh(self) -> None:
        """Show the costs of the current selection."""
        selection, analysis = self._session.selection, self._session.analysis
        self.retitle(tr("Cost of {what}", what=self._what()))
        cost = facts.cost_of(self._session, selection)
        unknown, blocks = facts.uncounted(self._session, selection)
        is_known = cost is not None and (not unknown or unknown < blocks)
        for part in (*self.bars.values(), self.verdict):
            part.setVisible(is_known)
        if cost is None or analysis is None:
            self.retitle(tr("Cost: waiting for the engine") if self._session.graph.nodes else tr("Cost"))
            return
        if not is_known:
            self._tell(tr("Not known while its shapes are not"), self._theme.muted)
            return
        total = analysis.total
        is_part = bool(selection)
        for name, number, of, unit in (
            ("Parameters", cost.params, total.params, ""),
            ("MACs", self._units.of(cost.macs), self._units.of(total.macs), ""),
        ):
            text, prefix = count(number)
            least = "≥ " if unknown else ""
            self.bars[name].set_value(least + text, prefix + unit, number / of if is_part and of else None)
        self.bars["MACs"].name = self._units.name
        if unknown:
            counts = {"unknown": spaced(unknown), "blocks": spaced(blocks)}
            self._tell(
                tr("Without {unknown} of {blocks} blocks, whose shapes are not known", **counts),
                self._theme.warning,
            )
        else:
            self._show_verdict(cost)
        text, unit = memory(cost.activation_bytes)
        share = cost.activation_bytes / total.activation_bytes if is_part and total.activation_bytes else None
        self.bars["Activations"].set_value(
            ("≥ " if unknown else "") + text, tr("{unit} / image", unit=unit), share
        )
        self._show_heat()

    def _show_verdict(self, cost: Cost) -> None:
        """Whether the second count agrees; where it does not, what it says."""
        second, theme, colour = cost.second, self._theme, self._theme.muted
        if cost.verdict in ("agree", "partly"):
            text, colour = tr("✓ Counted twice, both agree"), theme.head
            if second.lone:
                text += "  ·  " + counted(
                    "{number} block counted once", "{number} blocks counted once", second.lone
                )
        elif cost.verdict == "once":
            text = tr("Counted once: the block has no formula")
        elif cost.verdict == "differ":
            params, macs = cost.by_formula
            apart = [
                f"{tr(name)} {spaced(of(formula))}"
                for name, number, formula, of in (
                    (mark("Parameters"), cost.params, params, int),
                    (self._units.name, cost.macs, macs, self._units.of),
                )
                if number != formula
            ]
            text, colour = (
                tr(
                    "≠ By formula: {numbers} ({gap} apart in a block)",
                    numbers=", ".join(apart),
                    gap=percent(second.gap),
                ),
                theme.warning,
            )
        else:
            text = ""
        self._tell(text, colour)
        self.verdict.setToolTip(
            tr(
                "Operations as they are dispatched, and the closed formulas of the block's page; up to {share} apart they agree.",
                share="0.5 %",
            )
        )

    def _tell(self, text: str, colour: str) -> None:
        """Write a line below the counts."""
        self.verdict.setText(text)
        self.verdict.setStyleSheet(f"color: {colour}; font-size: 11px;")
        self.verdict.setVisible(bool(text))

    def _show_heat(self) -> None:
        heat, bar = self._session.heat, self.bars["Latency"]
        values = heat.values if heat else {}
        found = [values[path] for path in self._session.selection if path in values]
        bar.setVisible(bool(found))
        if heat is None or not found:
            return
        whole = sum(value for path, value in values.items() if len(path) == 1)
        chosen = self._session.selection
        is_stale = heat.stale and (heat.changed is None or not heat.changed.isdisjoint(chosen))
        bar.name = heat.title + (tr(" (before the last edit)") if is_stale else "")
        number, prefix = (digits(sum(found)), "") if heat.unit == "ms" else count(sum(found))
        bar.set_value(number, prefix + heat.unit, sum(found) / whole if whole else None)

    def _what(self) -> str:
        selection = self._session.selection
        if not selection:
            return tr("the design")
        if len(selection) > 1:
            return tr("the selection")
        is_group = isinstance(self._session.graph.item(next(iter(selection))), Group)
        return tr("this stage") if is_group else tr("this block")
