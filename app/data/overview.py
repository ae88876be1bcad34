"""What was found, on one page: the classes at the left; the verdict, the split and the numbers at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.data.classtable import ClassTable
from app.data.found import Checkup, PictureSet
from app.data.thumbs import Thumbs
from app.icons import icon
from app.language import told, tr
from app.panels.editors import TextField
from app.quantities import percent, spaced
from app.theme import Theme, number_font
from hybridgraph.jobs import HELD_BACK
from hybridgraph.spec import Parameter

_SHARE = Parameter(kind="float", name="held_back", minimum=1, maximum=90, unit="%")
_SEED = Parameter(kind="int", name="seed", minimum=0, maximum=2**53)


class OverviewPage(QWidget):
    """`split_changed` tells the share that is held back, 0 to 1, and the seed."""

    split_changed = Signal(float, int)
    class_chosen = Signal(int)
    finding_chosen = Signal(str)  # "twins" or "left out": where more is told of it

    def __init__(self, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.table = ClassTable(thumbs, theme)
        self.table.chosen.connect(self.class_chosen)
        self.verdict = QVBoxLayout()
        self.verdict.setSpacing(6)
        self.split_word = QLabel()
        self.split_word.setWordWrap(True)
        self.share, self.seed = TextField(_SHARE, theme), TextField(_SEED, theme)
        self.share.set_value(100 * HELD_BACK)
        self.seed.set_value(0)
        self.share.setAccessibleName(tr("Held back for validation"))
        self.seed.setAccessibleName(tr("Seed"))
        for field in (self.share, self.seed):
            field.setFixedWidth(84)
            field.committed.connect(self._tell_split)
        self.fields = QWidget()
        line = QHBoxLayout(self.fields)
        line.setContentsMargins(0, 0, 0, 0)
        for words, field in ((tr("Held back"), self.share), (tr("Seed"), self.seed)):
            line.addWidget(_muted(words))
            line.addWidget(field)
        line.addStretch(1)
        self.numbers = QGridLayout()
        self.numbers.setHorizontalSpacing(14)
        self.numbers.setVerticalSpacing(4)
        self._lay_out()
        self.show_set(None)
        self.show_checkup(None)

    def _lay_out(self) -> None:
        body = QWidget()
        side = QVBoxLayout(body)
        side.setContentsMargins(4, 0, 10, 0)
        side.setSpacing(8)
        for heading, content in (
            (tr("VERDICT"), self.verdict),
            (tr("SPLIT"), None),
            (tr("NUMBERS"), self.numbers),
        ):
            label = QLabel(heading)
            label.setProperty("role", "heading")
            side.addWidget(label)
            if content is None:
                side.addWidget(self.split_word)
                side.addWidget(self.fields)
            else:
                side.addLayout(content)
            side.addSpacing(8)
        side.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setMinimumWidth(360)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 10, 0, 0)
        row.setSpacing(14)
        row.addWidget(self.table, 5)
        row.addWidget(scroll, 3)

    # -- what is known at once

    def show_set(self, pictures: PictureSet | None) -> None:
        """Show what the list of the pictures tells."""
        self.table.classes.show(pictures)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.fields.setVisible(pictures is not None and pictures.held_back > 0)
        if pictures is None:
            self.split_word.setText(tr("Not known yet."))
            return
        whose = (
            tr("Made: the same share of each class is held back, chosen by the seed and the files' names.")
            if pictures.held_back
            else tr("Given by the set: {split}.", split=told(pictures.split))
        )
        counts = tr(
            "{train} for training, {val} for validation.",
            train=spaced(pictures.train_count),
            val=spaced(pictures.val_count),
        )
        self.split_word.setText(f"{counts} {whose}")

    def set_split(self, held_back: float, seed: int) -> None:
        """Show how the set is split, without telling."""
        self.share.set_value(round(100 * held_back, 4))
        self.seed.set_value(seed)

    def _tell_split(self, _value: object) -> None:
        share, seed = self.share.value, self.seed.value
        if isinstance(share, int | float) and isinstance(seed, int):
            self.split_changed.emit(share / 100, seed)

    # -- what is known later

    def show_checkup(self, checkup: Checkup | None, fault: str = "") -> None:
        """Show what looking at every picture found, or why that could not be."""
        _empty(self.verdict)
        _empty(self.numbers)
        if checkup is None:
            words = fault or tr(
                "What is odd, there twice or in both parts follows when the pictures have been looked at."
            )
            self.verdict.addWidget(_Verdict(words, "error" if fault else "muted", "", self._theme))
            return
        for sentence in checkup.findings:
            page = _page_of(sentence)
            verdict = _Verdict(told(sentence), "warning", page, self._theme)
            verdict.asked.connect(self.finding_chosen)
            self.verdict.addWidget(verdict)
        if not checkup.findings:
            said = tr("Nothing odd was found.")
            self.verdict.addWidget(_Verdict(said, "good", "", self._theme))
        self._show_numbers(checkup)

    def _show_numbers(self, checkup: Checkup) -> None:
        rows: list[tuple[str, str]] = [(tr("Pictures"), spaced(checkup.pictures))]
        if checkup.checked < checkup.pictures:
            rows.append((tr("Looked at"), spaced(checkup.checked)))
        rows.append((tr("Imbalance"), f"{checkup.imbalance:.1f} ×"))
        for title, sides in ((tr("Width"), checkup.widths), (tr("Height"), checkup.heights)):
            rows.append((title, _range(sides)))
        rows.append((tr("Mean"), "  ".join(f"{value:.3f}" for value in checkup.mean)))
        rows.append((tr("Deviation"), "  ".join(f"{value:.3f}" for value in checkup.std)))
        if checkup.grey:
            rows.append((tr("Grey"), f"{spaced(checkup.grey)}  ({percent(checkup.grey / checkup.checked)})"))
        for number, (title, text) in enumerate(rows):
            value = QLabel(text)
            value.setFont(number_font(11))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.numbers.addWidget(_muted(title), number, 0)
            self.numbers.addWidget(value, number, 1)
        self.numbers.setColumnStretch(1, 1)


class _Verdict(QFrame):
    """A sentence with a sign; a button where a page tells more."""

    asked = Signal(str)

    def __init__(self, sentence: str, kind: str, page: str, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 10, 8)
        row.setSpacing(8)
        sign, colour = {
            "warning": ("triangle-alert", theme.warning),
            "error": ("circle-alert", theme.error),
            "good": ("check", theme.head),
        }.get(kind, ("info", theme.muted))
        glyph = QLabel()
        glyph.setPixmap(icon(sign, colour, 14).pixmap(14, 14))
        row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        text = QLabel(sentence)
        text.setWordWrap(True)
        text.setMinimumWidth(100)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(text, 1)
        if page:
            button = QPushButton(tr("Show"))
            button.setAccessibleName(tr("Show: {sentence}", sentence=sentence[:80]))
            button.clicked.connect(lambda: self.asked.emit(page))
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)


def _page_of(sentence: str) -> str:
    """Which page tells more of a finding of the core, by the words that stand in it."""
    if "stand both for training and validation" in sentence:
        return "leak"
    if "stand both under different labels" in sentence:
        return "contradiction"
    if "are the same or nearly" in sentence:
        return "twins"
    told_one_by_one = ("cannot be read", "show nothing", "are tiny", "are very long", "are huge")
    return "left out" if any(words in sentence for words in told_one_by_one) else ""


def _range(sides: tuple[int, int, int]) -> str:
    low, middle, high = sides
    if low == high:
        return f"{spaced(low)} px"
    return tr(
        "{low} to {high}, median {middle} px", low=spaced(low), middle=spaced(middle), high=spaced(high)
    )


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    return label


def _empty(layout: QVBoxLayout | QGridLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
