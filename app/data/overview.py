"""What was found, on one page: numbers at the top, the classes at the left, the verdict and the split at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.data.classtable import ClassTable
from app.data.found import Checkup, PictureSet
from app.data.numbers import Numbers
from app.data.thumbs import Thumbs
from app.data.verdicts import Verdicts
from app.language import told, tr
from app.panels.editors import TextField
from app.quantities import spaced
from app.theme import Theme
from hybridgraph.jobs import HELD_BACK
from hybridgraph.spec import Parameter

_SHARE = Parameter(kind="float", name="held_back", minimum=1, maximum=90, unit="%")
_SEED = Parameter(kind="int", name="seed", minimum=0, maximum=2**53)


class OverviewPage(QWidget):
    """`split_changed` tells the share that is held back, 0 to 1, and the seed."""

    split_changed = Signal(float, int)
    class_chosen = Signal(int)
    finding_chosen = Signal(str)  # the topic of a finding

    def __init__(self, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__()
        self.numbers = Numbers()
        self.table = ClassTable(thumbs, theme)
        self.table.chosen.connect(self.class_chosen)
        self.verdicts = Verdicts(theme)
        self.verdicts.chosen.connect(self.finding_chosen)
        self.split_word = QLabel()
        self.split_word.setWordWrap(True)
        self.share, self.seed = TextField(_SHARE, theme), TextField(_SEED, theme)
        self.share.set_value(100 * HELD_BACK)
        self.seed.set_value(0)
        self.share.setAccessibleName(tr("Held back for validation"))
        self.seed.setAccessibleName(tr("Seed"))
        self.fields = QWidget()
        line = QHBoxLayout(self.fields)
        line.setContentsMargins(0, 0, 0, 0)
        for words, field in ((tr("Held back"), self.share), (tr("Seed"), self.seed)):
            label = QLabel(words)
            label.setProperty("role", "muted")
            field.setFixedWidth(84)
            field.committed.connect(self._tell_split)
            line.addWidget(label)
            line.addWidget(field)
        line.addStretch(1)
        self._lay_out()
        self.show_set(None)

    def _lay_out(self) -> None:
        body = QWidget()
        side = QVBoxLayout(body)
        side.setContentsMargins(4, 4, 10, 0)
        side.setSpacing(8)
        side.addWidget(_heading(tr("SPLIT")))
        side.addWidget(self.split_word)
        side.addWidget(self.fields)
        side.addSpacing(8)
        side.addWidget(_heading(tr("VERDICT")))
        side.addWidget(self.verdicts)
        side.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setMinimumWidth(300)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self.table, 5)
        row.addWidget(scroll, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.numbers)
        column.addLayout(row, 1)

    def show_set(self, pictures: PictureSet | None) -> None:
        """Show what the list of the pictures tells."""
        self.table.show_set(pictures)
        self.numbers.show_found(pictures, None)
        self.verdicts.show_waiting()
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

    def show_checkup(self, pictures: PictureSet, checkup: Checkup) -> None:
        """Show what looking at every picture found."""
        self.numbers.show_found(pictures, checkup)
        self.verdicts.show_findings([(topic, pictures.short(told(said))) for topic, said in checkup.findings])

    def set_split(self, held_back: float, seed: int) -> None:
        """Show how the set is split, without telling."""
        self.share.set_value(round(100 * held_back, 4))
        self.seed.set_value(seed)

    def _tell_split(self, _value: object) -> None:
        share, seed = self.share.value, self.seed.value
        if isinstance(share, int | float) and isinstance(seed, int):
            self.split_changed.emit(share / 100, seed)


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("role", "heading")
    return label
