"""What a person may name a design by: a file, a preset, or a pattern string."""

from __future__ import annotations

from pathlib import Path

from hybridgraph import presets
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph


def is_variant(design: str) -> bool:
    """Whether this is a preset's name or reads as a pattern, and no file is called so."""
    if is_file(design) or design in presets.names():
        return not is_file(design)
    from hybridgraph import patterns  # as below: whoever opens a file or preset need not wait for them

    return patterns.looks_like_pattern(design)


def names_design(text: str) -> bool:
    """Whether this is the name of a file or preset, and so no pattern."""
    return text in presets.names() or text.endswith(files.SUFFIX) or is_file(text)


def build(
    design: str, *, image_size: int | None = None, channels_in: int | None = None, classes: int | None = None
) -> Graph:
    """What a preset's name or a pattern string builds for this picture and these classes. Raises PatternError."""
    if design in presets.names():
        return presets.build(design, image_size=image_size, channels_in=channels_in, classes=classes)
    from hybridgraph import patterns

    return patterns.build(design, image_size=image_size, channels_in=channels_in, classes=classes)


def is_file(name: str) -> bool:
    """Whether there is a file or folder of that name."""
    try:
        return Path(name).exists()
    except OSError:  # longer than any name of a file
        return False
