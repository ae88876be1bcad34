"""The controls of a panel's plots: along what they lie, how smooth they are, logarithms, everything in sight."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from app.icons import icon
from app.language import tr
from app.plots.lens import ALONG, REACHES, Lens
from app.quantities import spaced
from app.theme import Theme
from app.viewbuttons import view_button, view_buttons


class Strip(QWidget):
    """One row of controls for a lens."""

    def __init__(self, lens: Lens, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lens = lens
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.along = view_buttons(ALONG, lens.set_along, self, chosen=lens.along)
        for button in self.along.values():
            button.setToolTip(tr("Lay the plots along {axis}", axis=button.text().lower()))
            row.addWidget(button)
        row.addSpacing(8)
        self.log = view_button(tr("Log"))
        self.log.setToolTip(tr("Logarithms upwards in the plots of losses and gradients"))
        self.log.toggled.connect(lens.set_log)
        row.addWidget(self.log)
        row.addSpacing(8)
        self.word = QLabel()
        self.word.setProperty("role", "small")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(REACHES) - 1)
        self.slider.setPageStep(1)
        self.slider.setFixedWidth(90)
        self.slider.setAccessibleName(tr("Smoothing"))
        self.slider.setToolTip(
            tr("Every value as the mean of its neighbours; the curve as it is stays in sight")
        )
        self.slider.valueChanged.connect(self._smooth)
        row.addWidget(self.slider)
        row.addWidget(self.word)
        row.addStretch(1)
        self.whole = QToolButton()
        self.whole.setProperty("role", "quiet")
        self.whole.setToolTip(tr("Show everything (a double click on a plot does the same)"))
        self.whole.setAccessibleName(tr("Show everything"))
        self.whole.clicked.connect(lens.show_all)
        row.addWidget(self.whole)
        lens.changed.connect(self._show)
        self._smooth(0)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self.whole.setIcon(icon("maximize", theme.muted, 13))
        self.whole.setIconSize(QSize(13, 13))

    def offer_time(self, *, is_known: bool) -> None:
        """Whether the values came with a time: logs of older versions have none."""
        self.along["time"].setEnabled(is_known)
        if not is_known and self._lens.along == "time":
            self._lens.set_along("epoch")
            self.along["epoch"].setChecked(True)

    def _smooth(self, notch: int) -> None:
        reach = REACHES[notch]
        self.word.setText(
            tr("smoothed over {steps} steps", steps=spaced(2 * reach + 1)) if reach else tr("not smoothed")
        )
        self._lens.set_reach(reach)

    def _show(self) -> None:
        self.whole.setEnabled(self._lens.span is not None)
        self.along[self._lens.along].setChecked(True)
