"""Pictures as a training sees them: the same code as in a step, shown as bytes again."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from hybridgraph.data import Batch, Dataset, MemoryPictures
from hybridgraph.data.decoding import read_picture
from hybridgraph.data.fitting import fit_pixels
from hybridgraph.errors import DataError
from hybridgraph.recipes import Recipe
from hybridgraph.train.inputs import Inputs
from hybridgraph.viewing.shelf import Shelf

_CPU = torch.device("cpu")


class Variants:
    """Some pictures of a shelf in the size and colours of training, ready to be changed again and again."""

    def __init__(self, shelf: Shelf, places: Sequence[int], image_size: int, channels_in: int) -> None:
        """Read the pictures at these places. Raises DataError where none of them can be read."""
        torch.set_num_threads(
            max(1, (os.cpu_count() or 1) // 2)
        )  # the other half is looking at every picture
        read: list[Tensor] = []
        self.places: list[int] = []
        fault = DataError("There are no pictures.")
        for place in places:
            try:
                read.append(_read(shelf, place, image_size, channels_in))
                self.places.append(place)
            except DataError as error:
                fault = error
        if not read:
            raise fault
        images = torch.stack(read)
        labels = torch.from_numpy(shelf.labels[self.places].astype(np.int64))
        scale = images.double() / 255
        mean, std = scale.mean((0, 2, 3)).float(), scale.std((0, 2, 3)).clamp_min(1 / 255).float()
        pictures = MemoryPictures(images=images, labels=labels)
        self._data = Dataset(
            spec="", classes=shelf.found.classes, train=pictures, val=pictures, mean=mean, std=std, digest="", split=""
        )  # fmt: skip
        self._batch = Batch(images=images, labels=labels, indices=torch.tensor(self.places))
        self._inputs = Inputs(self._data, _CPU, torch.contiguous_format)

    def show(self, recipe: Recipe, *, seed: int, count: int, side: int) -> NDArray[np.uint8]:
        """Each picture and `count` variants of it, those of the first epochs, no larger than `side` pixels.

        Shape: (pictures, 1 + count, S, S, 3).
        """
        columns = [self._batch.images.float() / 255]
        for epoch in range(count):
            numbers, _ = self._inputs.augmented(self._batch, recipe, seed, epoch, epoch)
            columns.append(numbers.mul_(self._data.std.view(-1, 1, 1)).add_(self._data.mean.view(-1, 1, 1)))
        shown = torch.stack([_as_bytes(column, side) for column in columns], 1)  # (P, 1 + count, C, S, S)
        return shown.expand(-1, -1, 3, -1, -1).permute(0, 1, 3, 4, 2).contiguous().numpy()


def _as_bytes(numbers: Tensor, side: int) -> Tensor:
    """Shape: (P, C, S, S) from 0 to 1, which is changed -> (P, C, s, s) uint8, s at most `side`."""
    shown = numbers.mul_(255).round_().clamp_(0, 255).to(torch.uint8)
    if shown.shape[-1] > side:
        shown = F.interpolate(shown, (side, side), mode="bilinear", antialias=True)
    return shown


def _read(shelf: Shelf, place: int, image_size: int, channels_in: int) -> Tensor:
    path = shelf.path(place)
    if path is not None:
        return torch.from_numpy(read_picture(path, image_size, channels_in))
    return fit_pixels(torch.from_numpy(shelf.pixels(place).copy())[None], image_size, channels_in)[0]
