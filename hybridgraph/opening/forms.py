"""How a program may lay out what a wire here carries: channels behind, or positions in one row.

A form says how the program's tensor becomes the one on the wire: "same", "last" (B, H, W, C) or "row" (B, H * W, C),
the last two for image maps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isqrt

from torch import Tensor

from hybridgraph.operations import Argument, Batch, Name, Step
from hybridgraph.shapes import ImageMap, Shape, Tokens, Vector

_KINDS: dict[int, type[Vector] | type[Tokens] | type[ImageMap]] = {2: Vector, 3: Tokens, 4: ImageMap}


@dataclass(frozen=True, slots=True)
class Form:
    """A layout; `grid` is that of the map where positions stand in a row."""

    name: str
    grid: tuple[int, int] = (0, 0)

    def ours(self, x: Tensor) -> Tensor:
        """The program's tensor as it travels along a wire."""
        if self.name == "last":
            return x.permute(0, 3, 1, 2)
        return x.transpose(1, 2).unflatten(2, self.grid) if self.name == "row" else x

    def theirs(self, x: Tensor) -> Tensor:
        """The inverse of `ours`."""
        if self.name == "last":
            return x.permute(0, 2, 3, 1)
        return x.flatten(2).transpose(1, 2) if self.name == "row" else x

    def steps_to_ours(self, value: str, shape: Shape, prefix: str) -> list[Step]:
        """`ours` as operations on a value that becomes this shape."""
        if self.name == "last":
            return [_step(f"{prefix}a", "permute", value, (0, 3, 1, 2))]
        if self.name == "row":
            sizes: tuple[Argument, ...] = (Batch(1), *shape.dims)
            return [
                _step(f"{prefix}a", "permute", value, (0, 2, 1)), _step(f"{prefix}b", "reshape", f"{prefix}a", sizes)
            ]  # fmt: skip
        return []

    def steps_to_theirs(self, value: str, shape: Shape, prefix: str) -> list[Step]:
        """`theirs` as operations on a value of this shape."""
        if self.name == "last":
            return [_step(f"{prefix}a", "permute", value, (0, 2, 3, 1))]
        if self.name == "row":
            channels, height, width = shape.dims
            sizes: tuple[Argument, ...] = (Batch(1), channels, height * width)
            return [
                _step(f"{prefix}a", "reshape", value, sizes), _step(f"{prefix}b", "permute", f"{prefix}a", (0, 2, 1))
            ]  # fmt: skip
        return []


SAME = Form("same")


def shape_of(x: Tensor) -> Shape:
    """The shape on a wire of a tensor."""
    return _KINDS[x.ndim](*x.shape[1:])


def forms(x: Tensor, kind: str, grids: Iterable[tuple[int, int]]) -> Iterator[Form]:
    """The forms in which a program's tensor could be of this kind."""
    if kind == "image" and x.ndim == 4:
        yield from (SAME, Form("last"))
    elif kind == "image" and x.ndim == 3:
        length = x.shape[1]
        side = isqrt(length)
        found = [grid for grid in grids if grid[0] * grid[1] == length]
        found += [(side, side)] if side * side == length else []
        yield from (Form("row", grid) for grid in dict.fromkeys(found))
    elif (kind, x.ndim) in (("tokens", 3), ("vector", 2)):
        yield SAME


def _step(result: str, op: str, value: str, sizes: tuple[Argument, ...]) -> Step:
    return Step(result=result, op=op, args=(Name(value), sizes), named={})
