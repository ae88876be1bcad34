"""The papers' variants as tables of numbers over a few builders, never as copies: one file for each family.

`names` lists them, `build` gives one as a design for any picture size and number of classes, `info` says what
the paper reports of it.
"""

from __future__ import annotations

from difflib import get_close_matches

from hybridgraph.errors import DocumentError
from hybridgraph.graph.model import Graph
from hybridgraph.presets import (
    aaconv,
    coatnet,
    convnext,
    cvt,
    detr,
    maxvit,
    moat,
    mobile,
    pocket,
    preact,
    resnet,
    swin,
    timm,
    vit,
)
from hybridgraph.presets.preset import Preset

__all__ = ["PRESETS", "SAMPLE", "Preset", "build", "info", "names", "near"]

SAMPLE = "pocket-moat"
"""The preset of the sample design."""

_TABLES: tuple[tuple[Preset, ...], ...] = (
    moat.PRESETS,
    coatnet.PRESETS,
    swin.PRESETS,
    resnet.PRESETS,
    aaconv.PRESETS,
    preact.PRESETS,
    vit.PRESETS,
    cvt.PRESETS,
    mobile.PRESETS,
    convnext.PRESETS,
    maxvit.PRESETS,
    detr.PRESETS,
    timm.PRESETS,
    pocket.PRESETS,
)
PRESETS: dict[str, Preset] = {preset.name: preset for table in _TABLES for preset in table}


def names() -> list[str]:
    """The names of all presets."""
    return list(PRESETS)


def info(name: str) -> Preset:
    """What is known of a preset. Raises DocumentError with near names when there is none."""
    if name not in PRESETS:
        raise DocumentError(f"There is no preset called {name!r}.", near(name))
    return PRESETS[name]


def near(name: str) -> str:
    """A hint at the presets whose names are like `name`, or at where they are listed."""
    close = get_close_matches(name, PRESETS, 3)
    return f"Did you mean {' or '.join(close)}?" if close else "`hybridgraph presets` lists them."


def build(
    name: str, *, image_size: int | None = None, channels_in: int | None = None, classes: int | None = None
) -> Graph:
    """A preset as a design, for its own picture size and classes where nothing else is asked for."""
    preset = info(name)
    return preset.build(
        name,
        image_size=image_size or preset.image_size,
        channels_in=channels_in or preset.channels_in,
        classes=classes or preset.classes,
    )
