"""The command that takes a design home: as source, ONNX or weights."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from hybridgraph import designs
from hybridgraph.cli.options import (
    AsJson,
    ChannelsIn,
    Classes,
    DesignArgument,
    ImageSize,
    open_design,
    print_json,
)
from hybridgraph.errors import ExportError
from hybridgraph.graph import files
from hybridgraph.runs.store import GRAPH_FILE, open_run


def export(
    design: DesignArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    form: Annotated[
        Literal["code", "onnx", "safetensors"],
        typer.Option("--format", help="code: standalone PyTorch; onnx; safetensors: the weights alone."),
    ] = "code",
    *,
    run: Annotated[Path | None, typer.Option(help="Take the trained weights of this run.")] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help="Take the weights in this safetensors file, as `weights import` writes it."),
    ] = None,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:
    """Export a design. The result is run and compared with the design before it is called done.

    With --run and a preset's name or a pattern, the design is the one the run trained.
    """
    from hybridgraph.export import export_onnx, export_safetensors, export_source

    if run is not None and weights is not None:
        raise ExportError("Both --run and --weights name weights to export.", "Give one of the two.")
    if run is not None and designs.is_variant(design):
        graph = files.load(open_run(run).path / GRAPH_FILE)
    else:
        graph = open_design(design, image_size=image_size, channels_in=channels_in, classes=classes)
    verbs = {"code": export_source, "onnx": export_onnx, "safetensors": export_safetensors}
    result = verbs[form](graph, output, weights or run)
    if as_json:
        print_json({**asdict(result), "path": str(result.path)})
    else:
        typer.echo(str(result))
