"""The slider for the image's size: the canvas shows what other pictures would give, and nothing is changed by it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.arithmetic import reckon
from app.canvas import sizes
from app.canvas.paint import faded
from app.icons import icon
from app.labels import ElidedLabel
from app.language import tr
from app.preview import Preview
from app.session import Session
from app.theme import Theme
from hybridgraph.analysis import Analysis
from hybridgraph.errors import GraphError
from hybridgraph.spec import IMAGE_SPEC

LOW, TALL, WIDE = 26, 66, 700
PAUSE_MS = 30
SMALL = 128
"""Sides from which the slider goes by 32 pixels; below by 4."""

_SLIDER = """
QSlider {{ background: transparent; min-height: 20px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {line}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {accent}; }}
QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {accent};
    border: none; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {text}; width: 10px; height: 10px; }}
"""


class SizeBar(QWidget):
    """Folded, a button with the image's size; open, a slider with what comes of it and a button to take it."""

    changed = Signal()  # its own size
    is_open = False

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._canvas = parent
        self._theme = theme
        self._size: tuple[int, int] | None = None  # the design's own
        self._wanted: tuple[int, int] | None = None  # what is looked at
        self._step = 32
        self.button = QToolButton()
        self.button.setProperty("role", "quiet")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setToolTip(tr("Look at the design at other image sizes, without changing it"))
        self.button.clicked.connect(self.toggle)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Image size"))
        self.slider.setFixedWidth(170)
        self.slider.valueChanged.connect(self._slid)
        self.field = QLineEdit()
        self.field.setProperty("role", "number")
        self.field.setAccessibleName(tr("Side of the image in pixels"))
        self.field.setFixedWidth(58)
        self.field.editingFinished.connect(self._typed)
        self.told = ElidedLabel()
        self.told.setContentsMargins(8, 0, 8, 2)
        self.take = QPushButton(tr("Use this size"))
        self.take.setProperty("role", "primary")
        self.take.clicked.connect(self._take)
        self.shut = QToolButton()
        self.shut.setProperty("role", "quiet")
        self.shut.setAccessibleName(tr("Back to the design's own size"))
        self.shut.setToolTip(tr("Back to the design's own size (Esc)"))
        self.shut.clicked.connect(self.close_bar)
        self._unit = QLabel("px")
        self._unit.setProperty("role", "muted")
        self._tools = (self.slider, self.field, self._unit, self.told, self.take, self.shut)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.button)
        for tool in (self.slider, self.field, self._unit):
            row.addWidget(tool)
        row.addStretch(1)
        row.addWidget(self.take)
        row.addWidget(self.shut)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 6, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.told)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        parent.installEventFilter(self)
        session.graph_changed.connect(self._on_graph)
        session.analysis_changed.connect(self._on_analysis)
        self.set_theme(theme)
        self._on_graph()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.button.setIcon(icon("image", theme.muted, 14))
        self.shut.setIcon(icon("x", theme.muted, 14))
        self.slider.setStyleSheet(_SLIDER.format(line=theme.line, accent=theme.accent, text=theme.text))
        self._colour_words()
        self.update()

    # ------------------------------------------------------------------------------------------------- open and close

    def toggle(self) -> None:
        """Open it, or close it."""
        if self.is_open:
            self.close_bar()
        else:
            self.open_bar()

    def open_bar(self) -> None:
        """Offer other sizes, from the design's own on."""
        if self._size is None:
            self._session.notified.emit("info", tr("The design has no picture whose size could change."))
            return
        self.is_open = True
        side = self._size[0]
        self._step = 32 if side >= SMALL else 4
        self.slider.blockSignals(True)
        self.slider.setRange(1, max(2 * side, 16 * self._step) // self._step)
        self.slider.setPageStep(1)
        self.slider.blockSignals(False)
        self._wanted = self._size
        self._show_wanted()
        self._tell(self._session.analysis)
        self._arrange()
        self.slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_bar(self) -> None:
        """Show the design as it is again."""
        if not self.is_open:
            return
        had_focus = any(tool.hasFocus() for tool in (self.button, *self._tools))
        self.is_open = False
        self._pause.stop()
        self._wanted = None
        self._session.show_preview(None)
        self._arrange()
        if had_focus:
            self._canvas.setFocus()

    def _arrange(self) -> None:
        for tool in self._tools:
            tool.setVisible(self.is_open)
        self.setVisible(self._size is not None)
        room = self._canvas.width() - 32
        self.setFixedHeight(TALL if self.is_open else LOW)
        self.button.setFixedHeight(LOW)
        self.setFixedWidth(min(WIDE, room) if self.is_open else self.button.sizeHint().width() + 10)
        self.changed.emit()

    def fit(self) -> None:
        """Take the room that the canvas has."""
        if self.is_open:
            self.setFixedWidth(min(WIDE, self._canvas.width() - 32))

    def _on_graph(self, *_: object) -> None:
        self._size = sizes.size_of(self._session.graph)
        if self._size is not None:
            size = "{}×{}".format(*self._size)
            self.button.setText(size)
            self.button.setAccessibleName(tr("Image of {size} pixels: look at other sizes", size=size))
        self.is_open, was = False, self.is_open
        self._wanted = None
        self._pause.stop()
        if was or self.height() != LOW or self.isVisibleTo(self._canvas) != (self._size is not None):
            self._arrange()

    def _on_analysis(self, analysis: Analysis | None) -> None:
        if self.is_open and self._wanted == self._size:
            self._tell(analysis)

    # ------------------------------------------------------------------------------------------------- looking

    def _slid(self, steps: int) -> None:
        self._want(steps * self._step)

    def _typed(self) -> None:
        try:
            side = round(reckon(self.field.text()))
        except GraphError:
            side = 0
        limit = IMAGE_SPEC.params["height"].maximum or 1
        self._want(side if 1 <= side <= limit else (self._wanted or (0, 0))[0])

    def _want(self, side: int) -> None:
        if self._size is None or not self.is_open or side < 1:
            return
        height, width = self._size
        wanted = (side, max(1, round(side * width / height)))
        if wanted != self._wanted:
            self._wanted = wanted
            self._show_wanted()
            self._pause.start()

    def _show_wanted(self) -> None:
        assert self._wanted is not None
        side = self._wanted[0]
        self.field.setText(str(side))
        self.slider.blockSignals(True)
        self.slider.setValue(round(side / self._step))
        self.slider.blockSignals(False)
        self.take.setEnabled(self._wanted != self._size)

    def _ask(self) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        if wanted == self._size:
            self._session.show_preview(None)
            self._tell(self._session.analysis)
            return
        graph = self._session.graph
        try:
            candidate = sizes.resized(graph, *wanted, self._session.catalogue)
        except GraphError as error:
            self._say(str(error), is_bad=True)
            return

        def answered(analysis: Analysis) -> None:
            if self.is_open and self._wanted == wanted and self._session.graph is graph:
                title = tr("at {height}×{width}", height=wanted[0], width=wanted[1])
                self._session.show_preview(Preview(title=title, graph=candidate, analysis=analysis))
                self._tell(analysis)

        self._session.probe(candidate, answered)

    def _tell(self, analysis: Analysis | None) -> None:
        """Say in one line what breaks, or else what it costs."""
        if analysis is None:
            self._say(tr("waiting for the engine"))
            return
        self._say(sizes.told(analysis, self._session.analysis), is_bad=bool(analysis.errors))

    def _say(self, words: str, *, is_bad: bool = False) -> None:
        self._is_bad = is_bad
        self.told.setText(words)
        self.told.setAccessibleName(words)
        self._colour_words()

    def _colour_words(self) -> None:
        bad = getattr(self, "_is_bad", False)
        self.told.setStyleSheet(f"color: {self._theme.error if bad else self._theme.muted}; font-size: 11px;")

    def _take(self) -> None:
        wanted, catalogue = self._wanted, self._session.catalogue
        if wanted is None or wanted == self._size:
            return
        self._session.settle()
        words = tr("Use pictures of {height}×{width}", height=wanted[0], width=wanted[1])
        self._session.apply(words, lambda graph: sizes.resized(graph, *wanted, catalogue))
        self._canvas.setFocus()

    # ------------------------------------------------------------------------------------------------- events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_open:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.is_open:
            if self.slider.hasFocus() or self.take.hasFocus():
                self._take()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc on the canvas closes it too."""
        if (
            self.is_open
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Escape
        ):
            self.close_bar()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.accent if self.is_open else self._theme.line), 1))
        painter.setBrush(faded(self._theme.window, 0.94))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
