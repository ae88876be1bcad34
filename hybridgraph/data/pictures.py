"""Labelled pictures as batches of bytes: small sets wait in memory, large ones are decoded by workers."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hybridgraph.data.decoding import UnreadablePictureError, read_picture
from hybridgraph.data.workers import Fault, Pool, how_many
from hybridgraph.errors import DataError

AT_ONCE = 3 * 2**19
"""Values of pictures that are worked on at once: enough to make the calls cheap, few enough for a processor's caches."""
_BLOCK = 256
_MOVED = 4096  # pictures that go to a device at once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """The pictures of a few batches that follow one another: what is done to each by itself is done to all at once.

    Shapes as in `Batch`.
    """

    images: Tensor
    indices: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pictures (B, C, S, S) uint8, their labels (B,) int64 and their indices in the set (B,) int64 on the CPU.

    `unreadable` names pictures that were left out. Where the batch was cut from a larger `block`, it stands there
    from `start` on.
    """

    images: Tensor
    labels: Tensor
    indices: Tensor
    unreadable: tuple[str, ...] = ()
    block: Block | None = None
    start: int = 0


class _Taken(Protocol):
    """Pictures of which any few can be taken at once."""

    @property
    def labels(self) -> Tensor:
        """The label of every picture, (N,) int64 on the processor."""

    def take(self, indices: Tensor) -> Tensor:
        """The pictures at these places. Shape: (B,) int64 on the processor -> (B, C, S, S) uint8."""


def in_blocks(pictures: _Taken, order: Tensor, batch: int, values: int) -> Iterator[Batch]:
    """Yield the pictures at `order` in batches, several taken at once where one picture has few `values`."""
    many = max(1, AT_ONCE // (batch * values))
    for together in torch.split(order, batch * many):
        images = pictures.take(together)
        labels = pictures.labels[together].to(images.device)
        block = Block(images=images, indices=together) if len(together) > batch else None
        for start in range(0, len(together), batch):
            at = slice(start, start + batch)
            yield Batch(images=images[at], labels=labels[at], indices=together[at], block=block, start=start)


class Pictures(Protocol):
    """A set of labelled pictures that can be walked in any order."""

    @property
    def labels(self) -> Tensor:
        """The label of every picture, (N,) int64 on the processor."""

    def batches(self, order: Tensor, batch: int) -> Iterator[Batch]:
        """Yield the pictures at `order` in batches; the last one may be smaller."""

    def to(self, device: torch.device) -> "Pictures":
        """The same pictures, nearer to the device where that pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPictures:
    """All pictures in one tensor, (N, C, S, S) uint8, which may be mapped from a file.

    Where the set is a part of them, `rows` says which, (M,) int64; labels are those of the part.
    """

    images: Tensor
    labels: Tensor
    rows: Tensor | None = None

    def take(self, indices: Tensor) -> Tensor:
        """The pictures at these places of the set. Shape: (B,) int64 on the processor -> (B, C, S, S) uint8."""
        rows = indices if self.rows is None else self.rows[indices]
        # far faster than images[rows] for short rows
        return self.images.index_select(0, rows.to(self.images.device))

    def batches(self, order: Tensor, batch: int) -> Iterator[Batch]:
        """Yield the pictures at `order` in batches, on the device that holds them."""
        return in_blocks(self, order, batch, self.images[0].numel())

    def to(self, device: torch.device) -> "MemoryPictures":
        """Move the set to a CUDA device of which it takes less than a quarter; else leave it here."""
        count = len(self.labels) * self.images[0].numel()
        if device.type != "cuda" or count * 4 >= torch.cuda.mem_get_info(device)[0]:
            return self
        there = torch.empty(len(self.labels), *self.images.shape[1:], dtype=torch.uint8, device=device)
        for indices in torch.split(torch.arange(len(self.labels)), _MOVED):
            there[indices[0] : indices[-1] + 1] = self.take(indices).to(device)
        return MemoryPictures(images=there, labels=self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePictures:
    """Pictures that stay on the disk and are decoded by worker processes when they are needed."""

    paths: Sequence[Path]
    labels: Tensor
    image_size: int
    channels_in: int
    workers: int = field(default_factory=how_many)
    is_strict: bool = False

    def batches(self, order: Tensor, batch: int) -> Iterator[Batch]:
        """Yield the pictures at `order` in batches, the same whatever the number of workers.

        Raises DataError when a worker dies or is silent, when the pictures have gone, for one of too many pixels, and
        for one that cannot be read, if strict or where none of its batch can be.
        """
        every = torch.split(order, batch)
        asked = [[self.paths[index] for index in indices.tolist()] for indices in every]
        with Pool(self.image_size, self.channels_in, self.workers) as pool:
            for indices, paths, piece in zip(every, asked, pool.decode(asked), strict=True):
                bad = {fault.place for fault in piece.faults}
                for fault in piece.faults:
                    path = paths[fault.place]
                    # pictures can go in the midst of a batch, whose others were read before
                    is_over = len(bad) == len(indices) or not fault.is_unreadable or _has_gone(path)
                    if self.is_strict or is_over:
                        raise self._ended(path, fault)
                images, kept = torch.from_numpy(piece.images), indices
                if bad:
                    good = torch.tensor([place for place in range(len(indices)) if place not in bad])
                    images, kept = images[good], indices[good]
                said = tuple(fault.message for fault in piece.faults)
                yield Batch(images=images, labels=self.labels[kept], indices=kept, unreadable=said)

    def _ended(self, path: Path, fault: Fault) -> DataError:
        if fault.is_unreadable and _has_gone(path):
            return DataError(
                f"The pictures have gone: the folder {path.parent} is no longer there.",
                "Put it back, or plug its disk in, then resume.",
            )
        return UnreadablePictureError(fault.message) if fault.is_unreadable else DataError(fault.message)

    def to(self, device: torch.device) -> "FilePictures":  # noqa: ARG002  part of the protocol
        """Stay where they are."""
        return self


def _has_gone(path: Path) -> bool:
    """Whether not the picture alone but its whole folder is missing."""
    return not path.parent.is_dir()


def decode_blocks(
    paths: Sequence[Path],
    image_size: int,
    channels_in: int,
    *,
    is_strict: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[Tensor, list[str | None]]]:
    """Decode pictures block by block: the pictures, black where one cannot be read, and a sentence for each such.

    Shape: (b, C, S, S) uint8. Raises DataError for a picture of too many pixels and, if strict, for any that cannot
    be read. `on_progress(done, all)` may raise to end the work.
    """

    def decode(path: Path) -> NDArray[np.uint8] | str:
        try:
            return read_picture(path, image_size, channels_in)
        except UnreadablePictureError as error:
            if is_strict:
                raise
            return error.message

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # Pillow decodes outside Python's lock
        for start in range(0, len(paths), _BLOCK):
            part = paths[start : start + _BLOCK]
            images = torch.zeros(len(part), channels_in, image_size, image_size, dtype=torch.uint8)
            faults: list[str | None] = [None] * len(part)
            for place, found in enumerate(pool.map(decode, part)):
                if isinstance(found, str):
                    faults[place] = found
                else:
                    images[place] = torch.from_numpy(found)
            yield images, faults
            if on_progress is not None:
                on_progress(start + len(part), len(paths))
