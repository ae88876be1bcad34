"""What travels along a wire: five shapes, always of one example (the batch axis is left out).

The tensor layouts are (B, C, H, W) for an image map, (B, N, C) for tokens and (B, C) for a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Any, ClassVar, Literal

from hybridgraph.errors import BlockError

Kind = Literal["image", "tokens", "vector", "pyramid", "detections"]
KIND_TITLES: dict[str, str] = {
    "image": "an image map (B, C, H, W)",
    "tokens": "tokens (B, N, C)",
    "vector": "a vector (B, C)",
    "pyramid": "a pyramid of image maps",
    "detections": "detections",
}


@dataclass(frozen=True, slots=True)
class ImageMap:
    """A feature map of one image: (C, H, W)."""

    channels: int
    height: int
    width: int
    kind: ClassVar[Kind] = "image"

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width, in positions."""
        return self.height, self.width

    @property
    def dims(self) -> tuple[int, ...]:
        """The sizes in tensor order, without the batch."""
        return self.channels, self.height, self.width

    def __str__(self) -> str:
        return f"{self.channels}×{self.height}×{self.width}"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A sequence of feature vectors: (N, C)."""

    length: int
    channels: int
    kind: ClassVar[Kind] = "tokens"

    @property
    def dims(self) -> tuple[int, ...]:
        """The sizes in tensor order, without the batch."""
        return self.length, self.channels

    def __str__(self) -> str:
        return f"{self.length}×{self.channels}"


@dataclass(frozen=True, slots=True)
class Vector:
    """One feature vector or the logits of one image: (C,)."""

    channels: int
    kind: ClassVar[Kind] = "vector"

    @property
    def dims(self) -> tuple[int, ...]:
        """The sizes in tensor order, without the batch."""
        return (self.channels,)

    def __str__(self) -> str:
        return str(self.channels)


@dataclass(frozen=True, slots=True)
class Pyramid:
    """Image maps of falling resolution."""

    levels: tuple[ImageMap, ...]
    kind: ClassVar[Kind] = "pyramid"

    @property
    def dims(self) -> tuple[int, ...]:
        """The number of values over all levels, as one axis."""
        return (sum(prod(level.dims) for level in self.levels),)

    def __str__(self) -> str:
        return " + ".join(str(level) for level in self.levels)


@dataclass(frozen=True, slots=True)
class Detections:
    """Class scores and boxes for each object query: (queries, classes) and (queries, 4)."""

    queries: int
    classes: int
    kind: ClassVar[Kind] = "detections"

    @property
    def dims(self) -> tuple[int, ...]:
        """Queries by scores and box numbers."""
        return self.queries, self.classes + 4

    def __str__(self) -> str:
        return f"{self.queries}×({self.classes}+4)"


Shape = ImageMap | Tokens | Vector | Pyramid | Detections

_AXES: dict[str, tuple[type[ImageMap] | type[Tokens] | type[Vector], int]] = {
    "image": (ImageMap, 3),
    "tokens": (Tokens, 2),
    "vector": (Vector, 1),
}


def from_dims(kind: str, dims: Sequence[int]) -> Shape:
    """The shape of `kind` with these sizes in tensor order, batch left out.

    Raises BlockError when the number of axes is not the kind's.
    """
    shape, axes = _AXES[kind]
    if len(dims) != axes:
        raise BlockError(
            f"The shape of {KIND_TITLES[kind]} has {axes + 1} axes with the batch, not {len(dims) + 1}."
        )
    return shape(*dims)


def size(shape: Shape) -> int:
    """The number of values in one example."""
    return prod(shape.dims)


def encode(shape: Shape) -> dict[str, Any]:
    """The shape as JSON-ready data."""
    return {"kind": shape.kind, **asdict(shape)}


def decode(data: dict[str, Any]) -> Shape:
    """The inverse of `encode`. Raises KeyError or TypeError on foreign data."""
    fields = {name: value for name, value in data.items() if name != "kind"}
    if data["kind"] == "pyramid":
        return Pyramid(levels=tuple(ImageMap(**level) for level in fields["levels"]))
    kinds: dict[str, type[ImageMap] | type[Tokens] | type[Vector] | type[Detections]] = {
        "image": ImageMap,
        "tokens": Tokens,
        "vector": Vector,
        "detections": Detections,
    }
    return kinds[data["kind"]](**fields)
