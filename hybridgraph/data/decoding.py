"""From a picture file to a square of bytes: decode, turn upright, centre crop, resize."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from hybridgraph.errors import DataError

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".avif")
)
MAX_PIXELS = 89_478_485
"""Pillow's own limit against decompression bombs; it only warns up to twice this, here it is an error."""


class UnreadablePictureError(DataError):
    """One picture file is damaged or of an unknown format; the others can still be used."""


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture in a file, not decoded yet; whatever its decoding raises within becomes one sentence.

    Raises UnreadablePictureError for a damaged file and DataError for one of too many pixels.
    """
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _bomb(path)
            yield picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _bomb(path) from error
    except (OSError, SyntaxError, ValueError, EOFError, LookupError, struct.error, MemoryError) as error:
        # Pillow's format readers let all of these out on damaged bytes
        reason = str(error) or type(error).__name__
        raise UnreadablePictureError(f"The picture {path} cannot be read: {reason.rstrip('.')}.") from error


def read_picture(path: Path, image_size: int, channels_in: int) -> NDArray[np.uint8]:
    """Read a picture as (C, S, S): the short side is resized to `image_size`, the middle is kept.

    Raises UnreadablePictureError for a damaged file and DataError for one of too many pixels.
    """
    with opened(path) as picture:
        picture.draft("L" if channels_in == 1 else "RGB", (image_size, image_size))
        square = _square(flatten(ImageOps.exif_transpose(picture), channels_in), image_size)
    pixels = np.array(square)  # a copy: torch wants to be able to write
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def refuse_bombs() -> None:
    """Turn Pillow's warning about too many pixels into an error for this process."""
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def _bomb(path: Path) -> DataError:
    return DataError(
        f"The picture {path} unpacks to more than {MAX_PIXELS:,} pixels.",
        "Make it smaller or take it out of the folder.",
    )


def flatten(picture: Image.Image, channels_in: int) -> Image.Image:
    """To grey or RGB: 16-bit greys keep their upper byte, what is transparent becomes white."""
    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("I", "F"):
        raise ValueError("its pixels are 32-bit numbers; save it with 8 bits per channel")
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return picture.convert("L" if channels_in == 1 else "RGB")


def _square(picture: Image.Image, side: int) -> Image.Image:
    width, height = picture.size
    short = min(width, height)
    if (width, height) == (side, side):
        return picture
    left, top = (width - short) / 2, (height - short) / 2
    box = (left, top, left + short, top + short)
    return picture.resize((side, side), Image.Resampling.BILINEAR, box=box, reducing_gap=3.0)
