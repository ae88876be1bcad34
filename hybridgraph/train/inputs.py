"""From bytes to what the model reads: augmentation, normalisation, device and memory layout."""

import torch
from torch import Tensor

from hybridgraph.data import Batch, Dataset, augment, crop, erase, mix_pictures, normalise
from hybridgraph.data.randaugment import randaugment
from hybridgraph.recipes import Recipe


class Inputs:
    """Readies pictures of a data set for a model on a device."""

    def __init__(
        self,
        data: Dataset,
        device: torch.device,
        layout: torch.memory_format,
        among: tuple[int, Tensor] | None = None,
    ) -> None:
        """`among`: of how many pictures a batch consists and which places of it are here, where not all are."""
        self._among = among
        self.device, self.layout = device, layout
        self.train, self.val = data.train.to(device), data.val.to(device)
        self._mean, self._std = data.mean.to(device), data.std.to(device)
        self._classes = len(data.classes)

    def ready(self, images: Tensor) -> Tensor:
        """Shape: (B, C, S, S) uint8 anywhere -> (B, C, S, S) float32 on the device."""
        numbers = normalise(images.to(self.device, non_blocking=True), self._mean, self._std)
        return numbers.contiguous(memory_format=self.layout)

    def augmented(
        self, batch: Batch, recipe: Recipe, seed: int, epoch: int, step: int
    ) -> tuple[Tensor, Tensor]:
        """As `ready`, each picture changed as (seed, epoch, index) says and mixed as (seed, step) says.

        The targets beside them are the labels, (B,) int64, or where pictures are mixed the classes' shares,
        (B, classes).
        """
        images, at = batch.images.to(self.device, non_blocking=True), batch.indices
        labels = batch.labels.to(self.device)
        if recipe.crop < 1:
            images = crop(images, at, seed=seed, epoch=epoch, smallest=recipe.crop)
        images = augment(images, at, seed=seed, epoch=epoch, flip=recipe.flip, shift=recipe.shift)
        if recipe.randaugment:
            images = randaugment(
                images, at, seed=seed, epoch=epoch, operations=recipe.randaugment,
                magnitude=recipe.magnitude, spread=recipe.magnitude_spread,
            )  # fmt: skip
        numbers = self.ready(images)
        if recipe.erasing:
            numbers = erase(numbers, at, seed=seed, epoch=epoch, chance=recipe.erasing)
        if not (recipe.mixup or recipe.cutmix):
            return numbers, labels
        numbers, targets = mix_pictures(
            numbers, labels, self._classes, seed=seed, step=step, mixup=recipe.mixup, cutmix=recipe.cutmix,
            among=self._among,
        )  # fmt: skip
        return numbers.contiguous(memory_format=self.layout), targets
