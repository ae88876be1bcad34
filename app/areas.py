"""The areas of the window for those who use the keyboard: F6 goes from one to the next, Tab through all in reading order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

_BACK, _ON = Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.TabFocusReason
_LINE = 10  # px that the middles of widgets on one line may differ by


class Areas:
    """Where the keyboard goes. Panels make and drop fields all the time, so the order is read off the window."""

    def __init__(self, areas: Callable[[], Sequence[QWidget]]) -> None:
        """`areas` gives the parts of the window in the order in which they are read."""
        self._areas = areas
        self._left: dict[QWidget, QWidget] = {}  # where the keyboard was in each area

    def go(self, step: int) -> None:
        """Put the keyboard into the next area, or with -1 into the one before: where it was last."""
        areas = [area for area in self._areas() if stops(area)]
        if not areas:
            return
        here = QApplication.focusWidget()
        at = next((i for i, area in enumerate(areas) if here is not None and _holds(area, here)), None)
        if at is not None and here is not None:
            self._left[areas[at]] = here
        area = areas[(at + step) % len(areas)] if at is not None else areas[0 if step > 0 else -1]
        found = stops(area)
        last = self._left.get(area)
        _reach(last if last in found else found[0], _ON if step > 0 else _BACK)

    def tab(self, *, forward: bool) -> bool:
        """Put the keyboard on the next widget; False when there is none."""
        order = list(chain.from_iterable(stops(area) for area in self._areas()))
        here = QApplication.focusWidget()
        if not order:
            return False
        if here in order:
            to = order[(order.index(here) + (1 if forward else -1)) % len(order)]
        else:
            to = order[0 if forward else -1]
        _reach(to, _ON if forward else _BACK)
        return True


def stops(area: QWidget) -> list[QWidget]:
    """The widgets of an area that Tab stops at, line by line."""
    found = [
        (widget.mapTo(area, QPoint(0, widget.height() // 2)), widget)
        for widget in (area, *area.findChildren(QWidget))
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and widget.isVisible()
        and widget.isEnabled()
        and widget.window() is area.window()
    ]
    holders = {widget for _, widget in found if isinstance(widget, QScrollArea)}
    if len(holders) < len(found):  # the keyboard scrolls by going through what is inside
        found = [(place, widget) for place, widget in found if widget not in holders]
    lines: list[tuple[int, list[tuple[int, QWidget]]]] = []
    for place, widget in sorted(found, key=lambda one: (one[0].y(), one[0].x())):
        if not lines or place.y() - lines[-1][0] > _LINE:
            lines.append((place.y(), []))
        lines[-1][1].append((place.x(), widget))
    return [widget for _, line in lines for _, widget in sorted(line, key=lambda one: one[0])]


def _holds(area: QWidget, widget: QWidget) -> bool:
    return area is widget or area.isAncestorOf(widget)


def _reach(widget: QWidget, reason: Qt.FocusReason) -> None:
    """Give a widget the keyboard, and scroll to it."""
    widget.setFocus(reason)
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
