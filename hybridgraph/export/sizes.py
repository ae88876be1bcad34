"""Pictures of other sizes than the design's, to try an export whose height and width are free."""

from __future__ import annotations

import torch
from torch import nn

from hybridgraph.errors import ExportError
from hybridgraph.export import parity
from hybridgraph.export.network import Network
from hybridgraph.shapes import ImageMap

STEP = 32
"""Strides of most networks multiply to this: sizes apart by it leave whole grids."""


@torch.no_grad()
def sized_samples(network: Network, module: nn.Module) -> list[parity.Sample]:
    """Batches of noise, larger, smaller and not square, that the design's own network has run.

    Which designs take other sizes is found by trying. Raises ExportError where the network refuses one.
    """
    own = network.plan.input
    samples = []
    for batch, (height, width) in zip((1, 3), _other_sizes(own), strict=True):
        shape = ImageMap(own.channels, height, width)
        images = parity.random_images(shape, batch)
        try:
            module(images)
        except (
            Exception
        ) as error:  # a block is any torch code: whatever it lets out says that the size does not fit
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
            raise ExportError(
                f"The size of the pictures cannot be left free: with {height}×{width} in place of "
                f"{own.height}×{own.width} the network says: {reason}.",
                "Nothing was written. Windows, tables of positions and tokens belong to one size.",
            ) from error
        samples.append(parity.Sample(pictures="random", images=images))
    return samples


def _other_sizes(own: ImageMap) -> tuple[tuple[int, int], tuple[int, int]]:
    """One larger, one that is smaller where there is room, both not square."""
    larger = (own.height + 2 * STEP, own.width + STEP)
    smaller = (
        max(own.height - STEP, STEP),
        max(own.width - 2 * STEP, STEP) if own.width > STEP else 2 * STEP,
    )
    return larger, smaller
