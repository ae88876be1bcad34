"""What is known of one variant of a paper, beside how it is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hybridgraph.graph.model import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One variant: the picture it is meant for and what is known of it.

    `params` and `macs` are those of the reference at that picture size with `classes` classes, or our own count of
    the same configuration where the reference prints rounded figures only; `top1` is the paper's ImageNet-1K
    accuracy in percent at that picture size, None where there is none.
    """

    name: str
    title: str
    paper: str
    build: Callable[..., Graph]
    params: int
    macs: float
    top1: float | None = None
    image_size: int = 224
    channels_in: int = 3
    classes: int = 1000
