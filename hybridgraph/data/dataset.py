"""Data sets: from the words of a job to labelled pictures of one size."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from hybridgraph.data.decoding import refuse_bombs
from hybridgraph.data.pictures import FilePictures, MemoryPictures, Pictures, decode_all
from hybridgraph.data.randomness import epoch_order
from hybridgraph.data.sources import FileSet, Found, PixelSet, read
from hybridgraph.errors import DataError
from hybridgraph.jobs import HELD_BACK

MEMORY_BYTES = 2 * 2**30
"""Sets up to this size are decoded once and kept; larger ones are read from the disk again in every epoch."""
_SAMPLED = 2048  # pictures whose mean and deviation stand for a set that is not kept in memory
_CHUNK = 4096
_NAMED = 3  # damaged pictures named in one warning
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow's own grey

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Labelled pictures for training and validation.

    `mean` and `std` are those of the training pictures, one for each channel on a scale of 0 to 1. `digest`
    changes when the data does, `split` says where the validation pictures come from. `notes` are worth knowing, `warnings` say what was left out.
    """

    spec: str
    classes: tuple[str, ...]
    train: Pictures
    val: Pictures
    mean: Tensor
    std: Tensor
    digest: str
    split: str
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def open_dataset(
    spec: str,
    *,
    image_size: int,
    channels_in: int,
    seed: int,
    held_back: float = HELD_BACK,
    is_strict: bool = False,
    memory_bytes: int = MEMORY_BYTES,
    on_progress: Progress | None = None,
) -> Dataset:
    """Open the pictures that `spec` names (see `hybridgraph.jobs.split_data`).

    Pictures are resized by their short side, cropped in the middle and made grey or RGB by `channels_in`
    (1 or 3). Damaged pictures are left out and named in `warnings`, or refused if strict. `seed` chooses the
    share `held_back` of each class for validation where the data has no validation set. Raises DataError, RunError for a wrong `spec`.
    """
    found = read(spec, seed, held_back)
    if isinstance(found, PixelSet):
        return _open_pixels(spec, found, image_size, channels_in)
    refuse_bombs()
    count = len(found.train.paths) + len(found.val.paths)
    if count * channels_in * image_size**2 > memory_bytes:
        return _open_large(spec, found, image_size, channels_in, seed, is_strict)
    warnings: list[str] = []
    sets = []
    for part in (found.train, found.val):
        images, good, bad = decode_all(
            part.paths, image_size, channels_in, is_strict=is_strict, on_progress=on_progress
        )
        if not good:
            raise DataError(f"None of the {len(part.paths)} pictures in {found.root} can be read.", bad[0])
        sets.append(MemoryPictures(images=images, labels=torch.tensor(part.labels)[good]))
        warnings += bad
    train, val = sets
    return _in_memory(spec, found, train, val, _summary(warnings, count))


def _open_pixels(spec: str, found: PixelSet, image_size: int, channels_in: int) -> Dataset:
    train, val = (
        MemoryPictures(
            images=fit_pixels(torch.from_numpy(part.images), image_size, channels_in),
            labels=torch.from_numpy(part.labels).long(),
        )
        for part in (found.train, found.val)
    )
    return _in_memory(spec, found, train, val)


def _in_memory(
    spec: str, found: Found, train: MemoryPictures, val: MemoryPictures, warnings: tuple[str, ...] = ()
) -> Dataset:
    mean, std = _statistics(train.images)
    return Dataset(
        spec=spec,
        classes=found.classes,
        train=train,
        val=val,
        mean=mean,
        std=std,
        digest=_digest(train.images, train.labels, val.images, val.labels),
        split=found.split,
        notes=found.notes,
        warnings=warnings,
    )


def _open_large(
    spec: str, found: FileSet, image_size: int, channels_in: int, seed: int, is_strict: bool
) -> Dataset:
    train, val = (
        FilePictures(
            paths=part.paths,
            labels=torch.tensor(part.labels),
            image_size=image_size,
            channels_in=channels_in,
            is_strict=is_strict,
        )
        for part in (found.train, found.val)
    )
    chosen = epoch_order(len(train.paths), seed, 0)[:_SAMPLED].tolist()
    sample, good, bad = decode_all([train.paths[index] for index in chosen], image_size, channels_in)
    if not good:
        raise DataError(f"None of {len(chosen)} pictures tried in {found.root} can be read.", bad[0])
    mean, std = _statistics(sample)
    count = len(train.paths) + len(val.paths)
    return Dataset(
        spec=spec,
        classes=found.classes,
        train=train,
        val=val,
        mean=mean,
        std=std,
        digest=_digest_files(found.root, (*train.paths, *val.paths)),
        split=found.split,
        notes=(*found.notes, f"The {count:,} pictures are read from the disk in every epoch."),
    )


def _summary(bad: list[str], count: int) -> tuple[str, ...]:
    if not bad:
        return ()
    named = " ".join(bad[:_NAMED])
    rest = f" And {len(bad) - _NAMED:,} more." if len(bad) > _NAMED else ""
    return (f"{len(bad):,} of {count:,} pictures are left out. {named}{rest}",)


def fit_pixels(pixels: Tensor, image_size: int, channels_in: int) -> Tensor:
    """Centre crop, resize, grey or RGB. Shape: (N, H, W) or (N, H, W, C) -> (N, channels_in, S, S), uint8."""
    images = pixels[:, None] if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2)
    count, channels, height, width = images.shape
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    images = images[:, :, top : top + short, left : left + short]
    fitted = torch.empty(count, channels_in, image_size, image_size, dtype=torch.uint8)
    for start in range(0, count, _CHUNK):
        part = images[start : start + _CHUNK]
        if channels == 3 and channels_in == 1:
            weights = torch.tensor(_LUMA).view(3, 1, 1)
            part = (part * weights).sum(1, keepdim=True).round_().to(torch.uint8)
        if short != image_size:
            part = F.interpolate(part, (image_size, image_size), mode="bilinear", antialias=True)
        fitted[start : start + _CHUNK] = part  # grey spreads over three channels here
    return fitted


def _statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel on a scale of 0 to 1. Shape: (N, C, S, S) -> (C,), (C,)."""
    total = squares = torch.zeros(images.shape[1], dtype=torch.int64)
    for start in range(0, len(images), _CHUNK):
        values = images[start : start + _CHUNK].long()
        total, squares = total + values.sum((0, 2, 3)), squares + (values * values).sum((0, 2, 3))
    count = images.numel() // images.shape[1]
    mean = total.double() / count  # sums of whole numbers: exact in any order
    variance = squares.double() / count - mean**2
    std = variance.clamp_min(1.0).sqrt()  # pictures of one colour must not divide by zero
    return (mean / 255).float(), (std / 255).float()


def _digest(*tensors: Tensor) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for tensor in tensors:
        digest.update(str(tuple(tensor.shape)).encode())
        digest.update(tensor.contiguous().numpy().data)
    return digest.hexdigest()


def _digest_files(root: Path, paths: tuple[Path, ...]) -> str:
    """Names and sizes stand for the content of a set too large to read twice."""
    digest = hashlib.blake2b(digest_size=16)
    for path in paths:
        try:
            name = os.path.relpath(path, root)
            digest.update(f"{Path(name).as_posix()}\0{path.stat().st_size}\n".encode())
        except OSError as error:
            raise DataError(f"Cannot read the picture {path}: {error.strerror or error}.") from error
    return digest.hexdigest()
