"""Which pictures are the same or nearly: equal digests, and equal gradients at a coarse size.

The coarse comparison is the difference hash (N. Krawetz, "Kind of like that", 2013): whether each place is brighter
than its right neighbour, here on 16 rows of 17. Bits that lie close need not mean pictures that look alike where there
is little to see, so each candidate pair is also compared by its coarse brightness.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 16, 17
_BITS = 12
"""Of 256: how many may differ. A copy saved again as JPEG or in another size differs in few."""
_BRIGHTNESS = 5.0  # mean difference of 255 up to which a pair of coarse pictures looks the same
_CROWD = 200  # of one band's value: a pattern shared by so many tells nothing about any two of them


def near_pairs(coarse: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """The pairs of indices, the smaller first, whose coarse pictures look the same.

    Shape: (N, 16, 17) uint8. Two words of 256 bits that differ in at most 12 agree in at least one of 13 bands, so
    only pictures that share a band are compared: the time grows with the number of pictures, not with its square.
    """
    if len(coarse) < 2:
        return []
    bits = coarse[:, :, 1:] > coarse[:, :, :-1]  # (N, 16, 16)
    packed = np.packbits(bits.reshape(len(coarse), -1), axis=1)  # (N, 32)
    found: set[tuple[int, int]] = set()
    for band in np.array_split(bits.reshape(len(coarse), -1), _BITS + 1, axis=1):
        first, second = _sharing(band)
        for start in range(0, len(first), 1 << 16):
            one, other = first[start : start + (1 << 16)], second[start : start + (1 << 16)]
            differing = np.bitwise_count(packed[one] ^ packed[other]).sum(1)
            close = differing <= _BITS
            one, other = one[close], other[close]
            gap = np.abs(coarse[one].astype(np.int16) - coarse[other]).mean((1, 2))
            alike = gap <= _BRIGHTNESS
            found.update(zip(one[alike].tolist(), other[alike].tolist(), strict=True))
    return sorted(found)


def _sharing(band: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs of rows with the same bits. Shape: (N, B) -> (P,), (P,)."""
    keys = band @ (1 << np.arange(band.shape[1], dtype=np.int64))
    order = np.argsort(keys, kind="stable")
    pairs = list(_runs(keys[order], order))
    if not pairs:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    first, second = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return np.minimum(first, second), np.maximum(first, second)


def _runs(
    keys: NDArray[np.int64], order: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The pairs within each run of equal keys; runs of a crowd pair neighbours alone."""
    starts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    for start, end in zip(starts, [*starts[1:], len(keys)], strict=True):
        members = order[start:end]
        if 1 < len(members) <= _CROWD:
            one, other = np.triu_indices(len(members), 1)
            yield members[one], members[other]
