"""The verbs of the package in Python: what the commands of the same names do in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hybridgraph import designs, presets
from hybridgraph.custom.uses import stamped
from hybridgraph.errors import DocumentError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph

if TYPE_CHECKING:
    from torch import nn

    from hybridgraph.analysis import Analysis
    from hybridgraph.weights.report import ImportReport


def load(design: str | Path) -> Graph:
    """The graph of a design file, of a preset by its name, or of a pattern string. Raises DocumentError, PatternError.

    A name with a path separator or an ending is a file, unless it reads as a pattern.
    """
    text = str(design)
    if designs.is_variant(text):
        return designs.build(text)
    looks_like_file = "/" in text or "\\" in text or text.endswith(".json")
    if not looks_like_file and not designs.is_file(text):
        raise DocumentError(
            f"There is neither a design file nor a preset called {text!r}.", presets.near(text)
        )
    return files.load(text)


def save(graph: Graph, path: str | Path) -> None:
    """Write a design file, whole or not at all. Raises DocumentError."""
    files.save(stamped(graph), path)


def preset(
    name: str, *, image_size: int | None = None, channels_in: int | None = None, classes: int | None = None
) -> Graph:
    """A variant of a paper as a graph; see `hybridgraph.presets.build`."""
    return presets.build(name, image_size=image_size, channels_in=channels_in, classes=classes)


def pattern(
    text: str, *, image_size: int | None = None, channels_in: int | None = None, classes: int | None = None
) -> Graph:
    """The design that a pattern string writes; see `hybridgraph.patterns`. Raises PatternError."""
    from hybridgraph import patterns

    return patterns.build(text, image_size=image_size, channels_in=channels_in, classes=classes)


def pattern_of(graph: Graph) -> str | None:
    """The pattern string of a design; None where it has none (`hybridgraph.patterns.read` says why)."""
    from hybridgraph import patterns

    return patterns.pattern_of(graph)


def analyze(graph: Graph) -> Analysis:
    """Shapes, costs and findings of a graph. Imports torch."""
    from hybridgraph.engine import Engine

    return Engine().analyze(graph)


def source(graph: Graph, *, standalone: bool = True) -> str:
    """The Python source of a graph; `build_model()` in it returns the module. Raises GraphError. Imports torch."""
    from hybridgraph import compiler

    return compiler.source(graph, standalone=standalone).text


def import_weights(
    file: str | Path,
    graph: Graph,
    output: str | Path,
    *,
    source: str | None = None,
    is_partial: bool = False,
) -> ImportReport:
    """Write somebody's weights as a safetensors file for a graph; see `hybridgraph.weights.importing`. Imports torch."""
    from hybridgraph.weights.importing import import_weights as work

    return work(file, graph, output, source=source, is_partial=is_partial)


def compile(graph: Graph) -> nn.Module:  # noqa: A001  (the field's verb)
    """The network of a graph with fresh weights. Raises GraphError. Imports torch."""
    from hybridgraph import compiler

    return compiler.compile(graph)
