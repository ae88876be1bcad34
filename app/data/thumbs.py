"""Small pictures by their place in the set, asked for when they are painted and kept for a while."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from app.data.looker import Looker

SIDE = 192
"""Pixels of the longer side: sharp at 96 px on a screen of twice the density."""
_KEPT = 4000
_AT_ONCE = 16
_WAITING = 400  # what was scrolled past long ago is not fetched any more


@dataclass(frozen=True, slots=True)
class Thumb:
    """A small picture with its name, or the sentence that says why there is none."""

    name: str
    pixmap: QPixmap
    fault: str = ""


class Thumbs(QObject):
    """Asks for what is looked at now before what was looked at earlier, a few at a time."""

    arrived = Signal()

    def __init__(self, looker: Looker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._looker = looker
        self._known: OrderedDict[int, Thumb] = OrderedDict()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._is_asking = False
        self._round = 0
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._ask)

    def forget(self) -> None:
        """The places mean other pictures now."""
        self._known.clear()
        self._wanted.clear()
        self._is_asking = False
        self._round += 1

    def get(self, place: int) -> Thumb | None:
        """The small picture of a place; None while it is fetched, then `arrived` tells."""
        found = self._known.get(place)
        if found is not None:
            self._known.move_to_end(place)
            return found
        if place >= 0:
            self._wanted[place] = None
            self._wanted.move_to_end(place)
            self._soon.start()
        return None

    def _ask(self) -> None:
        if self._is_asking or not self._wanted:
            return
        while len(self._wanted) > _WAITING:
            self._wanted.popitem(last=False)
        places = [self._wanted.popitem(last=True)[0] for _ in range(min(_AT_ONCE, len(self._wanted)))]
        asked = self._round
        self._is_asking = True

        def answer(content: Mapping[str, Any]) -> None:
            if asked == self._round:
                self._take(content)

        def refuse(sentence: str) -> None:
            if asked == self._round:
                self._take({"pictures": [[place, "", 0, 0, sentence] for place in places]})

        self._looker.request("small", answer, refuse, places=places, side=SIDE)

    def _take(self, content: Mapping[str, Any]) -> None:
        self._is_asking = False
        for place, name, width, height, said in content["pictures"]:
            if not width:
                self._known[place] = Thumb(name, QPixmap(), said)
                continue
            pixels = base64.b64decode(said)
            image = QImage(pixels, width, height, 3 * width, QImage.Format.Format_RGB888)
            self._known[place] = Thumb(name, QPixmap.fromImage(image))
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        self._ask()
        self.arrived.emit()
