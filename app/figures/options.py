"""The choices for a drawing, and a small picture of what will be written."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.canvas.content import Overlay
from app.figures.artwork import Choice, artwork
from app.figures.output import Artwork, render
from app.language import tr
from app.panels.combo import Combo
from app.panels.editors import Switch
from app.session import Session
from app.theme import Theme
from hybridgraph.errors import HybridGraphError
from hybridgraph.figures.look import COLUMN, LEAST_MM, MOST_MM, PAGE, SLIDE, Size

_OWN, _NATURAL = "own", "natural"
_SMALLEST_READABLE = 5.0  # pt in print


class Preview(QWidget):
    """The artwork on a page, as large as it fits."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.art: Artwork | None = None
        self.for_light = True
        self.setMinimumHeight(190)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Preview"))

    def sizeHint(self) -> QSize:
        return QSize(520, 230)

    def show_art(self, art: Artwork | None, *, for_light: bool = True) -> None:
        """Show other artwork, or none; for light pages or for dark ones."""
        self.art, self.for_light = art, for_light
        self.setAccessibleDescription(art.drawing.description if art and art.drawing else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self.theme.line))
        painter.setBrush(QColor(self.theme.field))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 8, 8)
        if self.art is None or not self.art.width or not self.art.height:
            return
        room = self.size() - QSize(24, 24)
        scale = min(room.width() / self.art.width, room.height() / self.art.height)
        size = QSize(max(round(self.art.width * scale), 1), max(round(self.art.height * scale), 1))
        left, top = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
        if not self.art.paper:
            self._paint_checks(painter, left, top, size)
        painter.translate(left, top)
        painter.setClipRect(0, 0, size.width(), size.height())
        render(self.art, painter, size)

    def _paint_checks(self, painter: QPainter, left: int, top: int, size: QSize) -> None:
        """The pattern that stands for nothing at all, as light or dark as the page it is meant for."""
        step = 8
        shades = ("#FFFFFF", "#E9EDF2") if self.for_light else ("#1B212A", "#262E39")
        for row in range(0, size.height(), step):
            for column in range(0, size.width(), step):
                even = (row + column) // step % 2 == 0
                high, wide = min(step, size.height() - row), min(step, size.width() - column)
                painter.fillRect(
                    left + column, top + row, wide, high, QColor(shades[even])
                )  # fmt: skip


class FigureOptions(QWidget):
    """What is drawn, how wide, in which colours."""

    changed = Signal()

    def __init__(self, session: Session, theme: Theme, overlay: Overlay = "macs") -> None:
        super().__init__()
        self._session = session
        self._overlay: Overlay = overlay
        self.subject = Combo()
        self.subject.addItem(tr("Stage-level figure, a box for each stage"), "stages")
        self.subject.addItem(tr("Whole design as on the canvas"), "canvas")
        self.size_box = Combo()
        for title, size in (
            (tr("One column, 84 mm"), COLUMN),
            (tr("Two columns, 174 mm"), PAGE),
            (tr("Slide, 1920 px"), SLIDE),
            (tr("Own width"), _OWN),
        ):
            self.size_box.addItem(title, size)
        self.size_box.setCurrentIndex(1)
        self.own = QDoubleSpinBox()
        self.own.setRange(LEAST_MM, MOST_MM)
        self.own.setDecimals(1)
        self.own.setSuffix(" mm")
        self.own.setValue(120.0)
        self.own.setAccessibleName(tr("Own width"))
        self.colours = Combo()
        self.colours.addItem(tr("Light"), "light")
        self.colours.addItem(tr("Dark"), "dark")
        self.transparent = Switch(theme)
        self.transparent.setAccessibleName(tr("Transparent background"))
        self.numbers = Switch(theme)
        self.numbers.setAccessibleName(tr("Shapes and costs"))
        self.numbers.setChecked(True)
        self.dpi = Combo()
        for dots in (300, 600):
            self.dpi.addItem(tr("{dots} dpi", dots=dots), dots)
        self.preview = Preview(theme)
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(32)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(10)
        self._form.addRow(tr("Shows"), self.subject)
        self._form.addRow(tr("Width"), _beside(self.size_box, self.own))
        self._form.addRow(tr("Colours"), _beside(self.colours, QLabel(tr("Transparent")), self.transparent))
        self._form.addRow(tr("Numbers"), self.numbers)
        self._form.addRow(tr("Resolution"), self.dpi)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(self._form)
        layout.addWidget(self.preview, 1)
        layout.addWidget(self.note)
        self._soon = QTimer(self, singleShot=True, interval=30)
        self._soon.timeout.connect(self.refresh)
        for box in (self.subject, self.size_box, self.colours, self.dpi):
            box.currentIndexChanged.connect(self._on_change)
        for check in (self.transparent, self.numbers):
            check.toggled.connect(self._on_change)
        self.own.valueChanged.connect(self._on_change)
        session.graph_changed.connect(self._on_change)
        session.analysis_changed.connect(self._on_change)
        self._on_change()

    @property
    def choice(self) -> Choice:
        """What is asked for."""
        kept: Size | str = self.size_box.currentData()
        size = Size(amount=self.own.value(), unit="mm") if kept == _OWN else kept
        return Choice(
            subject=self.subject.currentData(),
            size=size if isinstance(size, Size) else None,
            colours=self.colours.currentData(),
            transparent=self.transparent.isChecked(),
            numbers=self.numbers.isChecked(),
            dpi=self.dpi.currentData(),
            overlay=self._overlay,
        )

    def ask_for(self, form: str) -> None:
        """Offer what this kind of file needs: only pixels have a resolution."""
        self._form.setRowVisible(self.dpi, form == "png")

    def refresh(self) -> None:
        """Draw the preview anew."""
        self._soon.stop()
        try:
            art = artwork(self._session, self.choice)
        except HybridGraphError as error:
            self.preview.show_art(None)
            self.note.setText(str(error))
            return
        self.preview.show_art(art, for_light=self.colours.currentData() == "light")
        self.note.setText(self._said(art))

    def _said(self, art: Artwork) -> str:
        height = art.size.amount * art.height / art.width
        said = f"{art.size.amount:g} × {height:.0f} {art.size.unit}"
        if art.size.unit == "mm" and art.least_text < _SMALLEST_READABLE:
            said += tr(
                ", the smallest letters {least_text:.1f} pt high. Choose the stage-level figure or a greater width to read them.",
                least_text=art.least_text,
            )
        if self.numbers.isChecked() and not self._session.is_analysis_current:
            said += tr(" Shapes and costs follow as soon as the engine has answered.")
        return said

    def _offer_natural(self) -> None:
        """Only the canvas has a size of its own."""
        place = self.size_box.findData(_NATURAL)
        wanted = self.subject.currentData() == "canvas"
        with QSignalBlocker(self.size_box):
            if wanted and place < 0:
                self.size_box.addItem(tr("As on the canvas at 100 %"), _NATURAL)
            elif not wanted and place >= 0:
                if self.size_box.currentIndex() == place:
                    self.size_box.setCurrentIndex(1)
                self.size_box.removeItem(place)

    def _on_change(self, *_: object) -> None:
        self._offer_natural()
        self.own.setVisible(self.size_box.currentData() == _OWN)
        self.dpi.setEnabled(self.size_box.currentData() not in (SLIDE, _NATURAL))
        self._soon.start()
        self.changed.emit()


def _beside(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(14)
    for index, widget in enumerate(widgets):
        row.addWidget(widget, 1 if index == 0 else 0, Qt.AlignmentFlag.AlignVCenter)
    return holder
