"""What travels along a wire: six shapes, always of one example (the batch axis is left out).

The tensor layouts are (B, C, H, W) for an image map, (B, N, C) for tokens, (B, C) for a vector, (B, L, ...) for a
stack of L of these, and (B, L, Q, K + 1 + 4) for detections: for each decoder layer and query the scores of K classes
and of "no object", then a box. A value is one tensor whatever its kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Any, ClassVar, Literal

from hybridgraph.errors import BlockError

Kind = Literal["image", "tokens", "vector", "stack", "pyramid", "detections"]
BOX = 4
"""Numbers of a box."""
KIND_TITLES: dict[str, str] = {
    "image": "an image map (B, C, H, W)",
    "tokens": "tokens (B, N, C)",
    "vector": "a vector (B, C)",
    "stack": "a stack of what each repeat gave (B, L, …)",
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
class Stack:
    """What each repeat of a stage gave, all of one shape: (L, ...)."""

    count: int
    of: ImageMap | Tokens | Vector
    kind: ClassVar[Kind] = "stack"

    @property
    def channels(self) -> int:
        """The channels of each."""
        return self.of.channels

    @property
    def dims(self) -> tuple[int, ...]:
        """The sizes in tensor order, without the batch."""
        return self.count, *self.of.dims

    def __str__(self) -> str:
        return f"{self.count} of {self.of}"


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
    """What each object query found, after each decoder layer: class scores, then a box (cx, cy, w, h) in 0..1.

    The last layer is the prediction, the ones before it are there to be trained as well. `classes` leaves out the
    score of "no object", which comes after those of the classes.
    """

    queries: int
    classes: int
    layers: int = 1
    kind: ClassVar[Kind] = "detections"

    @property
    def dims(self) -> tuple[int, ...]:
        """Layers, queries, and scores with the four numbers of a box."""
        return self.layers, self.queries, self.classes + 1 + BOX

    def __str__(self) -> str:
        return f"{self.layers}×{self.queries}×({self.classes + 1}+{BOX})"


Shape = ImageMap | Tokens | Vector | Stack | Pyramid | Detections

_PLAIN: dict[str, tuple[type[ImageMap] | type[Tokens] | type[Vector], int]] = {
    "image": (ImageMap, 3),
    "tokens": (Tokens, 2),
    "vector": (Vector, 1),
}
_STACKED = {axes: kind for kind, (_, axes) in _PLAIN.items()}


def from_dims(kind: str, dims: Sequence[int]) -> Shape:
    """The shape of `kind` with these sizes in tensor order, batch left out.

    Raises BlockError when the number of axes is not the kind's.
    """
    if kind == "stack" and len(dims) - 1 in _STACKED:
        return Stack(dims[0], _plain(_STACKED[len(dims) - 1], dims[1:]))
    if kind == "detections" and len(dims) == 3:
        layers, queries, values = dims
        return Detections(queries=queries, classes=values - 1 - BOX, layers=layers)
    if kind in _PLAIN and len(dims) == _PLAIN[kind][1]:
        return _plain(kind, dims)
    raise BlockError(f"The shape of {KIND_TITLES[kind]} cannot have {len(dims) + 1} axes with the batch.")


def _plain(kind: str, dims: Sequence[int]) -> ImageMap | Tokens | Vector:
    return _PLAIN[kind][0](*dims)


def size(shape: Shape) -> int:
    """The number of values in one example."""
    return prod(shape.dims)


def encode(shape: Shape) -> dict[str, Any]:
    """The shape as JSON-ready data."""
    data = {"kind": shape.kind, **asdict(shape)}
    return {**data, "of": encode(shape.of)} if isinstance(shape, Stack) else data


def decode(data: dict[str, Any]) -> Shape:
    """The inverse of `encode`. Raises KeyError or TypeError on foreign data."""
    kind, fields = data["kind"], {name: value for name, value in data.items() if name != "kind"}
    if kind == "pyramid":
        return Pyramid(levels=tuple(ImageMap(**level) for level in fields["levels"]))
    if kind == "stack":
        inner = {name: value for name, value in fields["of"].items() if name != "kind"}
        return Stack(fields["count"], _PLAIN[fields["of"]["kind"]][0](**inner))
    return Detections(**fields) if kind == "detections" else _PLAIN[kind][0](**fields)
