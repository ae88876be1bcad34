"""The folder of decoded and unpacked pictures: its entries, its size and its limit.

An entry is a folder with `about.json` and either the file `pixels` or pictures as they are. It is built under another name and renamed when it is
whole, and renamed away before it is deleted, so that nobody ever meets half of one. Whoever has the pixels mapped
keeps them although the entry is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from hybridgraph.errors import DataError, DocumentError
from hybridgraph.storage import write_atomic

PIXELS, ABOUT = "pixels", "about.json"
DEFAULT_LIMIT = 20 * 2**30
"""Bytes of all entries together, unless a person says otherwise."""
_PLACE = "HYBRIDGRAPH_CACHE"
_LIMIT_FILE = "limit.json"
_UNFINISHED = ".part"
_FORGOTTEN_S = 7 * 86_400
_MAX_ABOUT = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A set of decoded or unpacked pictures. `bytes` is what it takes on the disk, `used` when it was used last, in Unix time.

    `about` is what the entry says of itself; nothing where that cannot be read.
    """

    path: Path
    bytes: int
    used: float
    about: dict[str, Any]

    @property
    def name(self) -> str:
        """Where the pictures came from."""
        return str(self.about.get("root", "unknown"))


def folder() -> Path:
    """Where decoded pictures are kept; the variable HYBRIDGRAPH_CACHE names another place."""
    named = os.environ.get(_PLACE)
    own = platformdirs.user_cache_path("HybridGraph", appauthor=False)
    return (Path(named).expanduser() if named else own) / "pictures"


def limit() -> int:
    """How many bytes the entries may take together; 0 keeps none."""
    try:
        value = json.loads((folder() / _LIMIT_FILE).read_text(encoding="utf-8"))["bytes"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return DEFAULT_LIMIT  # nobody said, or the file is damaged: the next word of a person mends it
    return value if type(value) is int and value >= 0 else DEFAULT_LIMIT


def set_limit(size: int) -> None:
    """Say how many bytes the entries may take together; those used longest ago go at once. Raises DataError."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        write_atomic(folder() / _LIMIT_FILE, json.dumps({"bytes": size}) + "\n")
    except (OSError, DocumentError) as error:
        raise DataError(f"The limit of {folder()} cannot be kept: {_reason(error)}.") from error
    make_room(0)


def entries() -> list[Entry]:
    """All entries, the one used last first."""
    try:
        places = [place for place in folder().iterdir() if place.is_dir() and not place.name.startswith(".")]
    except OSError:
        return []
    found = []
    for place in places:
        with contextlib.suppress(OSError):  # it went while it was looked at
            used = (place / ABOUT).stat().st_mtime if (place / ABOUT).exists() else 0.0
            size = sum(file.stat().st_size for file in files(place))
            found.append(Entry(path=place, bytes=size, used=used, about=read_about(place)))
    return sorted(found, key=lambda entry: entry.used, reverse=True)


def files(place: Path) -> Iterator[os.DirEntry[str]]:
    """The files of an entry, in all its folders."""
    with os.scandir(place) as below:
        for entry in below:
            if entry.is_dir(follow_symlinks=False):
                yield from files(Path(entry.path))
            else:
                yield entry


def read_about(place: Path) -> dict[str, Any]:
    """What an entry says of itself; nothing where it says nothing that can be read."""
    try:
        if (place / ABOUT).stat().st_size > _MAX_ABOUT:
            return {}
        content = json.loads((place / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def touch(place: Path) -> None:
    """Note that an entry is used now."""
    with contextlib.suppress(OSError):  # on a read-only disk all stay as they are
        os.utime(place / ABOUT)


def clear() -> int:
    """Delete all entries and what killed processes left; answers how many bytes went."""
    gone = 0
    for entry in entries():
        if remove(entry.path):
            gone += entry.bytes
    sweep()
    return gone


def make_room(needed: int) -> None:
    """Delete what was used longest ago until `needed` bytes more stay within the limit."""
    kept, most = 0, limit() - needed
    for entry in entries():
        kept += entry.bytes
        if kept > most:
            remove(entry.path)
            kept -= entry.bytes


def remove(place: Path) -> bool:
    """Delete an entry; answers whether it is gone."""
    doomed = unfinished(place.name)
    try:
        place.rename(doomed)
    except OSError:
        return False  # another process was faster, or the system keeps what is in use
    shutil.rmtree(doomed, ignore_errors=True)
    return True


def unfinished(key: str) -> Path:
    """A new name beside an entry that is being built or deleted, which says whose it is."""
    return folder() / f".{key}.{_host()}.{os.getpid()}.{secrets.token_hex(4)}{_UNFINISHED}"


def sweep() -> None:
    """Delete what killed processes of this machine left unfinished, and everything forgotten for a week."""
    for place in _left():
        with contextlib.suppress(OSError):
            if _is_abandoned(place):
                shutil.rmtree(place, ignore_errors=True)


def _left() -> Iterator[Path]:
    try:
        yield from [place for place in folder().iterdir() if place.name.endswith(_UNFINISHED)]
    except OSError:
        return


def _is_abandoned(place: Path) -> bool:
    import psutil

    match place.name.split("."):
        case [_, _, host, pid, *_] if host == _host() and pid.isdigit() and not psutil.pid_exists(int(pid)):
            return True
    return time.time() - place.stat().st_mtime > _FORGOTTEN_S


def _host() -> str:
    return re.sub(r"\W", "-", platform.node())[:40] or "here"


def _reason(error: OSError | DocumentError) -> str:
    return error.message.rstrip(".") if isinstance(error, DocumentError) else (error.strerror or str(error))
