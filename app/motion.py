"""Whether things may move: not where the system asks for less motion, nor where the person does."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QMainWindow, QStyle, QWidget

_KEY = "calm"


def is_wanted(widget: QWidget) -> bool:
    """Whether a change may be shown as a motion on this widget."""
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    return not is_calm() and widget.style().styleHint(hint, None, widget) > 0


def is_calm() -> bool:
    """Whether the person asked for less motion."""
    application = QApplication.instance()
    return application is not None and bool(application.property(_KEY))


def set_calm(calm: bool, window: QMainWindow, settings: QSettings) -> None:
    """Ask for less motion or allow it, now and from now on."""
    _take(calm, window)
    settings.setValue(_KEY, calm)


def restore(window: QMainWindow, settings: QSettings) -> None:
    """Take what the person asked for last."""
    _take(str(settings.value(_KEY, "false")).casefold() == "true", window)


def _take(calm: bool, window: QMainWindow) -> None:
    if (application := QApplication.instance()) is not None:
        application.setProperty(_KEY, calm)
    window.setAnimated(not calm)
