"""Commands that list designs and write them: presets, new, code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph import presets as variants
from hybridgraph import verbs
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
from hybridgraph.storage import write_atomic


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
    verbs.save(graph, output)
    say(f"Wrote {output}.")


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
