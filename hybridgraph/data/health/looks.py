"""One look at a picture: its size, its digest, its colours and a coarse image of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from hybridgraph.data.decoding import flatten, opened
from hybridgraph.data.health.likeness import COLUMNS, ROWS

_SIDE = 64
"""Pictures are reduced to about this side before they are looked at: details do not matter here, time does."""
_GREY = 2.0  # mean difference of the planes, of 255, up to which a picture has no colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one picture is like, upright.

    `coarse` is its brightness, (16, 17) uint8; `mean` and `square` are the means of its three planes and of their
    squares, on a scale of 0 to 1; `contrast` is the deviation of its brightness, of 255.
    """

    width: int
    height: int
    digest: bytes
    coarse: NDArray[np.uint8]
    mean: NDArray[np.float64]
    square: NDArray[np.float64]
    is_grey: bool
    contrast: float


def look_at_file(path: Path) -> Look:
    """Look at a picture file. Raises UnreadablePictureError, and DataError for too many pixels."""
    with opened(path) as picture:
        width, height = picture.size
        picture.draft("RGB", (_SIDE, _SIDE))
        upright = ImageOps.exif_transpose(picture)
        small = flatten(upright, 3)
        if upright.width < upright.height != width < height:
            width, height = height, width
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()
    return _look(small, width, height, digest)


def look_at_pixels(pixels: NDArray[np.uint8]) -> Look:
    """Look at one picture of a pixel set. Shape: (H, W) or (H, W, C)."""
    digest = hashlib.blake2b(np.ascontiguousarray(pixels).data, digest_size=16).digest()
    plane = pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    return _look(Image.fromarray(plane).convert("RGB"), pixels.shape[1], pixels.shape[0], digest)


def _look(picture: Image.Image, width: int, height: int, digest: bytes) -> Look:
    if max(picture.size) > _SIDE:
        picture = picture.resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    planes = np.asarray(picture, dtype=np.float64) / 255  # (h, w, 3)
    grey = picture.convert("L")
    spread = planes.max(2) - planes.min(2)
    return Look(
        width=width,
        height=height,
        digest=digest,
        coarse=np.asarray(grey.resize((COLUMNS, ROWS), Image.Resampling.BOX)),
        mean=planes.mean((0, 1)),
        square=(planes**2).mean((0, 1)),
        is_grey=bool(spread.mean() * 255 <= _GREY),
        contrast=float(np.asarray(grey, dtype=np.float64).std()),
    )
