"""The idx format of MNIST and its family: four files, plain or gzipped, pictures and labels of two sets.

An idx file is a header (two zero bytes, a type code, the number of dimensions, each dimension as a big-endian
32-bit number) followed by the values. Source: Y. LeCun's description on the MNIST page.
"""

import gzip
import json
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hybridgraph.data.sources.found import Pixels, PixelSet
from hybridgraph.errors import DataError

_UNSIGNED_BYTE = 8
_MAX_BYTES = 16 * 2**30
_HINT = "Copy or download the file again."

FASHION = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


def read_idx(folder: Path) -> PixelSet:
    """The training and test pictures of the four files in the folder.

    Raises DataError for a missing, truncated or foreign file and for numbers that do not agree.
    """
    train, val = (_read_part(folder, part) for part in ("train", "t10k"))
    return PixelSet(
        root=folder,
        classes=class_names(folder, int(train.labels.max()) + 1),
        train=train,
        val=val,
        split="the set's own test pictures (t10k)",
        files=tuple(
            _find(folder, part, what, dimensions)
            for part in ("train", "t10k")
            for what, dimensions in (("images", 3), ("labels", 1))
        ),
    )


def _read_part(folder: Path, part: str) -> Pixels:
    image_path = _find(folder, part, "images", 3)
    label_path = _find(folder, part, "labels", 1)
    images, labels = _read(image_path, (3, 4)), _read(label_path, (1,))
    if len(images) != len(labels):
        raise DataError(
            f"{image_path} holds {len(images):,} pictures but {label_path.name} holds {len(labels):,} labels.",
            "The two files do not belong together.",
        )
    if not images.size:
        raise DataError(f"{image_path} holds no pictures.", _HINT)
    return Pixels(images=images, labels=labels)


def class_names(folder: Path, count: int) -> tuple[str, ...]:
    """Names from `classes.json` beside the files, the known ones of Fashion-MNIST, or the label numbers."""
    try:
        names = json.loads((folder / "classes.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # a list of names is a courtesy: without it numbers do
        names = FASHION if "fashion" in folder.name.lower() else ()
    if (
        isinstance(names, list | tuple)
        and len(names) == count
        and all(isinstance(name, str) for name in names)
    ):
        return tuple(names)
    return tuple(str(label) for label in range(count))


def _find(folder: Path, part: str, what: str, dimensions: int) -> Path:
    stems = (f"{part}-{what}-idx{dimensions}-ubyte", f"{part}-{what}.idx{dimensions}-ubyte")
    for stem in stems:
        for name in (f"{stem}.gz", stem):
            if (folder / name).is_file():
                return folder / name
    if not folder.is_dir():
        raise DataError(f"The data folder {folder} does not exist.", "Check the path after idx:.")
    raise DataError(
        f"The folder {folder} holds no file {stems[0]}.gz.",
        "An idx data set is four files named as those of MNIST; for class folders write folder:PATH.",
    )


def _read(path: Path, dimensions: tuple[int, ...]) -> NDArray[np.uint8]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _parse(path, file, dimensions)
    except EOFError as error:
        raise DataError(f"{path} is truncated: its compressed data ends too early.", _HINT) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is damaged: it cannot be unpacked ({error}).", _HINT) from error
    except MemoryError as error:
        raise DataError(f"{path} does not fit into memory.", _HINT) from error
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from error


def _parse(path: Path, file: BinaryIO | gzip.GzipFile, dimensions: tuple[int, ...]) -> NDArray[np.uint8]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] != _UNSIGNED_BYTE or head[3] not in dimensions:
        raise DataError(f"{path} is no idx file of unsigned bytes with {dimensions[0]} dimensions.", _HINT)
    sizes = file.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise DataError(f"{path} is truncated in its header.", _HINT)
    shape = struct.unpack(f">{head[3]}I", sizes)
    expected = math.prod(shape)
    if expected > _MAX_BYTES:
        raise DataError(
            f"{path} claims to hold {expected:,} bytes, more than the {_MAX_BYTES:,} read.", _HINT
        )
    values = np.empty(expected, np.uint8)
    got = 0
    while got < expected:  # in pieces, so that a false header costs no memory before the end is met
        piece = file.read(min(expected - got, 1 << 24))
        if not piece:
            raise DataError(f"{path} is truncated: {got:,} of {expected:,} bytes are there.", _HINT)
        values[got : got + len(piece)] = np.frombuffer(piece, np.uint8)
        got += len(piece)
    return values.reshape(shape)
