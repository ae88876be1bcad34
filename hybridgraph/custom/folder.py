"""The folder with a person's own block files, listed without running any of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import platformdirs

from hybridgraph.custom import agreements
from hybridgraph.custom.reading import read
from hybridgraph.errors import DocumentError

PLACE = "HYBRIDGRAPH_BLOCKS"
"""Environment variable that names another folder."""
MAX_BYTES = 1_000_000

State = Literal["agreed", "new", "changed", "broken"]
"""`new` was never agreed to, `changed` was with another content, `broken` cannot be used as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFile:
    """A file of the folder as it is now: its text, the ids of the blocks it declares, and what is wrong with it.

    `digest` is the SHA-256 of its bytes, `size` their number.
    """

    path: Path
    size: int
    digest: str
    text: str
    state: State
    blocks: tuple[str, ...] = ()
    fault: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name


def folder() -> Path:
    """Where a person's own blocks are; it need not exist."""
    named = os.environ.get(PLACE)
    return Path(named) if named else platformdirs.user_data_path("HybridGraph", appauthor=False) / "blocks"


def listed() -> tuple[BlockFile, ...]:
    """Every block file in the order of names; ids that two of them declare break the later one."""
    try:
        found = sorted(
            path for path in folder().glob("*.py") if path.is_file() and not path.name.startswith((".", "_"))
        )
    except OSError:
        return ()
    return tuple(_told_apart(map(_file, found)))


def find(name: str) -> BlockFile:
    """The file of that name, with or without `.py` or the path of the folder. Raises DocumentError."""
    wanted = Path(name).name.removesuffix(".py") + ".py"
    files = listed()
    for file in files:
        if file.name == wanted:
            return file
    there = f"There are {', '.join(file.name for file in files)}." if files else "It holds no block file."
    raise DocumentError(f"There is no {wanted} in the folder of your blocks, {folder()}.", there)


def _file(path: Path) -> BlockFile:
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        fault = f"{path.name} cannot be read ({error.strerror})."
        return BlockFile(path=path, size=0, digest="", text="", state="broken", fault=fault)
    digest = hashlib.sha256(data).hexdigest()
    try:
        if len(data) > MAX_BYTES:
            raise DocumentError(f"{path.name} is larger than {MAX_BYTES:,} bytes.", "Split it.")
        text = data.decode()
        blocks = read(text, path.name)
    except UnicodeDecodeError as error:
        fault, text, blocks = f"{path.name} is no UTF-8 text (byte {error.start:,}).", "", ()
    except DocumentError as error:
        fault, blocks, text = str(error), (), data[:MAX_BYTES].decode(errors="replace")
    else:
        fault = ""
    return BlockFile(
        path=path, size=len(data), digest=digest, text=text, blocks=blocks, fault=fault,
        state="broken" if fault else _state(path.name, digest),
    )  # fmt: skip


def _state(name: str, digest: str) -> State:
    agreed = agreements.read()
    if digest in agreed:
        return "agreed"
    return "changed" if name in agreed.values() else "new"


def _told_apart(files: Iterable[BlockFile]) -> Iterable[BlockFile]:
    """The files, each that declares an id of an earlier one broken."""
    owners: dict[str, str] = {}
    for file in files:
        twice = [(owners[one], one) for one in file.blocks if one in owners]
        for one in file.blocks:
            owners.setdefault(one, file.name)
        if twice:
            other, block = twice[0]
            fault = (
                f"{file.name} declares a block {block!r}, which {other} declares as well. Give it another id."
            )
            yield replace(file, state="broken", fault=fault)
        else:
            yield file
