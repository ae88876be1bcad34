"""What the training panel looks like: its fields, buttons and curves, before anything happens to them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.labels import ElidedLabel
from app.language import tr
from app.panels.trainform import TrainForm
from app.plots.trainingplots import TrainingPlots
from app.preflight.strip import PreflightStrip
from app.session import Session
from app.theme import Theme


class TrainingFace(QWidget):
    """Form and buttons on the left; curves, progress and the last word of the run on the right."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = TrainForm(session, theme)
        self._instead: PreflightStrip | None = None
        self._middle = QHBoxLayout()
        self._make_buttons()
        self.plots = TrainingPlots(theme, session.notified.emit)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(tr("Progress of the training"))
        self.word = ElidedLabel()
        self.command = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.command.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.command.setProperty("role", "command")
        self.copy = QPushButton()
        self.copy.setProperty("role", "quiet")
        self.copy.setToolTip(tr("Copy the command that does the same in a terminal"))
        self.copy.setAccessibleName(tr("Copy the command"))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.command.text()))
        self._lay_out()
        self.set_theme(theme)

    def _make_buttons(self) -> None:
        self.start_button = QPushButton(tr("Train"))
        self.start_button.setProperty("role", "primary")
        self.queue_button = QPushButton(tr("Add to queue"))
        self.queue_button.setToolTip(
            tr("Train this after what waits already; the window may be closed meanwhile")
        )
        self.stop_button = QPushButton(tr("Stop"))
        self.resume_button = QPushButton(tr("Resume"))
        self.preflight_button = QPushButton(tr("Pre-flight"))
        self.preflight_button.setToolTip(tr("Look in less than a minute whether this training can work"))
        self.runs_button = QPushButton(tr("Runs"))
        self.runs_menu = QMenu(self.runs_button)
        self.runs_button.setMenu(self.runs_menu)

    def _lay_out(self) -> None:
        column = QWidget()
        side = QVBoxLayout(column)
        side.setContentsMargins(0, 0, 6, 0)
        side.setSpacing(8)
        side.addWidget(self.form)
        side.addStretch(1)
        buttons = QGridLayout()
        buttons.setSpacing(6)
        places = {
            self.start_button: (0, 0, 1, 3),
            self.queue_button: (0, 3, 1, 3),
            self.preflight_button: (1, 0, 1, 2),
            self.stop_button: (1, 2, 1, 2),  # one of these two is seen
            self.resume_button: (1, 2, 1, 2),
            self.runs_button: (1, 4, 1, 2),
        }
        for button, place in places.items():
            button.setMinimumHeight(28)
            buttons.addWidget(button, *place)
        for sixth in range(6):
            buttons.setColumnStretch(sixth, 1)
        scroll = QScrollArea()
        scroll.setWidget(column)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the focus
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left = QVBoxLayout()
        left.addWidget(scroll, 1)
        left.addLayout(buttons)
        holder = QWidget()
        bar = scroll.verticalScrollBar().sizeHint().width()
        holder.setFixedWidth(
            max(236, column.minimumSizeHint().width() + bar)
        )  # longer words in other languages
        holder.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        foot = QHBoxLayout()
        foot.addWidget(self.word, 2)
        foot.addWidget(self.command, 3)
        foot.addWidget(self.copy)
        right = QVBoxLayout()
        right.setSpacing(6)
        self._middle.addWidget(self.plots, 1)
        right.addLayout(self._middle, 1)
        right.addWidget(self.bar)
        right.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 8)
        layout.setSpacing(14)
        layout.addWidget(holder)
        layout.addLayout(right, 1)

    def put_instead(self, strip: PreflightStrip) -> None:
        """Let the checklist stand in the place of the curves while it is seen."""
        self._instead = strip
        self._middle.addWidget(strip, 1)
        strip.shown.connect(self.plots.setHidden)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        if self._instead is not None:
            self._instead.set_theme(theme)
        self.form.set_theme(theme)
        self.plots.set_theme(theme)
        self.start_button.setIcon(icon("play", theme.on_accent, 11, filled=True))
        self.stop_button.setIcon(icon("square", theme.muted, 11, filled=True))
        self.copy.setIcon(icon("copy", theme.muted, 13))
