"""Tables that belong to a grid, interpolated for another one.

Biases of relative offsets: bilinearly on CoAtNet's maps, as its authors do (Dai et al. 2021, arXiv:2106.04803);
bicubically in Swin's windows (Liu et al. 2021, arXiv:2103.14030). Position embeddings of tokens: bicubically, the
class token's apart (Touvron et al. 2021, arXiv:2012.12877). Vectors of relative rows and columns: linearly.
Convolutions are never resized: a kernel belongs to no grid. The first one alone takes another number of colours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph.blocks.aaconv import RelativeLogits
from hybridgraph.blocks.relative_attention import RelativeBias
from hybridgraph.blocks.swin import WindowBias
from hybridgraph.blocks.vit import ClassToken, PositionEmbedding

Picture = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resized:
    """A table for another grid, and in words what was done: "offsets of a 7×7 window to 8×8, bicubic"."""

    tensor: Tensor
    note: str


Resizer = Callable[[Tensor, tuple[int, ...], Picture], Resized | None]
"""Takes a table, the shape wanted and the height and width of the picture it was made for, () where nobody said."""


def resizers(module: nn.Module, picture: Picture) -> dict[str, Resizer]:
    """How each table of a network for pictures of this height and width is resized, by its name in the state."""
    extra = sum(isinstance(part, ClassToken) for part in module.modules())

    def positions(tensor: Tensor, wanted: tuple[int, ...], before: Picture) -> Resized | None:
        return _resize_positions(tensor, wanted, extra=extra, pictures=(before or (1, 1), picture))

    found: dict[str, Resizer] = {}
    first = next((name for name, part in module.named_modules() if isinstance(part, nn.Conv2d)), None)
    if first is not None:
        found[f"{first}.weight"] = _share_colours
    for name, part in module.named_modules():
        if isinstance(part, RelativeBias):
            found[f"{name}.bias_table"] = _resize_map
        elif isinstance(part, WindowBias):
            found[f"{name}.bias_table"] = _resize_window
        elif isinstance(part, PositionEmbedding):
            found[f"{name}.embedding"] = positions
        elif isinstance(part, RelativeLogits):
            found |= {f"{name}.row_table": _resize_axis, f"{name}.column_table": _resize_axis}
    return found


def _share_colours(tensor: Tensor, wanted: tuple[int, ...], _: Picture) -> Resized | None:
    """(A, colours, k, k) for grey pictures, which then count as of equal colours, or from grey for colours."""
    if tensor.dim() != 4 or (tensor.shape[0], *tensor.shape[2:]) != (wanted[0], *wanted[2:]):
        return None
    if wanted[1] == 1:
        return Resized(
            tensor=tensor.sum(dim=1, keepdim=True), note=f"{tensor.shape[1]} colours added up for grey"
        )
    if tensor.shape[1] == 1:
        made = (tensor / wanted[1]).expand(wanted).contiguous()
        return Resized(tensor=made, note=f"grey shared out to {wanted[1]} colours")
    return None


def _resize_map(tensor: Tensor, wanted: tuple[int, ...], _: Picture) -> Resized | None:
    """(heads, 2h-1, 2w-1) for another h and w."""
    if tensor.dim() != 3 or tensor.shape[0] != wanted[0]:
        return None
    made = F.interpolate(tensor[None], wanted[1:], mode="bilinear", align_corners=False)[0]
    before, after = (tuple((side + 1) // 2 for side in shape) for shape in (tensor.shape[1:], wanted[1:]))
    return Resized(tensor=made, note=f"offsets of a {_sized(before)} grid to {_sized(after)}, bilinear")


def _resize_window(tensor: Tensor, wanted: tuple[int, ...], _: Picture) -> Resized | None:
    """((2m-1)², heads) for another m."""
    if tensor.dim() != 2 or tensor.shape[1] != wanted[1]:
        return None
    before, after = math.isqrt(tensor.shape[0]), math.isqrt(wanted[0])
    if before**2 != tensor.shape[0] or after**2 != wanted[0]:
        return None
    square = tensor.t().unflatten(1, (before, before))[None]  # (1, heads, 2m-1, 2m-1)
    made = F.interpolate(square, (after, after), mode="bicubic", align_corners=False)[0]
    windows = [_sized(((side + 1) // 2,) * 2) for side in (before, after)]
    return Resized(
        tensor=made.flatten(1).t(), note=f"offsets of a {windows[0]} window to {windows[1]}, bicubic"
    )


def _resize_positions(
    tensor: Tensor, wanted: tuple[int, ...], *, extra: int, pictures: tuple[Picture, Picture]
) -> Resized | None:
    """(extra + h * w, C) for another h and w; grids have the proportions of their pictures."""
    if tensor.dim() != 2 or tensor.shape[1] != wanted[1]:
        return None
    counts = (tensor.shape[0] - extra, wanted[0] - extra)
    grids = [_grid(count, picture) for count, picture in zip(counts, pictures, strict=True)]
    before, after = grids
    if before is None or after is None:
        return None
    square = tensor[extra:].t().unflatten(1, before)[None]  # (1, C, h, w)
    made = F.interpolate(square, after, mode="bicubic", align_corners=False)[0].flatten(1).t()
    kept = ", class token kept" if extra else ""
    return Resized(
        tensor=_with_extra(tensor[:extra], made),
        note=f"positions of a {_sized(before)} grid to {_sized(after)}, bicubic{kept}",
    )


def _resize_axis(tensor: Tensor, wanted: tuple[int, ...], _: Picture) -> Resized | None:
    """(2n-1, d) for another n."""
    if tensor.dim() != 2 or tensor.shape[1] != wanted[1]:
        return None
    made = F.interpolate(tensor.t()[None], wanted[0], mode="linear", align_corners=False)[0].t()
    before, after = (tensor.shape[0] + 1) // 2, (wanted[0] + 1) // 2
    return Resized(tensor=made, note=f"offsets along {before} positions to {after}, linear")


def _with_extra(extra: Tensor, rest: Tensor) -> Tensor:
    return rest if not len(extra) else torch.cat((extra, rest))


def _grid(count: int, picture: Picture) -> tuple[int, int] | None:
    """The rows and columns of `count` positions that come closest to the picture's proportions."""
    if count < 1:
        return None
    pairs = [(rows, count // rows) for rows in range(1, count + 1) if count % rows == 0]
    return min(pairs, key=lambda pair: abs(math.log(pair[0] / pair[1] * picture[1] / picture[0])))


def _sized(grid: tuple[int, ...]) -> str:
    return "×".join(map(str, grid))
