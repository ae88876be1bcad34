"""Which files a data set consists of, for whoever takes it along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hybridgraph.data.sources import FileSet, read
from hybridgraph.errors import RunError
from hybridgraph.jobs import split_data

_FILES = (".parquet", ".json")
"""Endings of sets that are one file, which are named by it and not by its folder."""


def packed_files(spec: str, seed: int, classes: tuple[str, ...]) -> Mapping[str, bytes | Path]:
    """The files of the data by their names below its folder; that of a table or another file is the one it lies in.

    Pictures that lie within tables are not named besides. An idx set takes the names of its `classes` along, which
    may have come from the name of its folder. Raises DataError, RunError for the bundled sample, which every installation has, and for pictures outside the folder.
    """
    kind, path = split_data(spec)
    if path is None:
        raise RunError("The bundled sample needs no packing.", "Every installation has it.")
    found = read(spec, seed)
    base = found.root.parent if found.root.is_file() else found.root
    pictures: tuple[Path, ...] = ()
    if isinstance(found, FileSet) and found.home is None:
        pictures = (*found.train.paths, *found.val.paths)
    packed: dict[str, bytes | Path] = {}
    for file in (*found.files, *pictures):
        if not file.is_relative_to(base) or ".." in file.relative_to(base).parts:
            raise RunError(
                f"The picture {file} lies outside {base}, so the data cannot be packed.",
                "Put the pictures beside the table.",
            )
        packed[file.relative_to(base).as_posix()] = file
    if kind == "idx":
        packed["classes.json"] = json.dumps(list(classes), ensure_ascii=False).encode()
    return packed


def unpacked(spec: str, folder: Path) -> str:
    """The name of the same data where its packed files lie in `folder`."""
    kind, path = split_data(spec)
    if path is None:
        return spec
    is_file = kind == "table" or Path(path.name.partition("#")[0]).suffix.lower() in _FILES
    columns = path.name.partition("#")[1:] if kind == "hf" and not is_file else ()
    return f"{kind}:{folder / path.name if is_file else folder}{''.join(columns)}"
