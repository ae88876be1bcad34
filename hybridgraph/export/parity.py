"""Whether an export computes what the design's network computes, by running both on the same pictures."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from hybridgraph.errors import ExportError
from hybridgraph.shapes import ImageMap
from hybridgraph.train.faults import is_out_of_memory

BATCHES = (1, 3)
"""An export is run at two sizes, one of them 1, and none the size of the example it was made with."""
EXAMPLE_BATCH = 2
TOLERANCE = 1e-4
"""The largest difference, in shares of the range of the outputs, that rounding explains in fp32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The largest absolute difference of two outputs, and the same in shares of the first one's range."""

    largest: float
    relative: float


@contextlib.contextmanager
def enough_memory() -> Iterator[None]:
    """Turn a failed allocation into an ExportError."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ExportError(
            "Out of memory: the network and the copy it is compared with do not fit.",
            "Close other programs, or export the design for smaller pictures.",
        ) from error


def random_images(shape: ImageMap, batch: int) -> Tensor:
    """Pictures (B, C, H, W) of normal noise, as normalised pictures are, the same for the same batch."""
    generator = torch.Generator().manual_seed(batch)
    return torch.randn((batch, *shape.dims), generator=generator)


@torch.no_grad()
def outputs(module: nn.Module, images: Sequence[Tensor]) -> list[Tensor]:
    """What a module gives for each batch, several outputs one after the other. Raises ExportError if not finite."""
    results: list[Tensor] = []
    for batch in images:
        given = module(batch)
        results += given if isinstance(given, tuple) else [given]
    if not all(bool(result.isfinite().all()) for result in results):
        raise ExportError(
            "The network gives values that are not finite, so no export of it can be compared.",
            "Use other weights, or train them again with a lower learning rate.",
        )
    return results


def compare(expected: Sequence[Tensor], got: Sequence[Tensor]) -> Difference:
    """How far two lists of outputs are apart. Raises ExportError where shapes differ."""
    for one, other in zip(expected, got, strict=True):
        if one.shape != other.shape:
            raise ExportError(
                f"The export gives outputs of {tuple(other.shape)} where the design gives {tuple(one.shape)}."
            )
    largest = max(float((one - other).abs().max()) for one, other in zip(expected, got, strict=True))
    if math.isnan(largest):
        return Difference(largest=math.inf, relative=math.inf)
    low, high = min(float(one.min()) for one in expected), max(float(one.max()) for one in expected)
    scale = high - low or max(abs(high), abs(low))  # an output of one value has no range
    relative = 0.0 if largest == 0.0 else largest / scale if scale else math.inf
    return Difference(largest=largest, relative=relative)


def require(difference: Difference, what: str, tolerance: float = TOLERANCE) -> None:
    """Raise ExportError when the outputs of `what` are further apart than the tolerance."""
    if difference.relative > tolerance:
        raise ExportError(
            f"{what} does not compute what the design computes: the largest difference is "
            f"{difference.largest:.3g}, {difference.relative:.1e} of the range of the outputs; "
            f"{tolerance:.0e} is allowed.",
            "Nothing was written.",
        )
