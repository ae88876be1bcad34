"""What a recipe does to these pictures, at a strength: computed by the code of the training, shown as it is dragged."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QSlider, QVBoxLayout, QWidget

from app.data.found import PictureSet
from app.data.looker import Looker
from app.icons import icon
from app.language import counted, told, tr
from app.panels.combo import Combo
from app.quantities import percent
from app.theme import Theme, number_font, text_font
from hybridgraph.recipes import Card, Recipe, cards, own_cards
from hybridgraph.recipes import recipe as recipes
from hybridgraph.recipes.strength import STRONGEST, scaled

_ROWS, _VARIANTS, _SIDE = 6, 7, 128
_ROUGH = 112
"""Pixels of the pictures that are computed while the slider moves; those of the training follow when it rests."""
_REST_MS = 250
_GAP, _LABEL = 8, 20


class _Rows(QWidget):
    """Pictures with their variants in one image from the process: cells are cut out of it where they are painted."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image = QImage()
        self._labels: list[str] = []
        self._rows = self._columns = self._side = 0
        self.setAccessibleName(tr("Pictures, and what the recipe makes of them"))

    def show_answer(self, content: Mapping[str, Any], labels: list[str]) -> None:
        """Show what the process computed."""
        self._rows, self._columns, self._side = content["rows"], content["columns"], content["side"]
        high, wide = self._rows * self._columns * self._side, self._side  # all cells in one column
        pixels = base64.b64decode(content["pixels"])
        self._image = QImage(pixels, wide, high, 3 * wide, QImage.Format.Format_RGB888).copy()
        self._labels = labels
        self.setAccessibleDescription(
            tr("{rows} pictures with {variants} variants each", rows=self._rows, variants=self._columns - 1)
        )
        self.updateGeometry()
        self.update()

    def _cell(self) -> int:
        """Pixels of a shown cell: whole multiples of a small picture's own."""
        room = (self.width() - _GAP) // max(self._columns, 1) - _GAP
        return max(32, min(room, _SIDE))

    def sizeHint(self) -> QSize:
        return QSize(600, self._rows * (self._cell() + _GAP + _LABEL) + _LABEL)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._image.isNull():
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("Changing pictures…"))
            return
        cell = self._cell()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._side >= cell)
        painter.setFont(text_font(10))
        metrics = QFontMetrics(text_font(10))
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(QRect(0, 0, cell, _LABEL), Qt.AlignmentFlag.AlignVCenter, tr("as it is"))
        painter.drawText(
            QRect(cell + 3 * _GAP, 0, self.width(), _LABEL),
            Qt.AlignmentFlag.AlignVCenter,
            tr("as the training sees it"),
        )
        for row in range(self._rows):
            top = _LABEL + row * (cell + _GAP + _LABEL)
            for column in range(self._columns):
                left = column * (cell + _GAP) + (2 * _GAP if column else 0)
                source = QRect(0, (row * self._columns + column) * self._side, self._side, self._side)
                painter.drawImage(QRect(left, top, cell, cell), self._image, source)
            name = metrics.elidedText(self._labels[row], Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(QRect(0, top + cell, self.width(), _LABEL), Qt.AlignmentFlag.AlignVCenter, name)


class AugmentPage(QWidget):
    """The recipe, its strength, other draws and other pictures above; the rows below."""

    changed = Signal()  # another recipe or strength

    def __init__(self, looker: Looker, recipe: Recipe, theme: Theme) -> None:
        super().__init__()
        self._looker, self._base = looker, recipe
        self._pictures: PictureSet | None = None
        self._size, self._channels = 28, 3
        self._seed = self._turn = 0
        self._is_asking = self._is_stale = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._ask)
        self.recipes = Combo()
        self.recipes.setAccessibleName(tr("Recipe"))
        self.recipes.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.recipes.setMinimumContentsLength(17)
        self.recipes.addItem(tr("As the training has it"), recipe)
        for card in (*cards().values(), *own_cards().values()):
            if isinstance(card, Card):  # a broken one of the person's own is told of where recipes are edited
                self.recipes.addItem(told(card.title), card.recipe)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Strength in percent"))
        self.slider.setRange(0, round(100 * STRONGEST))
        self.slider.setSingleStep(5)
        self.slider.setPageStep(25)
        self.slider.setValue(100)
        self.slider.setMinimumWidth(100)
        self.percent = QLabel("100 %")
        self.percent.setFont(number_font(12))
        self.percent.setMinimumWidth(54)
        self.again = QPushButton(tr("Other draws"))
        self.others = QPushButton(tr("Other pictures"))
        self.again.setIcon(icon("refresh-cw", theme.muted, 13))
        self.said = QLabel()
        self.said.setProperty("role", "muted")
        self.said.setWordWrap(True)
        self.rows = _Rows(theme)
        top = QHBoxLayout()
        top.setSpacing(8)
        for words, widget in ((tr("Recipe"), self.recipes), (tr("Strength"), self.slider)):
            label = QLabel(words)
            label.setProperty("role", "muted")
            top.addWidget(label)
            top.addWidget(widget, 1)
        top.addWidget(self.percent)
        top.addStretch(1)
        top.addWidget(self.again)
        top.addWidget(self.others)
        scroll = QScrollArea()
        scroll.setWidget(self.rows)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.said)
        layout.addWidget(scroll, 1)
        self.recipes.activated.connect(self._choose)
        self.slider.valueChanged.connect(self._slid)
        self.again.clicked.connect(self._draw_again)
        self.others.clicked.connect(self._turn_over)
        self._changed()

    @property
    def recipe(self) -> Recipe:
        """The recipe with its changes to the pictures as strong as they are shown."""
        strength = self.slider.value() / 100
        return self._base if strength == 1 else scaled(self._base, strength)

    def show_set(self, pictures: PictureSet | None) -> None:
        """Show pictures of another set; the next time the page is seen."""
        self._pictures = pictures
        self._turn = 0
        self._is_asking = False
        self._ask()

    def set_target(self, image_size: int, channels_in: int) -> None:
        """The pictures are made this large, and grey or colour, as the design takes them."""
        if (image_size, channels_in) != (self._size, self._channels):
            self._size, self._channels = image_size, channels_in
            self._ask()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._ask()

    def _choose(self, _index: int) -> None:
        self._base = self.recipes.currentData()
        self._changed()

    def _draw_again(self) -> None:
        self._seed += 1
        self._ask()

    def _turn_over(self) -> None:
        self._turn += 1
        self._ask()

    def _slid(self, _value: int) -> None:
        self._rest.start()
        self._changed()

    def _changed(self, *_: object) -> None:
        self.percent.setText(f"{self.slider.value()} %")
        self.said.setText(summary(self.recipe))
        self.changed.emit()
        self._ask()

    def _ask(self) -> None:
        """Ask for what is set now; while an answer is awaited, only the last question is kept."""
        if self._pictures is None or not self.isVisible():
            return
        if self._is_asking:
            self._is_stale = True
            return
        self._is_asking, self._is_stale = True, False
        pictures, ratio = self._pictures, self.devicePixelRatioF()

        def answer(content: Mapping[str, Any]) -> None:
            if pictures is self._pictures:
                self.rows.show_answer(content, [pictures.class_of(place) for place in content["places"]])
                self._done()

        def refuse(sentence: str) -> None:
            if pictures is self._pictures:
                self.said.setText(sentence)
                self._done()

        self._looker.request(
            "variants", answer, refuse, places=_chosen(pictures, self._turn), recipe=recipes.content(self.recipe),
            image_size=min(self._size, _ROUGH) if self._rest.isActive() else self._size, channels_in=self._channels, seed=self._seed, count=_VARIANTS,
            side=round(_SIDE * min(ratio, 2)),
        )  # fmt: skip

    def _done(self) -> None:
        self._is_asking = False
        if self._is_stale:
            self._ask()


