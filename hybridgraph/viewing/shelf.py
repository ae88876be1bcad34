"""The pictures of a source in one row, those for training first, each to be seen small or as training takes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from hybridgraph.data.decoding import flatten, opened, refuse_bombs
from hybridgraph.data.sources import FileSet, Found

_FEWEST = 3  # pixels of a side: a picture thousands of times longer than wide still shows a line


class Shelf:
    """Pictures by their place: from 0 those for training, behind them those for validation."""

    def __init__(self, found: Found) -> None:
        refuse_bombs()
        self.found = found
        parts = (found.train.labels, found.val.labels)
        self.labels: NDArray[np.uint32] = np.concatenate(
            [np.asarray(part, dtype=np.uint32) for part in parts]
        )
        self.train_count = len(found.train.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def name(self, place: int) -> str:
        """What the picture is called, below the folder of the set; as `check_up` calls it where it has no file."""
        path = self.path(place)
        if path is None:
            part, index = self._at(place)
            return f"{('training', 'validation')[part]} picture {index}"
        root = self.found.root
        base = root if root.is_dir() else root.parent
        return (
            os.path.relpath(path, base)
            if path.is_relative_to(base)
            else f"{path.parent.name}{os.sep}{path.name}"
        )

    def path(self, place: int) -> Path | None:
        """The picture's file; None where many lie in one."""
        part, index = self._at(place)
        return (
            (self.found.train, self.found.val)[part].paths[index] if isinstance(self.found, FileSet) else None
        )

    def places(self) -> dict[str, int]:
        """The place of every picture by the name that `check_up` tells."""
        return {str(self.path(place) or self.name(place)): place for place in range(len(self))}

    def small(self, place: int, side: int) -> Image.Image:
        """The picture upright in RGB, its longer side at most `side` pixels. Raises DataError."""
        path = self.path(place)
        if path is None:
            picture = Image.fromarray(self.pixels(place)).convert("RGB")
        else:
            with opened(path) as file:
                file.draft("RGB", (side, side))
                picture = flatten(ImageOps.exif_transpose(file), 3)
        scale = min(1.0, side / max(picture.size))
        size = (max(_FEWEST, round(picture.width * scale)), max(_FEWEST, round(picture.height * scale)))
        return picture if scale == 1 else picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)

    def pixels(self, place: int) -> NDArray[np.uint8]:
        """A picture that lies in a file with others. Shape: (H, W) or (H, W, 3)."""
        part, index = self._at(place)
        assert not isinstance(self.found, FileSet)
        image: NDArray[np.uint8] = (self.found.train, self.found.val)[part].images[index]
        return image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image

    def skipped(self) -> Iterator[Path]:
        """Visible files beside the pictures that the set does not name: no pictures by their names, or not listed."""
        if not isinstance(self.found, FileSet):
            return
        root = self.found.root
        base = root if root.is_dir() else root.parent
        pictures = (*self.found.train.paths, *self.found.val.paths)
        listed = {*pictures, *self.found.files}
        folders = {
            path.parent for path in pictures if path.is_relative_to(base)
        }  # not where a set was unpacked
        for folder in sorted(folders):
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                continue  # it went after it was listed: what is missing in it is told as unreadable
            for entry in entries:
                if entry.is_file() and not entry.name.startswith(".") and Path(entry.path) not in listed:
                    yield Path(entry.path)

    def _at(self, place: int) -> tuple[int, int]:
        return (0, place) if place < self.train_count else (1, place - self.train_count)
