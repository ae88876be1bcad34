"""The layouts that are known, one file for each family of networks."""

from __future__ import annotations

from collections.abc import Collection

from hybridgraph.errors import DocumentError
from hybridgraph.weights.rows import Source
from hybridgraph.weights.sources import coatnet, cvt, detr, own, resnet, swin, vit

SOURCES: tuple[Source, ...] = (
    coatnet.TIMM,
    swin.RELEASED,
    swin.TIMM,
    swin.HUGGING_FACE,
    swin.HUGGING_FACE_SECOND,
    cvt.RELEASED,
    cvt.HUGGING_FACE,
    vit.TIMM,
    detr.RELEASED,
    detr.HUGGING_FACE,
    resnet.TORCHVISION,
    resnet.HUGGING_FACE,
    own.OWN,
)
"""In the order in which they are tried; our own files are known by other signs, so that layout comes last."""

_SHOWN = 3


def names() -> tuple[str, ...]:
    """What `--source` takes."""
    return tuple(source.name for source in SOURCES)


def find_source(name: str) -> Source:
    """The layout of this name. Raises DocumentError."""
    found = next((source for source in SOURCES if source.name == name), None)
    if found is None:
        raise DocumentError(f"There is no layout called {name!r}.", f"Known are {', '.join(names())}.")
    return found


def recognise(keys: Collection[str], wanted: Collection[str], *, is_ours: bool, origin: str) -> Source:
    """The layout that a file's keys are in; ours when it says so or when most of the design's names are among them.

    Raises DocumentError that names the known layouts and the first keys.
    """
    if is_ours or 2 * len(set(keys) & set(wanted)) > len(wanted):
        return own.OWN
    found = next((source for source in SOURCES[:-1] if source.explains(keys)), None)
    if found is None:
        shown = ", ".join(list(keys)[:_SHOWN])
        raise DocumentError(
            f"The layout of {origin} is not known; its first keys are {shown}.",
            f"Known layouts are {', '.join(names())}; --source names one.",
        )
    return found
