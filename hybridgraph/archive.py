"""Zip archives: written so that equal content gives equal bytes, and read as the hostile input they may be.

Whoever made an archive may want its reader to write elsewhere (`../`, absolute names, links), to fill the disk or the memory
(bombs), or to take one member for another (names that stand twice). All of that is refused before a byte is unpacked, with
one sentence each; nothing is ever written under a name that an archive chooses without its having been checked.
"""

from __future__ import annotations

import hashlib
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hybridgraph.digests import size_of
from hybridgraph.errors import DocumentError
from hybridgraph.storage import replacing

MOST_MEMBERS = 200_000
MOST_BYTES = 2 * 2**30
MOST_RATIO = 200
"""How many times larger than packed a member of more than `_SMALL` may be; text of this program reaches about 30."""
_SMALL = 2**20
_LONGEST = 400  # letters of a name
_CHUNK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time a zip can tell
_MODE = 0o644 << 16
_PACKED = frozenset((".gz", ".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".safetensors"))
_DRIVE = re.compile(r"[A-Za-z]:")
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
"""What Python's reader lets out on damaged bytes."""


def write_archive(path: Path, members: Mapping[str, bytes | Path]) -> None:
    """Write a zip of bytes and files by name, in the order of the names, whole or not at all. Raises DocumentError."""
    needed = sum(map(size_of, members.values()))
    with (
        replacing(path, needed_bytes=needed) as temporary,
        zipfile.ZipFile(temporary, "w", strict_timestamps=False) as archive,
    ):
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = _MODE
            is_packed = Path(name).suffix.lower() in _PACKED
            info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            content = members[name]
            with archive.open(info, "w", force_zip64=not isinstance(content, bytes)) as target:
                for piece in _pieces(content):
                    target.write(piece)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive whose names and sizes were found harmless. Every method raises DocumentError for damaged content."""

    path: Path
    _zip: zipfile.ZipFile
    _members: Mapping[str, zipfile.ZipInfo]

    @property
    def names(self) -> tuple[str, ...]:
        """Its files, without folders."""
        return tuple(self._members)

    def size(self, name: str) -> int:
        """The bytes of a file once unpacked."""
        return self._members[name].file_size

    def read(self, name: str, most: int) -> bytes:
        """The bytes of a file of at most so many."""
        if self.size(name) > most:
            raise DocumentError(
                f"In {self.path}, {name} has {self.size(name):,} bytes, more than the {most:,} it may have."
            )
        return b"".join(self._unpacked(name))

    def digest(self, name: str) -> str:
        """The SHA-256 of a file."""
        digest = hashlib.sha256()
        for piece in self._unpacked(name):
            digest.update(piece)
        return digest.hexdigest()

    def unpack(self, name: str, folder: Path, target: str) -> None:
        """Write a file to `target`, a name with slashes below `folder`, which is made where it is missing."""
        path = folder / target
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DocumentError(
                f"Cannot make the folder {path.parent}: {error.strerror or error}."
            ) from error
        with replacing(path, needed_bytes=self.size(name)) as temporary, temporary.open("wb") as file:
            for piece in self._unpacked(name):
                file.write(piece)

    def _unpacked(self, name: str) -> Iterator[bytes]:
        info, got = self._members[name], 0
        try:
            with self._zip.open(info) as file:
                for piece in _read(file):
                    got += len(piece)
                    if got > info.file_size:
                        raise zipfile.BadZipFile("it unpacks to more than it says")
                    yield piece
            if got < info.file_size:
                raise zipfile.BadZipFile("it ends too early")
        except _FAULTS as error:
            raise DocumentError(
                f"In {self.path}, {name} is damaged: {str(error).rstrip('.') or type(error).__name__}.",
                "Copy or make the archive again.",
            ) from error
        except OSError as error:
            raise DocumentError(f"Cannot read {self.path}: {error.strerror or error}.") from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a zip to read. Raises DocumentError for everything that makes it dangerous or no zip."""
    try:
        archive = zipfile.ZipFile(path)
    except _FAULTS as error:
        raise DocumentError(
            f"{path} is no zip archive, or a damaged one: {str(error).rstrip('.').lower()}.",
            "Copy or make it again.",
        ) from error
    except OSError as error:
        raise DocumentError(
            f"The archive {path} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from error
    with archive:
        yield Archive(path, archive, _checked(path, archive.infolist()))


def fault_of_name(name: str) -> str:
    """What makes a name dangerous to write under; empty where nothing does."""
    if len(name) > _LONGEST:
        return f"is longer than {_LONGEST} letters"
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        return "holds letters that no file can have"
    if "\\" in name:
        return "holds a backslash"
    if name.startswith("/") or _DRIVE.match(name):
        return "leads to a place of its own on the disk"
    if ".." in name.split("/"):
        return "leads out of the folder"
    if any(part in ("", ".") for part in name.split("/")):
        return "has a part without a name"
    return ""


def _checked(path: Path, infos: list[zipfile.ZipInfo]) -> Mapping[str, zipfile.ZipInfo]:
    """The files by name. Raises DocumentError for the first that is dangerous."""
    if len(infos) > MOST_MEMBERS:
        raise DocumentError(
            f"{path} holds {len(infos):,} files, more than the {MOST_MEMBERS:,} that are read."
        )
    members: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    total = 0
    for info in infos:
        name = info.orig_filename.removesuffix("/") if info.is_dir() else info.orig_filename
        shown = repr(name[:80])
        if fault := fault_of_name(name):
            raise DocumentError(
                f"{path} is refused: the name {shown} in it {fault}.", "Nothing was unpacked."
            )
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            what = "a link" if kind == stat.S_IFLNK else "no plain file"
            raise DocumentError(f"{path} is refused: {shown} in it is {what}.", "Nothing was unpacked.")
        key = unicodedata.normalize("NFC", name).casefold()
        if key in seen:
            raise DocumentError(f"{path} is refused: {shown} stands twice in it.", "Nothing was unpacked.")
        seen.add(key)
        if info.is_dir():
            continue
        total += _weighed(path, info, shown)
        if total > MOST_BYTES:
            raise DocumentError(
                f"{path} is refused: it unpacks to more than {MOST_BYTES:,} bytes.", "Nothing was unpacked."
            )
        members[name] = info
    return members


def _weighed(path: Path, info: zipfile.ZipInfo, shown: str) -> int:
    """The unpacked size of a member whose packing is of a kind and strength that is read."""
    if info.flag_bits & 0x1:
        raise DocumentError(f"{path} is refused: {shown} in it is encrypted.", "Pack it without a password.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DocumentError(
            f"{path} is refused: {shown} in it is packed in a way that is not read.", "Use deflate."
        )
    if info.file_size > _SMALL and info.file_size > MOST_RATIO * max(info.compress_size, 1):
        raise DocumentError(
            f"{path} is refused: {shown} in it unpacks from {info.compress_size:,} to {info.file_size:,} bytes, more than "
            f"{MOST_RATIO} times its size.",
            "Nothing was unpacked.",
        )
    return info.file_size


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    try:
        with content.open("rb") as file:
            yield from _read(file)
    except OSError as error:
        raise DocumentError(f"Cannot read {content}: {error.strerror or error}.") from error


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_CHUNK):
        yield piece
