"""Which pictures are nearly the same, by their brightness at a coarse size.

Two pictures are alike where what differs between them is little beside what there is to see: the deviation of their
difference is at most a tenth of their contrast. A copy saved again as JPEG, or in another size, stays well below that. Only
pictures that lie close along the directions in which the whole set differs most (principal components) are compared, so
the time grows with the number of pictures, not with its square.

A difference hash (N. Krawetz, "Kind of like that", 2013) would be shorter. It asks which neighbour is brighter, which noise
decides wherever a picture is even: of Fashion-MNIST's pictures saved again as JPEG it found 1 in 100.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 16, 17
_DIFFERENCE = 0.1  # of the contrast: what may differ
_CONTRAST = 7.5  # of 255: pictures with less to see count as if they had this; a tenth of it is what saving again rounds
_BRIGHTNESS = 5.0  # of 255: by how much the mean may differ
_DIRECTIONS, _FINE = 8, 16
"""Along how many directions pictures are laid into cells, and along how many where a cell would be crowded."""
_CELL = 0.2  # side of a cell of pictures that are compared; a copy lies about 0.01 away in each direction
_GRIDS = 4  # of cells, each moved by a part of a cell, so that no edge parts a pair in all of them
_CROWD = 400  # pictures in one cell; where even the fine ones hold more, they are blank or a template, and not paired
_PORTION = 1 << 14


def near_pairs(coarse: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """The pairs of indices, the smaller first, whose coarse pictures look the same. Shape: (N, 16, 17) uint8."""
    if len(coarse) < 2:
        return []
    places = _places(coarse.reshape(-1, ROWS * COLUMNS))
    found: set[tuple[int, int]] = set()
    for grid in range(_GRIDS):
        cells = np.floor(places / _CELL + grid / _GRIDS).astype(np.int64)
        for pairs in _sharing(cells):
            apart = np.square(places[pairs[0]] - places[pairs[1]]).sum(1)
            near = pairs[:, apart <= _DIFFERENCE**2]  # what is alike lies so close
            alike = near[:, _are_alike(*coarse[near])]
            found.update(zip(*alike.tolist(), strict=True))
    return sorted(found)


def _places(flat: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Where each picture lies along the main directions, as shares of its contrast. Shape: (N, P) -> (N, D)."""
    portions = [slice(start, start + _PORTION) for start in range(0, len(flat), _PORTION)]
    spread = np.zeros((flat.shape[1],) * 2)
    middle = np.zeros(flat.shape[1])
    for portion in portions:
        seen = _leveled(flat[portion])
        spread += seen.T @ seen
        middle += seen.sum(0)
    spread -= np.outer(middle, middle) / len(flat)
    directions = np.linalg.eigh(spread)[1][:, -_FINE:].astype(np.float32)
    return np.concatenate([_leveled(flat[portion]) @ directions for portion in portions])


def _leveled(flat: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures without their mean brightness, of length 1 where they have contrast enough."""
    seen = flat.astype(np.float32)
    seen -= seen.mean(1, keepdims=True)
    seen /= np.maximum(seen.std(1, keepdims=True), _CONTRAST) * np.float32(flat.shape[1] ** 0.5)
    return seen


def _are_alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.bool_]:
    first, second = (side.reshape(-1, ROWS * COLUMNS).astype(np.float32) for side in (one, other))
    gap = first - second
    contrast = np.maximum(np.minimum(first.std(1), second.std(1)), _CONTRAST)
    are_alike: NDArray[np.bool_] = (gap.std(1) <= _DIFFERENCE * contrast) & (
        np.abs(gap.mean(1)) <= _BRIGHTNESS
    )
    return are_alike


def _sharing(cells: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """All pairs of rows in the same cell, the smaller first, in portions. Shape: (N, D) -> (2, P)."""
    keys = _keys(cells)
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    pairs: list[NDArray[np.int64]] = []
    count = 0
    for start, end in zip(starts, [*starts[1:], len(keys)], strict=True):
        if 1 < end - start <= _CROWD:
            members = order[start:end]  # in rising order: the sort is stable
            pairs.append(members[np.stack(np.triu_indices(len(members), 1))])
            count += pairs[-1].shape[1]
            if count >= _PORTION:
                yield np.concatenate(pairs, axis=1)
                pairs, count = [], 0
    if pairs:
        yield np.concatenate(pairs, axis=1)


def _keys(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each row, equal for rows in one cell. Shape: (N, D) -> (N,)."""
    _, wide, sizes = np.unique(cells[:, -_DIRECTIONS:], axis=0, return_inverse=True, return_counts=True)
    _, fine = np.unique(cells, axis=0, return_inverse=True)
    return np.where(sizes[wide] > _CROWD, len(sizes) + fine, wide)
