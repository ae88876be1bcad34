"""The command for pattern strings: from a string to a design, and from a design to its string."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hybridgraph import designs, patterns
from hybridgraph.cli.options import AsJson, ChannelsIn, Classes, ImageSize, open_design, print_json, say
from hybridgraph.errors import GraphError
from hybridgraph.graph import files, values
from hybridgraph.graph.model import Graph, image


def pattern(
    text: Annotated[
        str,
        typer.Argument(
            metavar="PATTERN", help="A pattern such as C-C-T-T; or a design, to print its pattern."
        ),
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The design file to write.")] = None,
    *,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:
    """Print the pattern of a design in full, or build a design from a pattern. docs/patterns.md has the grammar."""
    sizes = {"image_size": image_size, "channels_in": channels_in, "classes": classes}
    graph = open_design(text, **sizes) if designs.names_design(text) else patterns.build(text, **sizes)
    reading = patterns.read(graph)
    if output is not None:
        files.save(graph, output)
        say(f"Wrote {output}.")
    if reading.pattern is None:
        raise GraphError(f"{text} has no pattern. {reading.reason}")
    if as_json:
        print_json(_described(reading.pattern, graph))
    elif output is None:
        sys.stdout.write(f"{patterns.write(reading.pattern)}\n")


def _described(pattern: patterns.Pattern, graph: Graph) -> dict[str, Any]:
    """A pattern with everything that its string leaves out."""
    picture = image(graph)
    side = picture.params.get("height") if picture else None
    net = patterns.resolve(pattern, side if isinstance(side, int) else patterns.IMAGE_SIZE)
    stages = zip(net.stages, pattern.stages, strict=True)
    return {
        "pattern": patterns.write(pattern),
        "stem": None if net.stem is None else _part(net.stem, pattern.stem),
        "stages": [{**_part(found, part), "depth": found.depth} for found, part in stages],
        "head": {"block": net.head.block, "options": _options(pattern.head)},
        "drop": pattern.drop or 0.0,
    }


def _part(found: patterns.Resolved, part: patterns.Part | None) -> dict[str, Any]:
    return {
        "letter": found.letter.name,
        "block": found.block,
        "width": found.width,
        "stride": found.stride,
        "options": _options(part),
    }


def _options(part: patterns.Part | None) -> dict[str, Any]:
    return {name: values.encode(value) for name, value in part.options} if part else {}
