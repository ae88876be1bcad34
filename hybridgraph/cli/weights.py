"""The commands about weights of others: weights import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridgraph.cli.options import AsJson, ChannelsIn, Classes, ImageSize, open_design, print_json

commands = typer.Typer(help="Bring in weights that others trained.", no_args_is_help=True)


@commands.callback()
def weights() -> None:
    """Bring in weights that others trained."""


@commands.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="A safetensors file or a torch checkpoint that is data alone.")
    ],
    into: Annotated[str, typer.Option(metavar="DESIGN", help="A design file or the name of a preset.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The safetensors file to write.")],
    *,
    source: Annotated[
        str | None, typer.Option(help="The layout of the file, where its keys do not tell it.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave tensors fresh whose shapes differ, instead of refusing.")
    ] = False,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:
    """Translate weights of others for a design and say what became of each tensor.

    Layouts of timm, torchvision, Hugging Face and the authors' releases are known. Tables that belong to a grid are
    interpolated for the design's picture size; a head for other classes begins fresh.
    """
    from hybridgraph.weights.importing import import_weights

    graph = open_design(into, image_size=image_size, channels_in=channels_in, classes=classes)
    report = import_weights(file, graph, output, source=source, is_partial=partial)
    if as_json:
        print_json(report.as_data())
    else:
        typer.echo(f"{report}\nWrote {output}.")
