"""The published networks as a family tree: paper, then its variants with what is known of them."""

from __future__ import annotations

import re
from typing import cast

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import trees
from app.language import mark, tr
from app.quantities import count
from app.theme import Theme, number_font, text_font
from hybridgraph import presets
from hybridgraph.presets import Preset

NAME = Qt.ItemDataRole.UserRole
_COLUMNS = (mark("Network"), mark("Paper"), mark("Parameters"), mark("MACs"), mark("Top-1"), mark("Picture"))
_NUMBERS = range(2, len(_COLUMNS))
_OWN = mark("HybridGraph · for small pictures")
_ROW = 26
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def families() -> dict[str, list[Preset]]:
    """The presets by paper, in the order of their tables."""
    found: dict[str, list[Preset]] = {}
    for preset in presets.PRESETS.values():
        found.setdefault(preset.paper or tr(_OWN), []).append(preset)
    return found


def family_name(members: list[Preset]) -> str:
    """What the variants are called without their sizes: "MOAT, tiny-MOAT"."""
    stems = dict.fromkeys(
        re.split(r"[-_ ,](?=[A-Z]?\d|\d|[TSBLM]i?\b|\(|[CT]-|for\b|without\b)|,? ", one.title)[0]
        for one in members
    )
    names = list(stems)
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


class FamilyTree(QWidget):
    """A search box over the tree. It is as high as what it shows, so that only the page scrolls."""

    chosen = Signal(str)  # the name of a preset

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find a network or paper"))
        self.search.setAccessibleName(tr("Find a network or paper"))
        self.search.setMaximumWidth(320)
        self.search.setMinimumHeight(30)
        self.tree = QTreeWidget()
        self.tree.setObjectName("family")
        self.tree.setAccessibleName(tr("Published networks"))
        self.tree.setFrameShape(QFrame.Shape.NoFrame)
        self.tree.setColumnCount(len(_COLUMNS))
        self.tree.setHeaderLabels([tr(title) for title in _COLUMNS])
        self.tree.setUniformRowHeights(True)
        self.tree.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setIndentation(18)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.tree.setColumnWidth(0, 290)
        for column in _NUMBERS:
            self.tree.setColumnWidth(column, 116)
            self.tree.headerItem().setTextAlignment(column, _RIGHT)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.setSpacing(8)
        column_layout.addWidget(self.search)
        column_layout.addWidget(self.tree)
        for paper, members in families().items():
            self.tree.addTopLevelItem(_family_row(paper, members))
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._take_first)
        self.search.installEventFilter(self)
        self.tree.itemClicked.connect(self._take)
        self.tree.itemActivated.connect(self._take)
        self.tree.itemExpanded.connect(self._fit)
        self.tree.itemCollapsed.connect(self._fit)
        self.set_theme(theme)
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        for family in trees.tops(self.tree):
            for column in range(1, len(_COLUMNS)):
                family.setForeground(column, QColor(theme.muted))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leads from the search into what it found."""
        if event.type() == QEvent.Type.KeyPress and cast(QKeyEvent, event).key() == Qt.Key.Key_Down:
            if (first := self._first()) is not None:
                self.tree.setCurrentItem(first)
                self.tree.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return super().eventFilter(watched, event)

    def _first(self) -> QTreeWidgetItem | None:
        """The first network shown, or the first family where none is unfolded."""
        for family in trees.tops(self.tree):
            if not family.isHidden():
                children = trees.below(family) if family.isExpanded() else []
                return next((child for child in children if not child.isHidden()), family)
        return None

    def _take_first(self) -> None:
        if self.search.text().strip() and (first := self._first()) is not None:
            self._take(first)

    def _filter(self, text: str) -> None:
        """Show what has every word in its name or its paper, and unfold what is left."""
        words = text.casefold().split()
        for family in trees.tops(self.tree):
            about = f"{family.text(0)} {family.text(1)}".casefold()
            some = False
            for child in trees.below(family):
                fits = all(word in f"{child.text(0)} {about}".casefold() for word in words)
                child.setHidden(not fits)
                some = some or fits
            family.setHidden(not some)
            family.setExpanded(bool(words) and some)
        self._fit()

    def _fit(self, *_: object) -> None:
        rows = 0
        for family in trees.tops(self.tree):
            if not family.isHidden():
                rows += 1
                if family.isExpanded():
                    rows += sum(not child.isHidden() for child in trees.below(family))
        first = self.tree.topLevelItem(0)
        height = self.tree.visualItemRect(first).height() if first and not first.isHidden() else _ROW
        self.tree.setFixedHeight(rows * max(height, _ROW) + self.tree.header().sizeHint().height() + 4)

    def _take(self, item: QTreeWidgetItem) -> None:
        name = item.data(0, NAME)
        if not self.isVisible():
            return  # the second click of two, after the first has led away
        if name:
            self.chosen.emit(name)
        else:
            item.setExpanded(not item.isExpanded())


def _family_row(paper: str, members: list[Preset]) -> QTreeWidgetItem:
    params, macs = [one.params for one in members], [one.macs for one in members]
    scores = [one.top1 for one in members if one.top1 is not None]
    sizes = sorted({one.image_size for one in members})
    numbers = [
        _range(" ".join(count(min(params))), " ".join(count(max(params)))),
        _range(" ".join(count(min(macs))), " ".join(count(max(macs)))),
        _range(f"{min(scores):.1f} %", f"{max(scores):.1f} %") if scores else "",
        _range(f"{sizes[0]} px", f"{sizes[-1]} px"),
    ]
    row = _row([family_name(members), paper, *numbers])
    row.setFont(0, text_font(12, QFont.Weight.DemiBold))
    row.setToolTip(0, ", ".join(one.title for one in members))
    for preset in members:
        row.addChild(_variant_row(preset))
    return row


def _variant_row(preset: Preset) -> QTreeWidgetItem:
    top1 = "" if preset.top1 is None else f"{preset.top1:.1f} %"
    numbers = [" ".join(count(preset.params)), " ".join(count(preset.macs)), top1, f"{preset.image_size} px"]
    row = _row([preset.title, "", *numbers])
    row.setData(0, NAME, preset.name)
    row.setToolTip(0, tr("Open {title} for {classes:,} classes", title=preset.title, classes=preset.classes))
    return row


def _row(texts: list[str]) -> QTreeWidgetItem:
    row = QTreeWidgetItem(texts)
    row.setSizeHint(0, QSize(0, _ROW))
    for column in _NUMBERS:
        row.setTextAlignment(column, _RIGHT)
        row.setFont(column, number_font(11))
    return row


def _range(least: str, most: str) -> str:
    """Two quantities as one: "3.36–483 M" where they have the unit in common."""
    if least == most:
        return least
    (low, _, unit), (_, _, other) = least.partition(" "), most.partition(" ")
    return f"{low}–{most}" if unit == other else f"{least}–{most}"
