"""Pictures of a set in one tensor: mapped from the entry that an earlier training left, or decoded now.

An entry fits where every file has the name, size and times it had, a few files have the very bytes they had, and the
pixels have the digest that was noted when they were written. Anything else means decoding again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PIL
import torch
from torch import Tensor

from hybridgraph.data.cache import shelf
from hybridgraph.data.pictures import decode_blocks
from hybridgraph.errors import DataError

Progress = Callable[[int, int], None]
Blocks = Iterator[tuple[Tensor, list[str | None]]]

_VERSION = 1
"""Of the entries and of how pictures are decoded: a change of either makes the old ones useless."""
_SAMPLED = 32  # files whose bytes are compared
_SPARE = 256 * 2**20  # bytes of the disk that are left to others
_PIECE = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Pictures (N, C, S, S) uint8 in the order of their paths, black where one cannot be read.

    `faults` has a sentence for each of those, by its place. `note` says what a person should know of the keeping.
    """

    images: Tensor
    faults: dict[int, str]
    note: str = ""


def decoded(
    root: Path,
    paths: Sequence[Path],
    image_size: int,
    channels_in: int,
    *,
    is_strict: bool = False,
    on_progress: Progress | None = None,
) -> Decoded:
    """The pictures of these files below `root`, from the cache where they are in it, else decoded and kept.

    Where they cannot be kept, they are held in memory. Raises DataError for a picture of too many pixels and, if
    strict, for any that cannot be read. `on_progress(done, all)` may raise to end the work.
    """
    shape = (len(paths), channels_in, image_size, image_size)
    size = len(paths) * channels_in * image_size**2
    key = _key(root, paths, shape)
    found = _opened(shelf.folder() / key, root, paths, shape)
    if found is None:
        blocks = decode_blocks(paths, image_size, channels_in, is_strict=is_strict, on_progress=on_progress)
        reason = _no_room(size)
        if not reason:
            try:
                _keep(key, root, paths, shape, blocks)
                found = _opened(shelf.folder() / key, root, paths, shape)
                reason = "" if found is not None else "they changed while they were read"
            except _CannotKeepError as error:
                reason = str(error)
        if found is None:
            blocks = decode_blocks(
                paths, image_size, channels_in, is_strict=is_strict, on_progress=on_progress
            )
            found = _in_memory(
                shape, blocks, f"The decoded pictures are not kept for the next time: {reason}."
            )
    if is_strict and found.faults:
        raise DataError(next(iter(found.faults.values())))
    return found


def _no_room(size: int) -> str:
    """Why pictures of so many bytes cannot be kept; empty where they can."""
    most = shelf.limit()
    if size > most:
        return f"they take {size / 1e6:,.1f} MB and {most / 1e6:,.1f} MB are allowed"
    try:
        shelf.folder().mkdir(parents=True, exist_ok=True)
        shelf.sweep()
        free = shutil.disk_usage(shelf.folder()).free
    except OSError as error:
        return error.strerror or str(error)
    if free < size + _SPARE:
        return f"they take {size / 1e6:,.1f} MB and {free / 1e6:,.1f} MB of the disk are free"
    return ""


def _keep(key: str, root: Path, paths: Sequence[Path], shape: tuple[int, ...], blocks: Blocks) -> None:
    """Write an entry. Raises _CannotKeepError where the disk refuses."""
    place, final = shelf.unfinished(key), shelf.folder() / key
    digest = hashlib.sha256()
    faults: dict[str, str] = {}
    done = 0
    try:
        with _disk():
            place.mkdir()
        for images, said in blocks:
            data = images.numpy().data.cast("B")
            digest.update(data)
            with _disk(), (place / shelf.PIXELS).open("ab") as file:
                file.write(data)
            faults |= {str(done + at): fault for at, fault in enumerate(said) if fault is not None}
            done += len(images)
        about = {
            "version": _VERSION,
            "root": str(root),
            "shape": list(shape),
            "digest": digest.hexdigest(),
            "sampled": _sampled(root, paths),
            "faults": faults,
        }
        with _disk():
            with (place / shelf.PIXELS).open("rb+") as file:
                os.fsync(file.fileno())
            (place / shelf.ABOUT).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
            shelf.make_room((place / shelf.PIXELS).stat().st_size)
            try:
                place.rename(final)
            except OSError:
                if not final.exists():
                    raise
                # of a process that was faster, which may be reading it by now; or damaged
                if _opened(final, root, paths, shape) is None:
                    shelf.remove(final)
                    place.rename(final)
    finally:
        shutil.rmtree(place, ignore_errors=True)