def _chosen(pictures: PictureSet, turn: int) -> list[int]:
    """Pictures for training of different classes, others with every turn."""
    members = pictures.examples(_ROWS * 4)
    rows: list[int] = []
    for number in range(_ROWS):
        step = turn * _ROWS + number
        own = members[step % len(members)]
        place = own[(step // len(members)) % len(own)]
        rows += [place] if place not in rows else []
    return rows


def summary(recipe: Recipe) -> str:
    """What a recipe does to pictures, in one line."""
    words = []
    if recipe.crop < 1:
        words.append(tr("crops of at least {share} of the area", share=percent(recipe.crop)))
    if recipe.flip:
        words.append(tr("mirrored {share} of the time", share=percent(recipe.flip)))
    if recipe.shift:
        words.append(tr("shifted by up to {share} of the side", share=percent(recipe.shift)))
    if recipe.randaugment:
        words.append(
            counted(
                "{number} random operation of magnitude {magnitude}",
                "{number} random operations of magnitude {magnitude}",
                recipe.randaugment,
                magnitude=f"{recipe.magnitude:g}",
            )
        )
    if recipe.erasing:
        words.append(tr("a rectangle erased {share} of the time", share=percent(recipe.erasing)))
    if recipe.mixup:
        words.append(tr("MixUp with α {value}", value=f"{recipe.mixup:g}"))
    if recipe.cutmix:
        words.append(tr("CutMix with α {value}", value=f"{recipe.cutmix:g}"))
    return "  ·  ".join(words) if words else tr("Pictures stay as they are.")
