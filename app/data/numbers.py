"""The numbers of a set as a row of cards: how many, how large, how evenly spread, which colours."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.data.found import Checkup, PictureSet
from app.labels import ElidedLabel
from app.language import counted, mark, tr
from app.quantities import percent, spaced
from app.theme import NUMBER_FAMILY

_TITLES = (mark("Pictures"), mark("Imbalance"), mark("Width × height"), mark("Mean"), mark("Deviation"))
_UNKNOWN = "…"


class _Card(QFrame):
    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.value, self.below = ElidedLabel(), ElidedLabel()
        self.value.setStyleSheet(
            f'font-family: "{NUMBER_FAMILY}"; font-size: 15px;'
        )  # the window's sheet sets fonts
        head = QLabel(title)
        for label in (head, self.below):
            label.setProperty("role", "small")
        self._title = title
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(2)
        for label in (head, self.value, self.below):
            column.addWidget(label)
        self.show_value(_UNKNOWN, "")

    def show_value(self, value: str, below: str) -> None:
        self.value.setText(value)
        self.below.setText(below)
        self.setAccessibleName(f"{self._title}: {value}, {below}" if below else f"{self._title}: {value}")


class Numbers(QWidget):
    """What is not known yet shows an ellipsis."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.cards = [_Card(tr(title)) for title in _TITLES]
        for card, room in zip(self.cards, (3, 3, 4, 4, 4), strict=True):
            row.addWidget(card, room)

    def show_found(self, pictures: PictureSet | None, checkup: Checkup | None) -> None:
        """Show what is known by now."""
        for card in self.cards:
            card.show_value(_UNKNOWN, "")
        count, imbalance, size, mean, deviation = self.cards
        if pictures is None:
            return
        classes = counted("{number} class", "{number} classes", len(pictures.classes))
        count.show_value(spaced(pictures.train_count + pictures.val_count), classes)
        most, least = max(pictures.train), min(pictures.train)
        spread = f"{spaced(least)}" if most == least else f"{spaced(least)} – {spaced(most)}"
        imbalance.show_value(
            f"{most / max(least, 1):.1f} ×", tr("{spread} of a class for training", spread=spread)
        )
        if checkup is None:
            return
        (low, middle, high), (short, centre, tall) = checkup.widths, checkup.heights
        is_one = (low, short) == (high, tall)
        smallest, largest = f"{spaced(low)} – {spaced(high)}", f"{spaced(short)} – {spaced(tall)}"
        below = (
            tr("all alike")
            if is_one
            else tr("median; {widths} × {heights}", widths=smallest, heights=largest)
        )
        size.show_value(f"{spaced(middle)} × {spaced(centre)} px", below)
        colours = tr("red, green, blue, of 1")
        grey = percent(checkup.grey / checkup.checked) if checkup.grey else ""
        mean.show_value(
            _three(checkup.mean), tr("{share} of the pictures are grey", share=grey) if grey else colours
        )
        deviation.show_value(_three(checkup.std), tr("of the pictures for training"))


def _three(values: tuple[float, ...]) -> str:
    return "  ".join(f"{value:.3f}" for value in values)
