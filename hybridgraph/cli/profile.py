"""The command that times a design on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph.cli.options import (
    AsJson,
    ChannelsIn,
    Classes,
    DesignArgument,
    Device,
    ImageSize,
    Precision,
    open_design,
    print_json,
)
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph

if TYPE_CHECKING:
    from hybridgraph.profiler import ProfileResult


def profile(
    design: DesignArgument,
    *,
    device: Device = "auto",
    batch: Annotated[int, typer.Option(min=1, help="Pictures in one forward pass.")] = 8,
    precision: Precision = "auto",
    repeats: Annotated[int, typer.Option(min=1, help="Measurements; the median is reported.")] = 20,
    run: Annotated[Path | None, typer.Option(help="Keep the measurements in this new run folder.")] = None,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:
    """Time each node of a design: parameters, MACs, activations, forward latency and share on this device."""
    from hybridgraph import compiler, jobs
    from hybridgraph.profiler import profile as measure
    from hybridgraph.runs.store import create_run

    graph = open_design(design, image_size=image_size, channels_in=channels_in, classes=classes)
    if run is None:
        result = measure(graph, device=device, batch=batch, precision=precision, repeats=repeats)
    else:
        job = jobs.ProfileJob(device=device, batch=batch, precision=precision, repeats=repeats)
        source = compiler.source(graph).text
        result = measure(create_run(run, graph_text=files.dumps(graph), source=source, job=job).path)
    if as_json:
        print_json(_described(result))
    else:
        _print(graph, result)


def _described(result: ProfileResult) -> dict[str, Any]:
    return {
        "device": result.device,
        "precision": result.precision,
        "batch": result.batch,
        "repeats": result.repeats,
        "total_us": result.total.median_us,
        "total_us_p10": result.total.p10_us,
        "total_us_p90": result.total.p90_us,
        "images_per_second": result.images_per_second,
        "peak_memory_bytes": result.peak_memory_bytes,
        "nodes": [
            {
                "path": "/".join(node.path),
                "is_group": node.is_group,
                "params": node.params,
                "macs": node.macs,
                "activation_bytes": node.activation_bytes,
                "forward_us": node.forward.median_us,
                "forward_us_p10": node.forward.p10_us,
                "forward_us_p90": node.forward.p90_us,
                "share": node.share,
                "calls": node.calls,
            }
            for node in result.nodes
        ],
    }


def _print(graph: Graph, result: ProfileResult) -> None:
    titles = {path: item.title or item.id for path, item in graph.walk()}
    table = Table(box=None, pad_edge=False)
    for heading in ("node", "params", "MACs", "activations", "forward", "share"):
        table.add_column(heading, justify="left" if heading == "node" else "right")
    for node in result.nodes:
        calls = f" × {node.calls}" if node.calls > 1 else ""
        table.add_row(
            f"{'  ' * (len(node.path) - 1)}{titles.get(node.path, node.path[-1])}{calls}", f"{node.params:,}",
            f"{node.macs / 1e6:,.2f} M", f"{node.activation_bytes / 1e6:,.1f} MB",
            f"{node.forward.median_us / 1000:,.3f} ms", f"{100 * node.share:.1f} %",
        )  # fmt: skip
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(
        f"A batch of {result.batch} in {result.precision} on {result.device}: "
        f"{result.total.median_us / 1000:,.2f} ms (middle 80 %: {result.total.p10_us / 1000:,.2f} to "
        f"{result.total.p90_us / 1000:,.2f}), {result.images_per_second:,.0f} pictures/s, "
        f"peak {result.peak_memory_bytes / 1e6:,.0f} MB",
        highlight=False,
    )
