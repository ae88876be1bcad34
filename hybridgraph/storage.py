"""The one way in which HybridGraph writes a file: the old version or the new one is on the disk, never half.

A temporary file in the same folder receives the bytes, is flushed to the disk and then takes the name of the
target; the folder is flushed last, so that the new name survives a power cut. A process killed on the way
leaves the old file and at most one temporary one, which `sweep` removes at the next start.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from hybridgraph.errors import DocumentError

_MARK = ".hgtmp"
_SPARE_BYTES = 64 * 1024
"""Room left on the disk beside the file itself: the folder entry and the file system's own book-keeping."""


def write_atomic(path: Path | str, content: bytes | str) -> None:
    """Write `content` (text as UTF-8) to `path`, all or nothing.

    Raises DocumentError that names the path and the reason; the file at `path` is then unchanged.
    """
    data = content.encode() if isinstance(content, str) else content
    with replacing(path, needed_bytes=len(data)) as temporary, temporary.open("wb") as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path | str, *, needed_bytes: int = 0) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; what is written there becomes `path` on leaving.

    A failure inside the block removes the temporary file and leaves `path` alone. `needed_bytes` is compared
    with the free space before anything is written. Raises DocumentError for every reason the disk may have.
    """
    target = Path(os.path.realpath(path))  # a link keeps pointing where it points
    temporary = target.with_name(f".{target.name[:80]}.{os.getpid()}-{secrets.token_hex(4)}{_MARK}")
    try:
        _check_space(target, needed_bytes)
        yield temporary
        _flush(temporary)
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
        _flush_folder(target.parent)
    except OSError as error:
        raise DocumentError(*_sentence(target, error, needed_bytes)) from error
    finally:
        with contextlib.suppress(OSError):  # after success it no longer exists; a dead disk cannot be swept
            temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Remove temporary files that killed writers left in `folder`; answers how many."""
    swept = 0
    for stray in folder.glob(f".*{_MARK}"):
        owner = stray.name.rsplit(".", 2)[-2].partition("-")[0]
        if owner.isdigit() and _is_alive(int(owner)):
            continue
        with contextlib.suppress(OSError):  # somebody else was faster, or the folder is read-only
            stray.unlink()
            swept += 1
    return swept


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return False  # Windows refuses to unlink an open file, which protects a living writer
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _check_space(target: Path, needed_bytes: int) -> None:
    if needed_bytes:
        free = shutil.disk_usage(target.parent).free
        if free < needed_bytes + _SPARE_BYTES:
            raise OSError(errno.ENOSPC, f"{free} bytes are free")


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows has no handle for a folder; NTFS journals the rename itself
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sentence(target: Path, error: OSError, needed_bytes: int) -> tuple[str, str]:
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        need = f"{needed_bytes:,} bytes are needed" if needed_bytes else "more room is needed"
        free = _free(target.parent)
        have = f" and {free:,} are free" if free is not None and error.errno == errno.ENOSPC else ""
        return (
            f"Cannot write {target}: the disk is full ({need}{have}).",
            "Free some space or choose another place.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Cannot write {target}: the folder or file is read-only.", "Choose another place."
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"Cannot write {target}: its folder does not exist.", "Choose another place."
    if error.errno == errno.EISDIR:
        return f"Cannot write {target}: there is a folder of this name.", "Choose another name."
    return f"Cannot write {target}: {error.strerror or error}.", "Choose another place."


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
