"""The arguments that several commands share, and the design they name."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hybridgraph import catalog, designs, jobs, verbs
from hybridgraph.errors import RunError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph

DesignArgument = Annotated[
    str,
    typer.Argument(
        metavar="DESIGN", help="A design file, the name of a preset, or a pattern such as C-C-T-T."
    ),
]
ImageSize = Annotated[
    int | None, typer.Option(min=1, max=16384, help="Side of the square picture, in pixels.")
]
ChannelsIn = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Channels of the picture: 1 grey, 3 colour.")
]
Classes = Annotated[int | None, typer.Option(min=1, max=1 << 20, help="Number of classes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Device = Annotated[jobs.Device, typer.Option(help="Where to compute; auto takes the fastest there is.")]
Precision = Annotated[jobs.Precision, typer.Option(help="Number format; auto tries what the device can.")]
Data = Annotated[str, typer.Option(help=f"Pictures: {jobs.DATA_FORMS}.")]
Epochs = Annotated[int, typer.Option(min=1, help="Passes over the training pictures.")]
Batch = Annotated[int, typer.Option(min=1, help="Pictures in one step, over all processes.")]
RecipeName = Annotated[str, typer.Option(help="How to train: a name that `recipes` lists, or a TOML file.")]
Seed = Annotated[int, typer.Option(min=0, help="Start of every random choice.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="A value of the job or its recipe, such as learning_rate=3e-4."
    ),
]
Processes = Annotated[
    int,
    typer.Option(min=1, max=1024, help="Processes on this machine that share each batch, one for each GPU."),
]
Strategy = Annotated[
    jobs.Strategy, typer.Option(help="With several: each holds all weights (ddp) or a piece of each (fsdp).")
]
Weights = Annotated[
    Path | None,
    typer.Option(
        help="Begin with the weights in this safetensors file, as `weights import` writes it, or with those of this run."
    ),
]
Freeze = Annotated[
    str,
    typer.Option(
        metavar="NAMES",
        help="Stages or blocks whose weights stay as they are, such as stem,stage1 or stage2/moat.",
    ),
]
Recompute = Annotated[
    str,
    typer.Option(
        metavar="NAMES",
        help="Stages or blocks whose activations are computed again in the backward pass: less memory, a longer step, "
        "the same training.",
    ),
]


def open_design(
    design: str, *, image_size: int | None = None, channels_in: int | None = None, classes: int | None = None
) -> Graph:
    """The graph that DESIGN names, for this picture and these classes where they are given.

    A preset or pattern is built for them, so that its strides fit; a file keeps its layout. Raises DocumentError,
    PatternError.
    """
    if designs.is_variant(design):
        return designs.build(design, image_size=image_size, channels_in=channels_in, classes=classes)
    graph = verbs.load(design)
    return edits.fit(graph, catalog.load(), image_size=image_size, channels_in=channels_in, classes=classes)


def pair(text: str) -> tuple[str, str]:
    """The two parts of a `--set`. Raises RunError for what has not two."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise RunError(
            f"--set {text!r} is no setting.", "Write it as name=value, such as learning_rate=3e-4."
        )
    return name, value


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def say(text: str) -> None:
    """A line of progress on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
