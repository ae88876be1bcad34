"""Deleting runs: whole or not at all, and never one at work.

The folder first gets a name that no list of runs shows, in one step; then its files go. A process killed on the way
leaves a folder of that name, which `sweep_deleted` takes away when the runs are next looked through.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from hybridgraph.errors import RunError
from hybridgraph.jobs import JOB_FILE
from hybridgraph.runs.lock import hold, holder

_MARK = ".hgdeleted"
_BLOCK = 512  # bytes that st_blocks counts in
_PARTS = ("graph.hybrid.json", "model.py", "checkpoints", "events.jsonl")


def size_of_run(folder: Path) -> int:
    """The bytes that a folder takes on the disk: what deleting it frees. Files that also lie elsewhere count nothing."""
    total = 0
    pending = [folder]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(Path(entry.path))
                    stat = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False) or stat.st_nlink < 2:
                        total += _allocated(stat)
        except OSError:  # deleted or replaced while it was counted
            continue
    with contextlib.suppress(OSError):
        total += _allocated(folder.stat())
    return total


def delete_run(folder: Path) -> int:
    """Delete the folder of a run; answers the bytes freed. Raises RunError, and then nothing was deleted.

    Refused are a run at work, a link, and a folder that this program did not make.
    """
    if folder.is_symlink():
        raise RunError(
            f"{folder} is a link to {folder.resolve()}.",
            "Delete the run there, or the link in a file manager.",
        )
    if not (folder / JOB_FILE).is_file():
        raise RunError(f"{folder} is no run folder, so it is not deleted.")
    if b"hybridgraph-job" not in _head(folder / JOB_FILE) and not any(
        (folder / part).exists() for part in _PARTS
    ):
        raise RunError(f"{folder} was not made by HybridGraph, so it is not deleted.", "Use a file manager.")
    if holder(folder) is not None:
        raise RunError(f"The run {folder} is running.", "Stop it before deleting it.")
    freed = size_of_run(folder)
    grave = folder.with_name(f".{folder.name[:80]}.{secrets.token_hex(4)}{_MARK}")
    try:
        # held, so that no process begins in between; Windows renames no folder with an open file in it
        with contextlib.nullcontext() if os.name == "nt" else hold(folder):
            folder.rename(grave)
    except OSError as error:
        raise RunError(f"Cannot delete {folder}: {error.strerror or error}.") from error
    try:
        shutil.rmtree(grave)
    except OSError as error:
        left = size_of_run(grave)
        raise RunError(
            f"The run {folder.name} is deleted, but {left:,} of {freed:,} bytes stay in {grave}: {error.strerror or error}.",
            "Delete that folder in a file manager.",
        ) from error
    return freed


def sweep_deleted(root: Path) -> None:
    """Take away what deletions that were killed left below a root."""
    for grave in root.glob(f".*{_MARK}"):
        shutil.rmtree(grave, ignore_errors=True)  # somebody else may be at it, or it is not ours to delete


def _allocated(stat: os.stat_result) -> int:
    blocks = getattr(stat, "st_blocks", None)  # Windows does not say
    return int(stat.st_size) if blocks is None else int(blocks) * _BLOCK


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError:
        return b""
