"""From bytes to what the model reads: augmentation, normalisation, device and memory layout."""

from dataclasses import dataclass

import torch
from torch import Tensor

from hybridgraph.data import Batch, Dataset, augment, crop, erase, mix_pictures, normalise
from hybridgraph.data.pictures import AT_ONCE, Block
from hybridgraph.data.randaugment import randaugment
from hybridgraph.recipes import Recipe

_AT_ONCE_ON_A_DEVICE = 2**26
"""As `AT_ONCE` where there is no cache to miss: as many as the work in between has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    """A block of pictures as they were changed for its first batch; the others take their parts."""

    block: Block
    why: tuple[Recipe, int, int]
    numbers: Tensor


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
        self._ahead: _Ahead | None = None

    def ready(self, images: Tensor) -> Tensor:
        """Shape: (B, C, S, S) uint8 anywhere -> (B, C, S, S) float32 on the device."""
        there = images.to(self.device, non_blocking=True).contiguous(memory_format=self.layout)
        return normalise(there, self._mean, self._std)

    def augmented(
        self, batch: Batch, recipe: Recipe, seed: int, epoch: int, step: int
    ) -> tuple[Tensor, Tensor]:
        """As `ready`, each picture changed as (seed, epoch, index) says and mixed as (seed, step) says.

        The targets beside them are the labels, (B,) int64, or where pictures are mixed the classes' shares,
        (B, classes).
        """
        numbers, labels = self._of_block(batch, recipe, seed, epoch), batch.labels.to(self.device)
        if not (recipe.mixup or recipe.cutmix):
            return numbers, labels
        numbers, targets = mix_pictures(
            numbers, labels, self._classes, seed=seed, step=step, mixup=recipe.mixup, cutmix=recipe.cutmix,
            among=self._among,
        )  # fmt: skip
        return numbers.contiguous(memory_format=self.layout), targets

    def _of_block(self, batch: Batch, recipe: Recipe, seed: int, epoch: int) -> Tensor:
        """The changed pictures of a batch, which were computed with the first of its block. Shape: (B, C, S, S)."""
        if batch.block is None:
            return self._changed(batch.images, batch.indices, recipe, seed, epoch)
        ahead, why = self._ahead, (recipe, seed, epoch)
        if ahead is None or ahead.block is not batch.block or ahead.why != why:
            self._ahead = None  # the numbers of the last block go before those of this one come
            numbers = self._changed(batch.block.images, batch.block.indices, recipe, seed, epoch)
            self._ahead = ahead = _Ahead(block=batch.block, why=why, numbers=numbers)
        return ahead.numbers[batch.start : batch.start + len(batch.indices)]

    def _changed(self, images: Tensor, at: Tensor, recipe: Recipe, seed: int, epoch: int) -> Tensor:
        """Shape: (B, C, S, S) uint8 anywhere, (B,) int64 -> (B, C, S, S) float32 on the device."""
        images = images.to(self.device, non_blocking=True)
        values = AT_ONCE if self.device.type == "cpu" else _AT_ONCE_ON_A_DEVICE
        size = max(1, values // images[0].numel())
        parts = [
            self._changed_at_once(one, where, recipe, seed, epoch)
            for one, where in zip(torch.split(images, size), torch.split(at, size), strict=True)
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _changed_at_once(self, images: Tensor, at: Tensor, recipe: Recipe, seed: int, epoch: int) -> Tensor:
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
        return numbers
