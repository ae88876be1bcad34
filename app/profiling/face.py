"""What the profile panel is made of: the form, the row of views, the stack that holds them, the lines below."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.labels import ElidedLabel
from app.language import tr
from app.panels.combo import Combo
from app.panels.trainform import muted
from app.profiling import views
from app.profiling.form import ProfileForm, SweepForm
from app.theme import Theme
from app.viewbuttons import view_buttons
from hybridgraph.runs import Run


class ProfileFace(QWidget):
    """The widgets; it decides nothing."""

    view_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.chosen = "table"
        self.sweep_run: Run | None = None
        self._told: tuple[Path, str] | None = None  # the run whose failure was told
        self.form, self.sweep_form = ProfileForm(theme), SweepForm()
        self.forms = QStackedWidget()
        self.forms.addWidget(self.form)
        self.forms.addWidget(self.sweep_form)
        self.start_button, self.stop_button = QPushButton(tr("Profile")), QPushButton(tr("Stop"))
        self.start_button.setProperty("role", "primary")
        self.tabs = view_buttons(views.TITLES, self.view_chosen.emit, self, chosen=self.chosen)
        self.heat = Combo()
        self.heat.setAccessibleName(tr("Measure on the cards and in the map"))
        self.heat.setMinimumWidth(124)
        self.runs_menu = QMenu(self)
        self.runs_button = QPushButton(tr("Runs"))
        self.runs_button.setMenu(self.runs_menu)
        self.runs_button.setAccessibleName(tr("Earlier measurements"))
        self.stack = QStackedWidget()
        self.roll_up, self.word = ElidedLabel(), ElidedLabel()
        self.word.setText(tr("Press Profile to measure every block on this machine."))
        self.word.setProperty("role", "muted")
        self.command = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.command.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.command.setProperty("role", "command")
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for push in (self.start_button, self.stop_button):
            push.setMinimumHeight(28)
            buttons.addWidget(push)
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.addWidget(self.forms, 1)
        left.addLayout(buttons)
        holder = QWidget()
        holder.setFixedWidth(236)
        holder.setLayout(left)
        top = QHBoxLayout()
        top.setSpacing(2)
        for name, button in self.tabs.items():
            button.setObjectName(name)
            top.addWidget(button)
        top.addStretch(1)
        top.addWidget(muted(tr("Measure")))
        top.addSpacing(6)
        top.addWidget(self.heat)
        top.addSpacing(6)
        top.addWidget(self.runs_button)
        foot = QHBoxLayout()
        foot.addWidget(self.word, 7)
        foot.addWidget(self.command, 3)
        right = QVBoxLayout()
        right.setSpacing(5)
        right.addLayout(top)
        right.addWidget(self.stack, 1)
        right.addWidget(self.roll_up)
        right.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(14)
        layout.addWidget(holder)
        layout.addLayout(right, 1)

    def choose(self, name: str) -> None:
        """Mark the button of a view, and show the form that belongs to it."""
        self.chosen = name
        self.tabs[name].setChecked(True)
        self.forms.setCurrentWidget(self.sweep_form if name == "sweep" else self.form)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self.theme = theme
        self.form.set_theme(theme)
        self.sweep_form.set_theme(theme)
        self.start_button.setIcon(icon("gauge", theme.on_accent, 13))
        self.stop_button.setIcon(icon("square", theme.muted, 11, filled=True))
