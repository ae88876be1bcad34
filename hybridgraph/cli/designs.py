"""Commands that look at designs and write them: presets, new, check, code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph import presets as variants
from hybridgraph import shapes
from hybridgraph.analysis import Analysis
from hybridgraph.cli.options import (
    AsJson,
    ChannelsIn,
    Classes,
    DesignArgument,
    ImageSize,
    open_design,
    print_json,
    say,
)
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.storage import write_atomic

MARKS = {"error": "✗", "warning": "!", "advice": "·"}


def presets(*, as_json: AsJson = False) -> None:
    """List the presets: name, paper, picture size, parameters, MACs."""
    rows = list(variants.PRESETS.values())
    if as_json:
        print_json([
            {"name": row.name, "title": row.title, "paper": row.paper, "image_size": row.image_size,
             "channels_in": row.channels_in, "classes": row.classes, "params": row.params, "macs": round(row.macs),
             "top1": row.top1}
            for row in rows
        ])  # fmt: skip
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "image", "params", "MACs", "ImageNet top-1", "paper"):
        table.add_column(heading, justify="left" if heading in ("name", "paper") else "right")
    for row in rows:
        top1 = f"{row.top1} %" if row.top1 else "–"
        table.add_row(row.name, f"{row.channels_in}×{row.image_size}²", f"{row.params / 1e6:.2f} M",
                      f"{row.macs / 1e9:.3f} G", top1, row.paper or "ours")  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def new(
    design: DesignArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The design file to write.")],
    *,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
) -> None:
    """Write a design file from a preset, a pattern or another design."""
    graph = open_design(design, image_size=image_size, channels_in=channels_in, classes=classes)
    files.save(graph, output)
    say(f"Wrote {output}.")


def check(
    design: DesignArgument,
    *,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    summary: Annotated[bool, typer.Option("--summary", help="Print torchinfo's table of layers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a design: shapes, parameters, MACs, findings."""
    from hybridgraph.engine import Engine  # torch is imported by the commands that need it

    graph = open_design(design, image_size=image_size, channels_in=channels_in, classes=classes)
    analysis = Engine().analyze(graph)
    if as_json:
        print_json(_described(analysis))
    elif summary and not analysis.errors:
        from hybridgraph.export.summary import summary_text

        sys.stdout.write(summary_text(graph) + "\n")
    else:
        _print_check(graph, analysis)
    for sentence in dict.fromkeys(map(str, analysis.errors)):  # a circle is found at each of its nodes
        say(sentence)
    if analysis.errors:
        raise typer.Exit(1)


def _described(analysis: Analysis) -> dict[str, Any]:
    """An analysis in the words of the command line."""
    return {
        "params": analysis.total.params,
        "macs": analysis.total.macs,
        "activation_bytes": analysis.total.activation_bytes,
        "input": shapes.encode(analysis.input) if analysis.input else None,
        "output": shapes.encode(analysis.output) if analysis.output else None,
        "nodes": [
            {
                "path": "/".join(report.path),
                "state": report.state,
                "repeats": report.repeats,
                "outputs": {name: shapes.encode(shape) for name, shape in report.outputs.items()},
                "params": report.cost.params,
                "macs": report.cost.macs,
                "activation_bytes": report.cost.activation_bytes,
            }
            for report in analysis.nodes.values()
        ],
        "findings": [
            {
                "severity": finding.severity,
                "code": finding.code,
                "path": "/".join(finding.path),
                "port": finding.port,
                "message": finding.message,
                "hint": finding.hint,
            }
            for finding in analysis.findings
        ],
    }


def _print_check(graph: Graph, analysis: Analysis) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    table = Table(box=None, pad_edge=False)
    for heading in ("node", "output", "params", "MACs", "activations"):
        table.add_column(heading, justify="left" if heading == "node" else "right")
    for path, item in graph.walk():
        report = analysis.nodes.get(path)
        if report is None:
            continue
        repeat = f" × {report.repeats}" if report.repeats > 1 else ""
        shape = ", ".join(str(shape) for shape in report.outputs.values()) or report.state
        table.add_row(f"{'  ' * (len(path) - 1)}{item.title or item.id}{repeat}", shape, f"{report.cost.params:,}",
                      f"{report.cost.macs / 1e6:,.2f} M", f"{report.cost.activation_bytes / 1e6:,.1f} MB")  # fmt: skip
    total = analysis.total
    table.add_section()
    table.add_row("whole network", str(analysis.output or "–"), f"{total.params:,}",
                  f"{total.macs / 1e6:,.2f} M", f"{total.activation_bytes / 1e6:,.1f} MB")  # fmt: skip
    console.print(table)
    console.print("For one image; 1 MAC = 2 FLOPs; activations are what training keeps in fp32.")
    for finding in analysis.findings:
        if finding.severity != "error":
            console.print(
                f"{MARKS[finding.severity]} {finding}", soft_wrap=True, markup=False, highlight=False
            )


def code(
    design: DesignArgument,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write; else it is printed.")
    ] = None,
    *,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
) -> None:
    """Print or write the design as standalone PyTorch source; `build_model()` returns the module."""
    from hybridgraph import compiler
    from hybridgraph.export.formatting import format_source

    graph = open_design(design, image_size=image_size, channels_in=channels_in, classes=classes)
    text = format_source(compiler.source(graph, standalone=True).text)
    if output is None:
        sys.stdout.write(text)
    else:
        write_atomic(output, text)
        say(f"Wrote {output}.")
