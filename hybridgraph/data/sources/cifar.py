"""CIFAR-10 and CIFAR-100 as they are published: the binary files and those made for Python.

Both hold pictures of 32 by 32 as three planes, red, green and blue. In the binary files each picture follows its
label, a byte (CIFAR-100: two, the coarse and the fine one, of which the fine is read). Source: A. Krizhevsky,
"Learning multiple layers of features from tiny images", 2009, and the description beside the downloads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hybridgraph.data.sources.found import Pixels, PixelSet
from hybridgraph.data.sources.plainpickle import Value, load_plain
from hybridgraph.errors import DataError

SIDE = 32
_PICTURE = 3 * SIDE * SIDE
_MAX_BYTES = 2**30
_HINT = "Unpack the archive again; the folder needs all files of one release."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    """The files of one release. `label_bytes` is 0 in the pickled ones."""

    train: tuple[str, ...]
    val: tuple[str, ...]
    names: str
    label_bytes: int
    labels: bytes = b""
    label_names: bytes = b""


_FIVE = tuple(f"data_batch_{number}" for number in range(1, 6))
_RELEASES = (
    _Release(
        train=tuple(f"{name}.bin" for name in _FIVE),
        val=("test_batch.bin",),
        names="batches.meta.txt",
        label_bytes=1,
    ),
    _Release(train=("train.bin",), val=("test.bin",), names="fine_label_names.txt", label_bytes=2),
    _Release(
        train=_FIVE,
        val=("test_batch",),
        names="batches.meta",
        label_bytes=0,
        labels=b"labels",
        label_names=b"label_names",
    ),
    _Release(
        train=("train",),
        val=("test",),
        names="meta",
        label_bytes=0,
        labels=b"fine_labels",
        label_names=b"fine_label_names",
    ),
)


def read_cifar(folder: Path) -> PixelSet:
    """The training and test pictures of a release in the folder.

    Raises DataError for a folder without one, and for missing, truncated or foreign files.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise DataError(f"The data folder {folder} {what}.", "Unpack the archive and give its folder.")
    release = next(
        (
            each
            for each in _RELEASES
            if all((folder / name).is_file() for name in (each.train[0], each.val[0]))
        ),
        None,
    )
    if release is None:
        raise DataError(
            f"The folder {folder} holds no files of CIFAR.",
            "It needs data_batch_1 to 5 and test_batch, or train and test, with or without .bin.",
        )
    train, val = (_read(folder, release, names) for names in (release.train, release.val))
    return PixelSet(
        root=folder,
        classes=_class_names(folder, release, int(train.labels.max()) + 1),
        train=train,
        val=val,
        split="the set's own test pictures",
        files=tuple(
            folder / name
            for name in (*release.train, *release.val, release.names)
            if (folder / name).is_file()
        ),
    )


def _read(folder: Path, release: _Release, names: Sequence[str]) -> Pixels:
    parts = [
        _binary(folder / name, release.label_bytes)
        if release.label_bytes
        else _pickled(folder / name, release.labels)
        for name in names
    ]
    planes = np.concatenate([planes for planes, _ in parts]).reshape(-1, 3, SIDE, SIDE)
    labels = np.concatenate([labels for _, labels in parts])
    return Pixels(images=np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels=labels)


def _binary(path: Path, label_bytes: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    data, line = _bytes(path), label_bytes + _PICTURE
    if not data or len(data) % line:
        raise DataError(
            f"{path} is truncated or foreign: {len(data):,} bytes are no whole number of pictures of {line:,}.",
            _HINT,
        )
    rows = np.frombuffer(data, np.uint8).reshape(-1, line)
    return rows[:, label_bytes:], rows[:, label_bytes - 1].copy()


def _pickled(path: Path, key: bytes) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    content = _content(path)
    images, labels = content.get(b"data"), content.get(key)
    if (
        not isinstance(images, np.ndarray)
        or images.ndim != 2
        or images.shape[1] != _PICTURE
        or not len(images)
    ):
        raise DataError(f"{path} holds no pictures of {SIDE} by {SIDE} under {b'data'!r}.", _HINT)
    if not isinstance(labels, list) or len(labels) != len(images):
        raise DataError(f"{path} holds no label for each of its {len(images):,} pictures.", _HINT)
    numbers = [label for label in labels if isinstance(label, int) and 0 <= label < 256]
    if len(numbers) != len(labels):
        raise DataError(f"{path} holds labels that are no class numbers.", _HINT)
    return images, np.array(numbers, np.uint8)


def _class_names(folder: Path, release: _Release, count: int) -> tuple[str, ...]:
    """The names beside the pictures; numbers where there are none or not as many as classes."""
    path = folder / release.names
    if not path.is_file():
        return tuple(str(label) for label in range(count))
    if release.label_bytes:
        names = _bytes(path).decode("utf-8", "replace").split()
    else:
        found = _content(path).get(release.label_names)
        found = found if isinstance(found, list) else []
        names = [each.decode("utf-8", "replace") for each in found if isinstance(each, bytes)]
    return tuple(names) if len(names) == count else tuple(str(label) for label in range(count))


def _content(path: Path) -> dict[bytes, Value]:
    content = load_plain(path, _bytes(path))
    if not isinstance(content, dict):
        raise DataError(f"{path} is no file of CIFAR.", _HINT)
    return {key: value for key, value in content.items() if isinstance(key, bytes)}


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise DataError(f"{path} has {size:,} bytes, more than any file of CIFAR.", _HINT)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"The folder {path.parent} holds no file {path.name}.", _HINT) from error
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from error
