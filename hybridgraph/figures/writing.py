"""Figures and tables as files, written whole or not at all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hybridgraph.figures.drawing import Drawing
from hybridgraph.figures.look import Size
from hybridgraph.figures.svg import svg
from hybridgraph.storage import write_atomic

Format = Literal["svg", "pdf", "png", "latex", "summary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that was written: its size in bytes, and the seconds that took."""

    path: Path
    format: Format
    bytes: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.path}: {self.bytes / 1e3:,.1f} kB"


def write_svg(drawing: Drawing, size: Size, target: Path) -> Written:
    """Write a figure as SVG that is shown in its size. Raises DocumentError."""
    scale = drawing.height / drawing.width
    width = f"{size.amount:g}{size.unit}"
    height = f"{size.amount * scale:.2f}{size.unit}"
    return write_text(svg(drawing, width=width, height=height), "svg", target)


def write_text(text: str, form: Format, target: Path) -> Written:
    """Write a figure or table that is text. Raises DocumentError."""
    begun = time.perf_counter()
    data = text.encode()
    write_atomic(target, data)
    return Written(path=target, format=form, bytes=len(data), seconds=time.perf_counter() - begun)
