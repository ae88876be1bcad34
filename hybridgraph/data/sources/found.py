"""What a source of pictures holds: files with labels, or pixels with labels, in a training and a validation set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hybridgraph.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The pictures of one set as files: paths and labels of the same length."""

    paths: tuple[Path, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSet:
    """Pictures in files of their own.

    `split` says where the validation pictures come from, `files` are those the set consists of besides its pictures.
    `held_back` is the share of each class that was taken for validation, 0 where the set brings such a part.
    """

    root: Path
    classes: tuple[str, ...]
    train: Listing
    val: Listing
    split: str
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    held_back: float = 0.0
    home: Path | None = None
    """Where pictures lie that were unpacked from the files; None where they lie below `root`."""

    @property
    def channels_in(self) -> int:
        """Colour: a file can be read as grey as well, which only a look into all of them would tell."""
        return 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """The pictures of one set as numbers: (N, H, W) grey or (N, H, W, C) uint8, and labels (N,) uint8."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelSet:
    """Pictures of one size that lie together in a few `files`. `split` says where the validation pictures come from.

    Raises DataError for pictures without colour or grey, one class, and labels that training does not have.
    """

    root: Path
    classes: tuple[str, ...]
    train: Pixels
    val: Pixels
    split: str
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.channels_in not in (1, 3):
            raise DataError(
                f"The pictures in {self.root} have {self.channels_in} channels; grey (1) and RGB (3) are read."
            )
        self._refuse_stray_labels()
        last, val_last = int(self.train.labels.max()), int(self.val.labels.max())
        if last == 0:
            raise DataError(
                f"The data {self.root} has only one class.", "Telling classes apart needs at least two."
            )
        if val_last > last:
            raise DataError(
                f"The test pictures in {self.root} have the label {val_last}, "
                f"but the training labels end at {last}.",
                "The files do not belong together.",
            )

    def _refuse_stray_labels(self) -> None:
        """One far beyond the others, as 255 for pictures without a class, would make classes of all in between."""
        counts = np.bincount(self.train.labels)
        used = np.flatnonzero(counts)
        if len(counts) > 2 * len(used):
            gap = int(np.argmax(np.diff(used, prepend=-1)))
            label, before = int(used[gap]), int(used[gap - 1]) if gap else -1
            first = int(np.argmax(self.train.labels == label))
            raise DataError(
                f"Training picture {first:,} in {self.root} has the label {label}, but none has {before + 1} to {label - 1}.",
                "Labels count from 0 without gaps; take pictures without a class out.",
            )

    @property
    def channels_in(self) -> int:
        """1 for grey pictures, 3 for colour."""
        return self.train.images.shape[-1] if self.train.images.ndim == 4 else 1


Found = FileSet | PixelSet


def listing(labelled: Sequence[tuple[Path, int]]) -> Listing:
    """The listing of pairs of path and label."""
    return Listing(paths=tuple(path for path, _ in labelled), labels=tuple(label for _, label in labelled))
