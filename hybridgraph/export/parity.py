"""Whether an export computes what the design's network computes, by running both on the same pictures."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from hybridgraph.errors import ExportError
from hybridgraph.export.record import Trial
from hybridgraph.shapes import ImageMap
from hybridgraph.train.faults import is_out_of_memory

EXAMPLE_BATCH = 2
"""An export is made with this size of batch and never tried with it."""
RANDOM_BATCHES = (1, 3)
REAL_BATCHES = (1, 8)
TOLERANCE = 1e-6
"""The largest difference, as a share of the range of the outputs, that rounding explains in fp32."""
MOST_ROUNDING = 1e-4
"""What is believed to be rounding at most, in a network whose own fp32 is far from fp64."""
HALF_TOLERANCE = 1e-2
"""The same in fp16, whose numbers have eleven bits; what deep nets add up is below it, a wrong weight is not."""

Outputs = tuple[Tensor, ...]
Runner = Callable[[Tensor], Outputs]
"""Runs one batch of pictures (B, C, H, W) through an export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One batch of pictures, (B, C, H, W), as a network takes them."""

    pictures: Literal["random", "real"]
    images: Tensor


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


def random_samples(shape: ImageMap) -> list[Sample]:
    """A batch of noise for each of the sizes that are tried."""
    return [Sample(pictures="random", images=random_images(shape, batch)) for batch in RANDOM_BATCHES]


@torch.no_grad()
def expected(module: nn.Module, samples: Sequence[Sample]) -> list[Outputs]:
    """What a module gives for each batch. Raises ExportError if that is not finite."""
    results = [as_outputs(module(sample.images)) for sample in samples]
    if not all(bool(output.isfinite().all()) for outputs in results for output in outputs):
        raise ExportError(
            "The network gives values that are not finite, so no export of it can be compared.",
            "Use other weights, or train them again with a lower learning rate.",
        )
    return results


def as_outputs(result: Tensor | Outputs) -> Outputs:
    """One output or several, as a tuple."""
    return result if isinstance(result, tuple) else (result,)


def judge(
    samples: Sequence[Sample], wanted: Sequence[Outputs], got: Sequence[Outputs], *, is_scored: bool
) -> tuple[Trial, ...]:
    """How far an export's outputs are from the network's, batch by batch.

    The range is that of an output over all batches together. Raises ExportError where shapes differ.
    """
    spans = [_span([outputs[index] for outputs in wanted]) for index in range(len(wanted[0]))]
    trials = []
    for sample, ours, theirs in zip(samples, wanted, got, strict=True):
        apart = [_distance(one, other) for one, other in zip(ours, theirs, strict=True)]
        shares = [_share(distance, span) for distance, span in zip(apart, spans, strict=True)]
        same = (ours[0].argmax(-1) == theirs[0].argmax(-1)) if is_scored else None
        batch, _, height, width = sample.images.shape
        trials.append(Trial(
            pictures=sample.pictures, batch=batch, height=height, width=width, largest=max(apart),
            relative=max(shares), top1=float(same.float().mean()) if same is not None else None,
        ))  # fmt: skip
    return tuple(trials)


def require(trials: Sequence[Trial], what: str, allowed: float = TOLERANCE) -> None:
    """Raise ExportError when the outputs of `what` are further apart than is allowed."""
    worst = max(trials, key=lambda trial: trial.relative)
    if worst.relative > allowed:
        raise ExportError(
            f"{what} does not compute what the design computes: the largest difference is "
            f"{worst.largest:.3g}, {worst.relative:.1e} of the range of the outputs; "
            f"{allowed:.0e} is allowed.",
            "Nothing was written.",
        )


def tolerance(
    module: nn.Module, samples: Sequence[Sample], wanted: Sequence[Outputs], trials: Sequence[Trial]
) -> float:
    """How far an export in fp32 may be from the network: the usual, or what rounding does where values cancel."""
    if max(trial.relative for trial in trials) <= TOLERANCE:
        return TOLERANCE
    return max(TOLERANCE, min(2 * rounding(module, samples, wanted), MOST_ROUNDING))


def rounding(module: nn.Module, samples: Sequence[Sample], wanted: Sequence[Outputs]) -> float:
    """How far fp32 itself is from fp64 in this network, as a share of the range of the outputs.

    Two orders of the same additions may be that far apart: a bound for networks in which values cancel.
    """
    double = [Sample(pictures=sample.pictures, images=sample.images.double()) for sample in samples]
    try:
        exact = expected(module.double(), double)
    finally:
        module.float()
    return max(trial.relative for trial in judge(samples, exact, wanted, is_scored=False))


def _span(outputs: Sequence[Tensor]) -> float:
    low, high = min(float(one.min()) for one in outputs), max(float(one.max()) for one in outputs)
    return high - low or max(abs(high), abs(low))  # an output of one value has no range


def _distance(one: Tensor, other: Tensor) -> float:
    if one.shape != other.shape:
        raise ExportError(
            f"The export gives outputs of {tuple(other.shape)} where the design gives {tuple(one.shape)}."
        )
    largest = float((one - other).abs().max())
    return math.inf if math.isnan(largest) else largest


def _share(distance: float, span: float) -> float:
    if distance == 0.0:
        return 0.0
    return distance / span if span else math.inf
