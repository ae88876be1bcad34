"""The command that checks a design: its shapes, what it costs by two counts, what training it will take, findings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph import shapes
from hybridgraph.analysis import TOLERANCE, Analysis, Cost, Verdict
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
from hybridgraph.custom.uses import Use, uses
from hybridgraph.forecast.values import Forecast, Format, Peak
from hybridgraph.graph.model import Graph

MARKS = {"error": "✗", "warning": "!", "advice": "·"}
VERDICTS: dict[Verdict, str] = {"agree": "✓", "differ": "≠", "partly": "(✓)", "once": "1×", "none": ""}
Unit = Literal["macs", "flops"]


def check(
    design: DesignArgument,
    *,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    batch: Annotated[int, typer.Option(min=1, max=1 << 20, help="Pictures in a step, for the memory.")] = 1,
    precision: Annotated[Format, typer.Option(help="Number format of a step, for the memory.")] = "fp32",
    device: Annotated[
        Literal["cpu", "cuda"], typer.Option(help="Whose way of computing the memory is for.")
    ] = "cpu",
    unit: Annotated[Unit, typer.Option(help="Of what is multiplied: 1 MAC is 2 FLOPs.")] = "macs",
    summary: Annotated[bool, typer.Option("--summary", help="Print torchinfo's table of layers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a design: shapes, parameters, MACs by two counts, memory of training and inference, findings."""
    from hybridgraph.engine import Engine  # torch is imported by the commands that need it
    from hybridgraph.forecast.forecaster import Forecaster

    graph = open_design(design, image_size=image_size, channels_in=channels_in, classes=classes)
    engine = Engine()
    analysis = engine.analyze(graph)
    told = None
    if not analysis.errors and not summary:
        told = Forecaster(engine).forecast(graph, batch=batch, precision=precision, device=device)
    if as_json:
        print_json(_described(analysis, told, uses(graph)))
    elif summary and not analysis.errors:
        from hybridgraph.export.summary import summary_text

        sys.stdout.write(summary_text(graph) + "\n")
    else:
        _print(graph, analysis, told, unit)
    for sentence in dict.fromkeys(map(str, analysis.errors)):  # a circle is found at each of its nodes
        say(sentence)
    if analysis.errors:
        raise typer.Exit(1)


