"""The command that takes a design home: as source, ONNX or weights, and as a figure or table for a paper."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hybridgraph import catalog, designs
from hybridgraph.analysis import Analysis
from hybridgraph.cli.options import (
    AsJson,
    ChannelsIn,
    Classes,
    DesignArgument,
    ImageSize,
    open_design,
    print_json,
)
from hybridgraph.cli.report import gather
from hybridgraph.errors import ExportError
from hybridgraph.figures import latex, look
from hybridgraph.figures.figure import figure
from hybridgraph.figures.writing import Written, write_svg, write_text
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.runs.store import GRAPH_FILE, open_run

if TYPE_CHECKING:
    from hybridgraph.export import ExportRecord
    from hybridgraph.report.writing import Written as Report

Form = Literal[
    "code", "package", "onnx", "pt2", "safetensors", "svg", "pdf", "png", "latex", "summary", "report"
]


def export(
    design: DesignArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="code: standalone PyTorch, one file; package: the same as a folder with weights and a test; onnx; "
            "pt2: a program of torch.export; safetensors: the weights alone; svg: a figure of the stages; latex: a "
            "table of the stages; summary: torchinfo's table of the layers; report: all that is known, as .html, .md or .tex.",
        ),
    ] = "code",
    *,
    run: Annotated[Path | None, typer.Option(help="Take the trained weights of this run.")] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help="Take the weights in this safetensors file, as `weights import` writes it."),
    ] = None,
    opset: Annotated[
        int | None, typer.Option(help="Of an ONNX file: the set of operators; 20 unless told otherwise.")
    ] = None,
    dynamic_size: Annotated[
        bool, typer.Option("--dynamic-size", help="Of an ONNX file: take pictures of any height and width.")
    ] = False,
    fp16: Annotated[
        bool, typer.Option("--fp16", help="Of an ONNX file: half as many bits for weights and arithmetic.")
    ] = False,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    width: Annotated[
        str, typer.Option(help="Of a figure: 84mm is a column, 174mm a page, 1920px a slide.")
    ] = "174mm",
    colours: Annotated[look.Colours, typer.Option(help="Of a figure: for light or dark pages.")] = "light",
    transparent: Annotated[
        bool, typer.Option("--transparent", help="Draw a figure without a background.")
    ] = False,
    numbers: Annotated[bool, typer.Option(help="Write shapes and costs into a figure.")] = True,
    caption: Annotated[str, typer.Option(help="Of a table.")] = "",
    label: Annotated[str, typer.Option(help="Of a table, to refer to it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Export a design. A network is run and compared with the design before it is called done.

    With --run and a preset's name or a pattern, the design is the one the run trained.
    """
    if run is not None and weights is not None:
        raise ExportError("Both --run and --weights name weights to export.", "Give one of the two.")
    if form != "onnx" and (opset is not None or dynamic_size or fp16):
        raise ExportError(
            "--opset, --dynamic-size and --fp16 are choices for an ONNX file.", "Add --format onnx."
        )
    if run is not None and designs.is_variant(design):
        graph = files.load(open_run(run).path / GRAPH_FILE)
    else:
        graph = open_design(design, image_size=image_size, channels_in=channels_in, classes=classes)
    result: ExportRecord | Written | Report
    if form == "report":
        from hybridgraph.report.writing import write_report

        found = open_run(run) if run is not None else None
        result = write_report(gather(graph, found, name=Path(design).name), output)
    elif form == "summary":
        from hybridgraph.export.summary import summary_text

        result = write_text(summary_text(graph), "summary", output)
    elif form == "latex":
        text = latex.table(graph, _analysis(graph), catalog.known(), caption=caption, label=label)
        result = write_text(text, "latex", output)
    elif form == "svg":
        chosen = look.size(width)
        drawing = figure(
            graph,
            _analysis(graph) if numbers else None,
            catalog.known(),
            look=look.look(colours, transparent=transparent),
            size=chosen,
            numbers=numbers,
        )
        result = write_svg(drawing, chosen, output)
    elif form == "pdf" or form == "png":  # noqa: PLR1714  the type checker narrows this one
        raise ExportError(
            f"Figures as {form.upper()} are written by the window, under Export.",
            "Here, --format svg gives the same figure.",
        )
    else:
        result = _network(form, graph, output, weights or run, opset, dynamic_size, fp16)
    if as_json:
        print_json({**asdict(result), "path": str(result.path)})
    else:
        typer.echo(str(result))


def _network(
    form: Literal["code", "package", "onnx", "pt2", "safetensors"], graph: Graph, output: Path, weights: Path | None,
    opset: int | None, dynamic_size: bool, fp16: bool,
) -> ExportRecord:  # fmt: skip
    """A network in one of its forms, run and compared."""
    from hybridgraph import export as exports  # torch is imported by the commands that need it

    if not output.absolute().parent.is_dir():  # said before minutes of work, not after
        raise ExportError(f"The folder {output.absolute().parent} does not exist.", "Choose another place.")
    if form == "onnx":
        chosen = {} if opset is None else {"opset": opset}
        return exports.export_onnx(graph, output, weights, dynamic_size=dynamic_size, fp16=fp16, **chosen)
    verbs = {
        "code": exports.export_source,
        "package": exports.export_package,
        "pt2": exports.export_program,
        "safetensors": exports.export_safetensors,
    }
    return verbs[form](graph, output, weights)


def _analysis(graph: Graph) -> Analysis:
    """The numbers of a design. Raises ExportError with its first error."""
    from hybridgraph.engine import Engine  # torch is imported by the commands that need it

    analysis = Engine().analyze(graph)
    if analysis.errors:
        raise ExportError(analysis.errors[0].message, analysis.errors[0].hint)
    return analysis