class _CannotKeepError(Exception):
    """The disk refused to keep an entry."""


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _CannotKeepError(error.strerror or str(error)) from error


def _opened(place: Path, root: Path, paths: Sequence[Path], shape: tuple[int, ...]) -> Decoded | None:
    """The pictures of an entry; None where there is none, or it is damaged or out of date."""
    about = shelf.read_about(place)
    if about.get("version") != _VERSION or about.get("shape") != list(shape):
        return None
    size = torch.Size(shape).numel()
    try:
        if (place / shelf.PIXELS).stat().st_size != size:
            return None
        # mapped and not read; what is written to it would stay with this process
        flat = torch.from_file(str(place / shelf.PIXELS), shared=False, size=size, dtype=torch.uint8)
        if about.get("sampled") != _sampled(root, paths) or about.get("digest") != _digest(flat):
            return None
    except (OSError, RuntimeError):
        return None
    faults = _faults(about, len(paths))
    if faults is None:
        return None
    shelf.touch(place)
    return Decoded(images=flat.view(shape), faults=faults)


def _in_memory(shape: tuple[int, ...], blocks: Blocks, note: str) -> Decoded:
    images, done = torch.empty(shape, dtype=torch.uint8), 0
    faults: dict[int, str] = {}
    for block, said in blocks:
        images[done : done + len(block)] = block
        faults |= {done + at: fault for at, fault in enumerate(said) if fault is not None}
        done += len(block)
    return Decoded(images=images, faults=faults, note=note)


def _key(root: Path, paths: Sequence[Path], shape: tuple[int, ...]) -> str:
    """A name that is another as soon as a file, its size or its times are, or the pictures are wanted otherwise."""
    digest = hashlib.blake2b(f"{_VERSION} {PIL.__version__} {shape}\n".encode(), digest_size=16)
    for path in paths:
        try:
            told = path.stat()
            times = f"{told.st_size} {told.st_mtime_ns} {told.st_ctime_ns}"
        except OSError as error:
            times = f"error {error.errno}"  # decoding says it in a sentence
        digest.update(f"{_name(root, path)}\0{times}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _name(root: Path, path: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _sampled(root: Path, paths: Sequence[Path]) -> dict[str, str]:
    """The digests of a few files, evenly over all of them."""
    found = {}
    for place in sorted({index * len(paths) // _SAMPLED for index in range(_SAMPLED)}):
        try:
            content = hashlib.blake2b(paths[place].read_bytes(), digest_size=16).hexdigest()
        except OSError:
            content = ""
        found[_name(root, paths[place]).encode(errors="backslashreplace").decode()] = content
    return found


def _digest(flat: Tensor) -> str:
    digest = hashlib.sha256()  # in hardware on most processors: three times as fast as others
    for start in range(0, len(flat), _PIECE):
        digest.update(flat[start : start + _PIECE].numpy().data)
    return digest.hexdigest()


def _faults(about: dict[str, Any], count: int) -> dict[int, str] | None:
    told = about.get("faults")
    if not isinstance(told, dict) or not all(
        at.isdecimal() and int(at) < count and isinstance(fault, str) for at, fault in told.items()
    ):
        return None
    return {int(at): fault for at, fault in told.items()}
