"""The pictures that a run was measured on, found again at their source."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hybridgraph.data.sources import FileSet, read
from hybridgraph.errors import DataError, RunError
from hybridgraph.jobs import TrainJob
from hybridgraph.results.results import Results
from hybridgraph.viewing.shelf import Shelf


class RunPictures:
    """The set that a run was trained on, opened as it was then, and the place of each picture with a prediction."""

    def __init__(self, results: Results) -> None:
        """Open it. Raises RunError without predictions, DataError where pictures are gone or others than they were."""
        job, told = results.run.job, results.predictions
        if told is None or not isinstance(job, TrainJob):
            raise RunError(results.remark or f"The run {results.run.path} is no training.")
        found = read(job.data, job.seed, job.held_back)
        self.shelf = Shelf(found)
        pictures: NDArray[np.int64] = np.asarray(told.pictures, dtype=np.int64)
        if told.counted == "files":
            assert isinstance(found, FileSet)
            held = {path: place for place, path in enumerate((*found.train.paths, *found.val.paths))}
            files = np.asarray([held[path] for path in sorted(held)], dtype=np.int64)
        else:
            files = np.arange(self.shelf.train_count, len(self.shelf), dtype=np.int64)
        is_known = not len(pictures) or pictures.max() < len(files)
        same = is_known and tuple(found.classes) == results.evaluation.classes
        if not same or (self.shelf.labels[files[pictures]] != np.asarray(told.labels)).any():
            raise DataError(
                f"The pictures of {job.data} are others than when the run was trained, so they cannot be shown.",
                "Put them back as they were.",
            )
        self.places: list[int] = files[pictures].tolist()
        """On the shelf, of each prediction of the run."""
        self._places = dict(zip(told.pictures, self.places, strict=True))

    def name(self, picture: int) -> str:
        """What the picture is called."""
        return self.shelf.name(self._places[picture])

    def small(self, picture: int, side: int) -> Image.Image:
        """The picture, its longer side at most `side` pixels. Raises DataError."""
        return self.shelf.small(self._places[picture], side)
