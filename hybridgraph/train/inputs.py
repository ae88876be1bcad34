"""From bytes to what the model reads: augmentation, normalisation, device and memory layout."""

import torch
from torch import Tensor

from hybridgraph.data import Batch, Dataset, augment, normalise
from hybridgraph.jobs import Recipe


class Inputs:
    """Readies pictures of a data set for a model on a device."""

    def __init__(self, data: Dataset, device: torch.device, layout: torch.memory_format) -> None:
        self.device, self.layout = device, layout
        self.train, self.val = data.train.to(device), data.val.to(device)
        self._mean, self._std = data.mean.to(device), data.std.to(device)

    def ready(self, images: Tensor) -> Tensor:
        """Shape: (B, C, S, S) uint8 anywhere -> (B, C, S, S) float32 on the device."""
        numbers = normalise(images.to(self.device, non_blocking=True), self._mean, self._std)
        return numbers.contiguous(memory_format=self.layout)

    def augmented(self, batch: Batch, recipe: Recipe, seed: int, epoch: int) -> Tensor:
        """As `ready`, each picture flipped and shifted as (seed, epoch, index) says."""
        images = batch.images.to(self.device, non_blocking=True)
        return self.ready(
            augment(images, batch.indices, seed=seed, epoch=epoch, flip=recipe.flip, shift=recipe.shift)
        )