def _described(analysis: Analysis, told: Forecast | None, own: Sequence[Use]) -> dict[str, Any]:
    """An analysis and a forecast in the words of the command line; `docs/costs.md` says what each means."""
    return {
        **_costs(analysis.total),
        "training_macs": told.training_macs if told else None,
        "forecast": _forecast(told) if told else None,
        "input": shapes.encode(analysis.input) if analysis.input else None,
        "output": shapes.encode(analysis.output) if analysis.output else None,
        "nodes": [
            {
                "path": "/".join(report.path),
                "state": report.state,
                "repeats": report.repeats,
                "outputs": {name: shapes.encode(shape) for name, shape in report.outputs.items()},
                **_costs(report.cost),
                **_step(told, report.path),
            }
            for report in analysis.nodes.values()
        ],
        "custom_blocks": [asdict(use) for use in own],
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


def _costs(cost: Cost) -> dict[str, Any]:
    """Both counts."""
    by_formula, second = cost.by_formula, cost.second
    return {
        "params": cost.params,
        "macs": cost.macs,
        "flops": 2 * cost.macs,
        "activation_bytes": cost.activation_bytes,
        "formula": {
            "verdict": cost.verdict,
            "params": by_formula[0],
            "macs": by_formula[1],
            "gap": round(second.gap, 6),
            "blocks": second.blocks,
            "counted_once": second.lone,
        },
    }


def _step(told: Forecast | None, path: tuple[str, ...]) -> dict[str, Any]:
    node = told.nodes.get(path) if told else None
    return {
        "training_macs": node.training_macs if node else None,
        "inference_bytes": node.inference_bytes if node else None,
        "training_bytes": node.training_bytes if node else None,
    }


def _forecast(told: Forecast) -> dict[str, Any]:
    return {
        "batch": told.batch,
        "precision": told.precision,
        "device": told.device,
        "inference": _peak(told.inference),
        "training": _peak(told.training),
        "limit_bytes": told.limit_bytes,
        "largest_batch": told.largest_batch,
    }


def _peak(peak: Peak) -> dict[str, Any]:
    return {
        "bytes": peak.bytes,
        "weights": peak.weights,
        "gradients": peak.gradients,
        "optimizer": peak.optimizer,
        "activations": peak.activations,
        "workspace": peak.workspace,
        "phase": peak.phase,
        "path": "/".join(peak.path),
    }


def _print(graph: Graph, analysis: Analysis, told: Forecast | None, unit: Unit) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    table = Table(box=None, pad_edge=False)
    factor, name = (2, "FLOPs") if unit == "flops" else (1, "MACs")
    for heading in ("node", "output", "params", name, f"training {name}", "activations", ""):
        table.add_column(heading, justify="left" if heading in ("node", "") else "right")

    def row(title: str, shape: str, cost: Cost, training: int | None) -> None:
        table.add_row(
            title, shape, f"{cost.params:,}", f"{factor * cost.macs / 1e6:,.2f} M",
            "" if training is None else f"{factor * training / 1e6:,.2f} M", f"{cost.activation_bytes / 1e6:,.1f} MB",
            VERDICTS[cost.verdict],
        )  # fmt: skip

    for path, item in graph.walk():
        report = analysis.nodes.get(path)
        if report is None:
            continue
        repeat = f" × {report.repeats}" if report.repeats > 1 else ""
        shape = ", ".join(str(shape) for shape in report.outputs.values()) or report.state
        node = told.nodes.get(path) if told else None
        title = f"{'  ' * (len(path) - 1)}{item.title or item.id}{repeat}"
        row(title, shape, report.cost, node.training_macs if node else None)
    table.add_section()
    row("whole network", str(analysis.output or "–"), analysis.total, told.training_macs if told else None)
    console.print(table)
    console.print("For one image; 1 MAC = 2 FLOPs; activations are what training keeps in fp32.")
    own = (f"With a block of your own: {use}." for use in uses(graph))
    for sentence in (*own, *_verdicts(graph, analysis), *(_memory(told) if told else ())):
        console.print(sentence, soft_wrap=True, markup=False, highlight=False)
    for finding in analysis.findings:
        if finding.severity != "error":
            console.print(
                f"{MARKS[finding.severity]} {finding}", soft_wrap=True, markup=False, highlight=False
            )


def _verdicts(graph: Graph, analysis: Analysis) -> list[str]:
    """Whether both counts agree; each block of which they do not, with both numbers."""
    second, said = analysis.total.second, []
    if analysis.total.verdict in ("agree", "partly"):
        said.append(f"✓ Counted from operations and by closed formulas, both agree within {TOLERANCE:.1%}.")
    if second.lone:
        said.append(
            f"1× {second.lone} block{'s' if second.lone > 1 else ''} without a formula, counted once."
        )
    inner = {path[:-1] for path in analysis.nodes}
    for path, report in analysis.nodes.items():
        cost = report.cost
        if cost.verdict != "differ" or path in inner:
            continue
        where = " › ".join(graph.item(path[:n]).title or path[n - 1] for n in range(1, len(path) + 1))
        pairs = zip(("parameters", "MACs"), (cost.params, cost.macs), cost.by_formula, strict=True)
        said += [
            f"≠ {where}: {counted:,} {what} counted from operations, {formula:,} by formula "
            f"({abs(counted - formula) / max(counted, formula):.1%} apart)."
            for what, counted, formula in pairs
            if abs(counted - formula) > TOLERANCE * max(counted, formula)
        ]
    return said


def _memory(told: Forecast) -> list[str]:
    """The peaks in words."""
    parts = (
        f"{getattr(told.training, part) / 1e6:,.1f} MB {part}"
        for part in ("weights", "gradients", "optimizer", "activations", "workspace")
    )
    of = f"Batch {told.batch}, {told.precision}, {told.device}"
    peak, where = told.training, "/".join(told.training.path)
    said = [
        f"{of}: training needs {peak.bytes / 1e6:,.1f} MB at its peak ({peak.phase}, {where}): {', '.join(parts)}.",
        f"{of}: inference needs {told.inference.bytes / 1e6:,.1f} MB at its peak ({'/'.join(told.inference.path)}).",
    ]
    limit = f"{told.limit_bytes / 1e9:,.1f} GB"
    if told.largest_batch:
        said.append(f"The largest batch that trains within {limit} is {told.largest_batch:,}.")
    elif told.limit_bytes:
        said.append(f"Not even one picture trains within {limit}.")
    return said
