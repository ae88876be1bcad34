"""The usual way to feed a network, to compare with: a DataLoader whose workers change pictures one by one with Pillow."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from hybridgraph.recipes import Recipe

Made = Callable[[Image.Image, float], Image.Image]
_BLENDS = (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color, ImageEnhance.Sharpness)


class PictureByPicture(Dataset[tuple[Tensor, int]]):
    """Pictures in memory or in files, changed as a recipe says, each by itself.

    Those in memory are (N, H, W) uint8. Files are decoded whole, resized by their short side and cropped in the middle,
    as the usual transforms do.
    """

    def __init__(
        self,
        pictures: np.ndarray | Sequence[Path],
        labels: Sequence[int],
        recipe: Recipe,
        side: int,
        mean: Tensor,
        std: Tensor,
    ) -> None:
        self.pictures, self.labels, self.recipe, self.side = pictures, labels, recipe, side
        self.mean, self.std = mean.view(-1, 1, 1), std.view(-1, 1, 1)
        self.mode = "L" if len(mean) == 1 else "RGB"

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        recipe, picture = self.recipe, self._picture(index)
        if random.random() < recipe.flip:
            picture = ImageOps.mirror(picture)
        reach = round(recipe.shift * self.side)
        if reach:
            dx, dy = random.randint(-reach, reach), random.randint(-reach, reach)
            picture = picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, dx, 0, 1, dy))
        for _ in range(recipe.randaugment):
            picture = random.choice(_OPERATIONS)(picture, recipe.magnitude / 10)
        values = np.asarray(picture, dtype=np.uint8)
        tensor = torch.from_numpy(values.reshape(self.side, self.side, -1).transpose(2, 0, 1).copy())
        numbers = tensor.float().div_(255).sub_(self.mean).div_(self.std)
        if random.random() < recipe.erasing:
            high, wide = (random.randint(self.side // 8, self.side // 2) for _ in range(2))
            top, left = random.randint(0, self.side - high), random.randint(0, self.side - wide)
            numbers[:, top : top + high, left : left + wide] = 0
        return numbers, int(self.labels[index])

    def _picture(self, index: int) -> Image.Image:
        if isinstance(self.pictures, np.ndarray):
            return Image.fromarray(self.pictures[index])
        with Image.open(self.pictures[index]) as file:
            picture = file.convert(self.mode)
        scale = self.side / min(picture.size)
        size = (max(self.side, round(picture.width * scale)), max(self.side, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.BILINEAR)
        left, top = (size[0] - self.side) // 2, (size[1] - self.side) // 2
        return picture.crop((left, top, left + self.side, top + self.side))


def loaded(pictures: PictureByPicture, batch: int, workers: int = 2) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of a DataLoader, epoch after epoch, its workers kept alive."""
    loader = DataLoader(
        pictures, batch_size=batch, shuffle=True, drop_last=True, num_workers=workers,
        persistent_workers=workers > 0, worker_init_fn=_start,
    )  # fmt: skip
    while True:
        yield from loader


def _start(worker: int) -> None:
    random.seed(worker)
    torch.set_num_threads(1)


def _blend(kind: Callable[[Image.Image], ImageEnhance._Enhance]) -> Made:
    return lambda picture, strength: kind(picture).enhance(1 + random.choice((-0.9, 0.9)) * strength)


def _affine(build: Callable[[float, int], tuple[float, ...]]) -> Made:
    def made(picture: Image.Image, strength: float) -> Image.Image:
        way = strength * random.choice((-1, 1))
        return picture.transform(
            picture.size,
            Image.Transform.AFFINE,
            build(way, picture.width),
            Image.Resampling.BILINEAR,
        )

    return made


_OPERATIONS: tuple[Made, ...] = (
    lambda picture, _: picture,
    lambda picture, _: ImageOps.autocontrast(picture),
    lambda picture, _: ImageOps.equalize(picture),
    lambda picture, strength: ImageOps.solarize(picture, int(256 * (1 - strength))),
    lambda picture, strength: ImageOps.posterize(picture, 8 - round(4 * strength)),
    *map(_blend, _BLENDS),
    lambda picture, strength: picture.rotate(
        30 * strength * random.choice((-1, 1)), Image.Resampling.BILINEAR
    ),
    _affine(lambda way, _: (1, 0.3 * way, 0, 0, 1, 0)),
    _affine(lambda way, _: (1, 0, 0, 0.3 * way, 1, 0)),
    _affine(lambda way, side: (1, 0, 0.45 * way * side, 0, 1, 0)),
    _affine(lambda way, side: (1, 0, 0, 0, 1, 0.45 * way * side)),
)
