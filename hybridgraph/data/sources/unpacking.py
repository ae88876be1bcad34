"""Pictures that lie within tables, written out once as files of their own, byte by byte as they are."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from hybridgraph.data.cache import shelf
from hybridgraph.errors import DataError

Member = bytes | Path
"""A picture's bytes, or the file that has them."""

_VERSION = 1
_STARTS = {
    b"\x89PNG": ".png",
    b"\xff\xd8": ".jpg",
    b"GIF8": ".gif",
    b"BM": ".bmp",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
    b"RIFF": ".webp",
}
_IN_FOLDER = 1000  # files: folders of more are slow to list


def unpacked(
    place: Path,
    files: Sequence[Path],
    counts: Mapping[str, int],
    members: Callable[[], Iterator[tuple[str, Member]]],
) -> tuple[Path, dict[str, list[Path]]]:
    """The folder and the files of all pictures by part, in their order, from the cache where they are whole in it.

    `files` are the tables, whose names, sizes and times say whether anything has changed; without any, the pictures
    are unpacked anew. `counts` is how many each part has. Raises DataError where there is no room for them.
    """
    key = _key(place, files, counts)
    home = shelf.folder() / key
    found = _listed(home, counts) if files else None
    if found is None:
        try:
            _unpack(home, place, counts, members())
        except OSError as error:
            raise DataError(
                f"The pictures of {place} cannot be unpacked into {shelf.folder()}: {error.strerror or error}.",
                "Make room there, or name another place in HYBRIDGRAPH_CACHE.",
            ) from error
        found = _listed(home, counts)
    if found is None:
        raise DataError(f"The pictures of {place} changed while they were unpacked.", "Try again.")
    shelf.touch(home)
    return home, found


def _key(place: Path, files: Sequence[Path], counts: Mapping[str, int]) -> str:
    digest = hashlib.blake2b(
        f"unpacked {_VERSION} {place} {sorted(counts.items())}\n".encode(), digest_size=16
    )
    for file in files:
        told = file.stat()
        digest.update(f"{file}\0{told.st_size} {told.st_mtime_ns} {told.st_ctime_ns}\n".encode())
    return digest.hexdigest()


def _unpack(
    home: Path, place: Path, counts: Mapping[str, int], members: Iterator[tuple[str, Member]]
) -> None:
    """Write an entry. Raises OSError where the disk refuses, DataError where the limit does."""
    shelf.folder().mkdir(parents=True, exist_ok=True)
    shelf.sweep()
    most = shelf.limit()
    building = shelf.unfinished(home.name)
    written, done = 0, dict.fromkeys(counts, 0)
    sizes: dict[str, int] = {}
    try:
        for word, member in members:
            data = member if isinstance(member, bytes) else _content(member)
            written += len(data)
            if written > most:
                raise DataError(
                    f"The pictures of {place} take more than the {most / 1e6:,.1f} MB that may be unpacked.",
                    "Allow more with hybridgraph cache --limit SIZE.",
                )
            name = f"{_folder(counts, word, done[word])}/{done[word]:08d}{_ending(data)}"
            done[word] += 1
            sizes[name] = len(data)
            (building / name).parent.mkdir(parents=True, exist_ok=True)
            (building / name).write_bytes(data)
        building.mkdir(exist_ok=True)
        about = {"version": _VERSION, "root": str(place), "unpacked": sizes}
        (building / shelf.ABOUT).write_text(json.dumps(about), encoding="utf-8")
        shelf.make_room(written)
        if home.exists():
            shelf.remove(home)
        try:
            building.rename(home)
        except OSError:
            if not home.exists():
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # told as a picture that cannot be read


def _folder(counts: Mapping[str, int], word: str, number: int) -> str:
    return f"{list(counts).index(word)}/{number // _IN_FOLDER:05d}"


def _ending(data: bytes) -> str:
    return next((ending for start, ending in _STARTS.items() if data.startswith(start)), ".bin")


def _listed(home: Path, counts: Mapping[str, int]) -> dict[str, list[Path]] | None:
    """The files of an entry by part; None where it is not whole."""
    about = shelf.read_about(home)
    told = about.get("unpacked")
    if about.get("version") != _VERSION or not isinstance(told, dict):
        return None
    there = {
        os.path.relpath(entry.path, home).replace(os.sep, "/"): entry.stat().st_size
        for entry in shelf.files(home)
    }
    there.pop(shelf.ABOUT, None)
    if there != told:
        return None
    names = iter(told)
    found = {word: [home / name for name in _first(names, count)] for word, count in counts.items()}
    return found if sum(map(len, found.values())) == len(told) == sum(counts.values()) else None


def _first(names: Iterator[str], count: int) -> list[str]:
    return [name for _, name in zip(range(count), names, strict=False)]
