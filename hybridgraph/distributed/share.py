"""Which pictures of a batch are whose: the batch stays that of the job, every process takes its share of each part.

A batch of B pictures in P parts is the same with one process and with many: part p is the same stretch of it, and of
that stretch each process takes every so-manieth picture. The place i of a batch and its mirror place B - 1 - i belong to
the same process: MixUp and CutMix mix these two, so that a process needs no picture of another.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from hybridgraph.distributed.place import Place
from hybridgraph.errors import TrainingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The places of each batch that are this process's, (b,) int64 ascending, of `batch` pictures altogether."""

    batch: int
    size: int
    places: Tensor

    def of(self, order: Tensor) -> Tensor:
        """This process's pictures of whole batches. Shape: (n · batch,) -> (n · b,)."""
        return order if self.size == 1 else order.view(-1, self.batch)[:, self.places].flatten()

    def parts(self, count: int, parts: int) -> list[slice]:
        """Where each part of the batch lies among `count` pictures at hand: b of them, less those not readable."""
        if self.size == 1:
            step = -(-count // parts)
            return [slice(part * step, (part + 1) * step) for part in range(-(-count // step))]
        ends = torch.searchsorted(self.places, torch.tensor(_ends(self.batch, parts))).tolist()
        ends = [end * count // len(self.places) for end in ends]
        return [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def share_of(place: Place, batch: int, parts: int) -> Share:
    """The share of a process. Raises TrainingError where a process would have no picture in some part."""
    if not goes_round(place, batch, parts):
        inside = f" in {parts} parts" if parts > 1 else ""
        raise TrainingError(
            f"A batch of {batch}{inside} does not go round {place.size} processes.",
            "Choose a larger batch, fewer parts (accumulation) or fewer processes.",
        )
    mine = _owners(place, batch) == place.rank
    return Share(batch=batch, size=place.size, places=mine.nonzero().flatten())


def goes_round(place: Place, batch: int, parts: int) -> bool:
    """Whether every process has a picture in each of so many parts of a batch."""
    owners, ends = _owners(place, batch), _ends(batch, parts)
    stretches = zip([0, *ends[:-1]], ends, strict=True)
    return all(len(owners[start:end].unique()) == place.size for start, end in stretches)


def _owners(place: Place, batch: int) -> Tensor:
    """The rank whose each place of a batch is. Shape: (batch,) int64."""
    whole = torch.arange(batch)
    return torch.minimum(whole, batch - 1 - whole) % place.size


def _ends(batch: int, parts: int) -> list[int]:
    step = -(-batch // parts)
    return [min(batch, (part + 1) * step) for part in range(-(-batch // step))]
