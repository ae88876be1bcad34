r"""The stages of a design as a LaTeX table: `\usepackage{booktabs}` is all it needs.

Numbers stand in math mode, so that the table looks alike in every font of a paper. Source of the layout: booktabs 1.6.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from hybridgraph.analysis import Analysis
from hybridgraph.errors import ExportError
from hybridgraph.figures.stages import Stage, stages
from hybridgraph.graph.model import Graph
from hybridgraph.shapes import Detections, ImageMap, Pyramid, Shape, Stack, Tokens
from hybridgraph.spec import Catalogue

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",  # \\textquotedbl would ask for a font encoding that many papers do not load
    "[": "{[}",  # after the end of a row this would begin an argument, as would a star
    "]": "{]}",
    "*": "{*}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "→": r"$\rightarrow$",
    "−": "--",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "²": "$^2$",
    "³": "$^3$",
    "\u00a0": "~",
    "\u202f": r"\,",
}  # fmt: skip
_COLUMNS = ("Stage", "Block", "Repeat", "Output", "Channels")


def escaped(text: str) -> str:
    """Text as LaTeX takes it, on one line. Letters of other scripts stay: engines of today read UTF-8."""
    flat = "".join(
        " " if unicodedata.category(one)[0] in "CZ" and one not in "\u00a0\u202f" else one for one in text
    )
    return "".join(_SPECIAL.get(one, one) for one in flat).strip()


def table(
    graph: Graph, analysis: Analysis, catalogue: Catalogue, *, caption: str = "", label: str = ""
) -> str:
    """The table of a design's stages with its caption and label.

    Raises ExportError when the design is empty, or has an error, as then its numbers are not known.
    """
    if analysis.errors:
        first = analysis.errors[0]
        raise ExportError(
            f"The table has no numbers while the design has an error: {first.message}", first.hint
        )
    found = stages(graph, analysis, catalogue)
    if not found:
        raise ExportError("The design is empty, so there is no table of it.", "Add a block first.")
    name = graph.name or "the design"
    whole = analysis.total
    params, macs = _Unit.of(whole.params), _Unit.of(whole.macs)
    head = [
        " & ".join((*_COLUMNS, "Params", "MACs")),
        " & ".join((*[""] * len(_COLUMNS), params.heading, macs.heading)),
    ]
    rows = [
        *(" & ".join(cells) for stage in found for cells in _rows(stage, params, macs)),
        " & ".join(("Total", *[""] * (len(_COLUMNS) - 1), params.cell(whole.params), macs.cell(whole.macs))),
    ]
    said = (
        caption
        or f"The stages of {name}. Sizes are height by width, costs those of one image; 1 MAC is 2 FLOPs."
    )
    return "\n".join(
        (
            "% Needs \\usepackage{booktabs} in the preamble.",
            "\\begin{table}[t]",
            "  \\centering",
            f"  \\caption{{{escaped(said)}}}",
            f"  \\label{{{_label(label or f'tab:{graph.name}')}}}",
            "  \\footnotesize",
            "  \\setlength{\\tabcolsep}{4pt}",
            "  \\setlength{\\abovetopsep}{4pt}",
            "  \\begin{tabular}{@{}llrrrrr@{}}",
            "    \\toprule",
            *(f"    {row} \\\\" for row in head),
            "    \\midrule",
            *(f"    {row} \\\\" for row in rows[:-1]),
            "    \\midrule",
            f"    {rows[-1]} \\\\",
            "    \\bottomrule",
            "  \\end{tabular}",
            "\\end{table}",
            "",
        )
    )


def _rows(stage: Stage, params: _Unit, macs: _Unit) -> Iterator[tuple[str, ...]]:
    """The row of a stage; what runs once before its repeats has one of its own above."""
    name = escaped(stage.name)
    if stage.entry:
        yield name, escaped(stage.entry), "$1$", *[""] * 4
        name = ""
    size, channels = _sizes(stage.shape)
    repeat = f"${stage.repeat}$" if stage.repeat > 1 or stage.entry else ""
    yield name, escaped(stage.block), repeat, size, channels, params.cell(stage.params), macs.cell(stage.macs)


def _sizes(shape: Shape | None) -> tuple[str, str]:
    """Where values lie, and how many there are at each place."""
    match shape:
        case None:
            return "--", "--"
        case ImageMap():
            return rf"${shape.height} {{\times}} {shape.width}$", f"${shape.channels}$"
        case Tokens():
            return f"${shape.length}$", f"${shape.channels}$"
        case Stack():
            inner, channels = _sizes(shape.of)
            times = inner.strip("$")
            return (f"${shape.count}$" if inner == "--" else rf"${shape.count} {{\times}} {times}$"), channels
        case Pyramid():
            parts = [_sizes(level) for level in shape.levels]
            return ", ".join(part[0] for part in parts), ", ".join(dict.fromkeys(part[1] for part in parts))
        case Detections():
            return rf"${shape.layers} {{\times}} {shape.queries}$", f"${shape.classes + 1} + 4$"
        case _:
            return "--", f"${shape.channels}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """What the numbers of a column are counted in, and how many decimals they have, so that they line up."""

    factor: float
    prefix: str
    places: int

    @classmethod
    def of(cls, total: int) -> _Unit:
        """The unit in which the total has at least one digit before the point."""
        for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
            if total >= factor:
                return cls(factor=factor, prefix=prefix, places=3 if total < 10 * factor else 2)
        return cls(factor=1.0, prefix="", places=0)

    @property
    def heading(self) -> str:
        """What stands under the name of the column."""
        return f"({self.prefix})" if self.prefix else ""

    def cell(self, value: int | None) -> str:
        """A number; a dash where there is none."""
        if not value:
            return "--"
        least = 10.0**-self.places
        number = value / self.factor
        return f"$<{least:.{self.places}f}$" if number < least / 2 else f"${number:.{self.places}f}$"


def _label(text: str) -> str:
    """A label of letters, digits and what every package leaves alone."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9:.-]+", "-", plain).strip("-:") or "tab:stages"
