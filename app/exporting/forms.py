"""What can be exported, under which ending, and how it is said in a line or on the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from app.figures.artwork import Choice
from app.language import mark, tr
from hybridgraph.export.record import FORMAT_NAMES, ExportRecord
from hybridgraph.figures.look import PAGE

Form = Literal["code", "package", "onnx", "pt2", "safetensors", "svg", "pdf", "png", "latex", "summary"]
FORMATS: dict[Form, tuple[str, str]] = {
    "code": (mark("PyTorch source, one file"), ".py"),
    "package": (mark("PyTorch package with its own test"), ""),
    "onnx": (mark("ONNX, any batch size"), ".onnx"),
    "pt2": (mark("Program of torch.export"), ".pt2"),
    "safetensors": (mark("Weights, safetensors"), ".safetensors"),
    "svg": (mark("Drawing, SVG"), ".svg"),
    "pdf": (mark("Drawing, PDF"), ".pdf"),
    "png": (mark("Drawing, PNG"), ".png"),
    "latex": (mark("Table of the stages, LaTeX"), ".tex"),
    "summary": (mark("Table of the layers, text of torchinfo"), ".txt"),
}
PICTURES: tuple[Form, ...] = ("svg", "pdf", "png")
PAPERS: tuple[Form, ...] = (*PICTURES, "latex", "summary")
"""What needs no weights."""


def in_one_line(record: ExportRecord) -> str:
    """An earlier export in one line."""
    made = datetime.fromisoformat(record.made).astimezone()
    return tr(
        "{day} · {name}: {kind}, {share} of the range",
        day=made.strftime("%Y-%m-%d %H:%M"), name=Path(record.path).name, kind=FORMAT_NAMES[record.format],
        share=f"{record.relative:.1e}" if record.relative else "0",
    )  # fmt: skip


def figure_arguments(choice: Choice) -> list[str]:
    """The choices for a figure as the command line takes them."""
    arguments = ["--width", str(choice.size or PAGE), "--colours", choice.colours]
    arguments += ["--transparent"] if choice.transparent else []
    return arguments if choice.numbers else [*arguments, "--no-numbers"]
