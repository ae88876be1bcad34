"""The rectangles of a region of the screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion


def parts(region: QRegion) -> list[QRect]:
    """The rectangles that a region is made of. PySide6 tells type checkers nothing of its iterator."""
    return [*cast("Iterable[QRect]", region)]
