"""Data sets: from the words of a job to labelled pictures of one size."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from hybridgraph.data.cache.keeping import decoded
from hybridgraph.data.decoding import refuse_bombs
from hybridgraph.data.fitting import PixelPictures, fit_pixels
from hybridgraph.data.pictures import FilePictures, MemoryPictures, Pictures, decode_blocks
from hybridgraph.data.randomness import epoch_order
from hybridgraph.data.sources import FileSet, Found, PixelSet, read
from hybridgraph.errors import DataError
from hybridgraph.jobs import HELD_BACK

MEMORY_BYTES = 2 * 2**30
"""Sets up to this size are decoded once and kept; larger ones are read from the disk again in every epoch."""
_SAMPLED = 2048  # pictures whose mean and deviation stand for a set that is not kept in memory
_CHUNK = 4096
_NAMED = 3  # damaged pictures named in one warning

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
    count = len(found.train.labels) + len(found.val.labels)
    is_large = count * channels_in * image_size**2 > memory_bytes
    if isinstance(found, PixelSet):
        work = _open_large_pixels if is_large else _open_pixels
        return work(spec, found, image_size, channels_in)
    refuse_bombs()
    if is_large:
        return _open_large(spec, found, image_size, channels_in, seed, is_strict)
    return _open_files(spec, found, image_size, channels_in, is_strict, on_progress)


def _open_files(
    spec: str, found: FileSet, image_size: int, channels_in: int, is_strict: bool, on_progress: Progress | None
) -> Dataset:  # fmt: skip
    """A set that is decoded once: both parts are rows of one store, so that another split needs no decoding."""
    paths = sorted({*found.train.paths, *found.val.paths})
    store = decoded(found.root, paths, image_size, channels_in, is_strict=is_strict, on_progress=on_progress)
    places = {path: place for place, path in enumerate(paths)}
    warnings: list[str] = []
    parts = []
    for part in (found.train, found.val):
        rows = [places[path] for path in part.paths]
        good = [at for at, row in enumerate(rows) if row not in store.faults]
        bad = [store.faults[row] for row in rows if row in store.faults]
        if not good:
            raise DataError(f"None of the {len(rows)} pictures in {found.root} can be read.", bad[0])
        labels = torch.tensor(part.labels)[good]
        parts.append(MemoryPictures(images=store.images, labels=labels, rows=torch.tensor(rows)[good]))
        warnings += bad
    notes = (store.note,) if store.note else ()
    count = len(found.train.paths) + len(found.val.paths)
    return _in_memory(spec, found, parts[0], parts[1], _summary(warnings, count), notes)


def _open_pixels(spec: str, found: PixelSet, image_size: int, channels_in: int) -> Dataset:
    train, val = (
        MemoryPictures(
            images=fit_pixels(torch.from_numpy(part.images), image_size, channels_in),
            labels=torch.from_numpy(part.labels).long(),
        )
        for part in (found.train, found.val)
    )
    return _in_memory(spec, found, train, val)


def _open_large_pixels(spec: str, found: PixelSet, image_size: int, channels_in: int) -> Dataset:
    """A set that lies in memory as it was made, and would not have room there in the size that is asked for."""
    train, val = (
        PixelPictures(
            pixels=torch.from_numpy(part.images),
            labels=torch.from_numpy(part.labels).long(),
            image_size=image_size,
            channels_in=channels_in,
        )
        for part in (found.train, found.val)
    )
    chosen = epoch_order(len(train.labels), 0, 0)[:_SAMPLED]
    mean, std = _statistics(MemoryPictures(images=train.take(chosen), labels=chosen))
    digest = _digest(*(MemoryPictures(images=part.pixels, labels=part.labels) for part in (train, val)))
    told = f"The {len(train.labels) + len(val.labels):,} pictures are brought to {image_size} px as they are needed."
    return _completed(spec, found, train, val, mean, std, digest, notes=(told,))


def _in_memory(
    spec: str,
    found: Found,
    train: MemoryPictures,
    val: MemoryPictures,
    warnings: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Dataset:
    mean, std = _statistics(train)
    return _completed(spec, found, train, val, mean, std, _digest(train, val), warnings, notes)


def _completed(
    spec: str,
    found: Found,
    train: Pictures,
    val: Pictures,
    mean: Tensor,
    std: Tensor,
    digest: str,
    warnings: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Dataset:
    """The data set, with a warning where a class has no picture to learn from."""
    counts = torch.bincount(train.labels, minlength=len(found.classes))
    empty = [name for name, count in zip(found.classes, counts.tolist(), strict=True) if not count]
    if empty:
        more = f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
        said = f"No picture for training of {', '.join(map(repr, empty[:_NAMED]))}{more}: nothing is learned about it."
        warnings = (*warnings, said)
    return Dataset(
        spec=spec,
        classes=found.classes,
        train=train,
        val=val,
        mean=mean,
        std=std,
        digest=digest,
        split=found.split,
        notes=(*found.notes, *notes),
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
    blocks = list(decode_blocks([train.paths[index] for index in chosen], image_size, channels_in))
    said = [fault for _, faults in blocks for fault in faults]
    good = torch.tensor([place for place, fault in enumerate(said) if fault is None])
    if not len(good):
        raise DataError(f"None of {len(chosen)} pictures tried in {found.root} can be read.", said[0] or "")
    sample = MemoryPictures(images=torch.cat([images for images, _ in blocks]), labels=good, rows=good)
    mean, std = _statistics(sample)
    count = len(train.paths) + len(val.paths)
    told = f"The {count:,} pictures are read from the disk in every epoch."
    digest = _digest_files(found.home or found.root, (*train.paths, *val.paths))
    return _completed(spec, found, train, val, mean, std, digest, notes=(told,))


def _summary(bad: list[str], count: int) -> tuple[str, ...]:
    if not bad:
        return ()
    named = " ".join(bad[:_NAMED])
    rest = f" And {len(bad) - _NAMED:,} more." if len(bad) > _NAMED else ""
    return (f"{len(bad):,} of {count:,} pictures are left out. {named}{rest}",)


def _statistics(pictures: MemoryPictures) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel on a scale of 0 to 1. Shape: (C,), (C,)."""
    total = squares = torch.zeros(pictures.images.shape[1], dtype=torch.int64)
    count = 0
    for images in _pieces(pictures):
        values = images.long()
        total, squares = total + values.sum((0, 2, 3)), squares + (values * values).sum((0, 2, 3))
        count += images[:, 0].numel()
    mean = total.double() / count  # sums of whole numbers: exact in any order
    variance = squares.double() / count - mean**2
    std = variance.clamp_min(1.0).sqrt()  # pictures of one colour must not divide by zero
    return (mean / 255).float(), (std / 255).float()


def _digest(*parts: MemoryPictures) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(str((len(part.labels), *part.images.shape[1:])).encode())
        for images in _pieces(part):
            digest.update(images.numpy().data)
        digest.update(str(tuple(part.labels.shape)).encode())
        digest.update(part.labels.numpy().data)
    return digest.hexdigest()


def _pieces(pictures: MemoryPictures) -> Iterator[Tensor]:
    """The pictures in their order, a few at a time. Shape: (b, C, S, S) each."""
    for indices in torch.split(torch.arange(len(pictures.labels)), _CHUNK):
        yield pictures.take(indices)


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
