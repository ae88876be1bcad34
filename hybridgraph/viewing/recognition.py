"""What a file or folder is as a source of pictures, told by names alone; nothing is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hybridgraph.data.decoding import SUFFIXES
from hybridgraph.data.sources.splitting import TRAINING, VALIDATION
from hybridgraph.errors import DataError
from hybridgraph.jobs import DataKind

_PARQUET = (".parquet", ".pq")
_TABLES = (".csv", ".tsv", *_PARQUET)
_HF = {"dataset_dict.json", "dataset_info.json"}
_COCO = re.compile(r"instances_\w+\.json|_annotations\.coco\.json|annotations?\.json", re.IGNORECASE)
_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_IDX = re.compile(r"(train|t10k|test|emnist)\S*-?(images|labels)\S*idx\d|idx[13]-ubyte", re.IGNORECASE)
_CIFAR = re.compile(r"data_batch_\d(\.bin)?|test_batch(\.bin)?|batches\.meta(\.txt)?|fine_label_names\.txt")
_DEPTH = 3
_LOOKED_AT = 2000  # entries of a folder; a reader looks at all of them


def recognise(path: Path) -> tuple[str, ...]:
    """The names (`kind:path`) under which this may be read as pictures, the likeliest first.

    Raises DataError with what to do instead for what is no set of pictures by its name.
    """
    if path.is_file():
        return _of_file(path)
    if not path.is_dir():
        raise DataError(f"{path} is neither a file nor a folder.", "It may have been moved or renamed.")
    for folder in _unwrapped(path):
        found = tuple(_of_folder(folder))
        if found:
            return found
    return (f"folder:{path}",)  # its reader says best what is wrong with it


def read_as(kind: DataKind, path: Path) -> str:
    """The name under which a person asks for this to be read, whatever it looks like. Raises DataError."""
    if kind == "table":
        if path.is_file():
            return f"table:{path}"
        tables = sorted(entry for entry in path.iterdir() if entry.suffix.lower() in _TABLES)
        if not tables:
            raise DataError(f"There is no table in {path}.", f"A table ends in {', '.join(_TABLES)}.")
        return f"table:{tables[0]}"
    if kind == "sample":
        return kind
    is_whole = (
        kind in ("hf", "coco") or path.is_dir()
    )  # one file may be the set; of the others, each is a part
    return f"{kind}:{path if is_whole else path.parent}"


def is_picture(path: Path) -> bool:
    """Whether a file is a picture by its name."""
    return path.suffix.lower() in SUFFIXES


def _of_file(path: Path) -> tuple[str, ...]:
    suffix = path.suffix.lower()
    if suffix in _PARQUET:
        return (f"table:{path}", f"hf:{path}")  # with paths of pictures, or with pictures
    if suffix in _TABLES:
        return (f"table:{path}",)
    if suffix == ".json":
        return (f"coco:{path}",)
    if _IDX.search(path.name):
        return (f"idx:{path.parent}",)
    if _CIFAR.fullmatch(path.name):
        return (f"cifar:{path.parent}",)
    if is_picture(path):
        raise DataError(
            f"{path.name} is one picture.", "Drop the folder that has a folder of pictures for each class."
        )
    if suffix in _ARCHIVES:
        raise DataError(f"{path.name} is an archive.", "Unpack it, and drop the folder that comes of it.")
    raise DataError(
        f"{path.name} is no set of pictures by its name.",
        "Drop a folder, a table, or files of MNIST or CIFAR.",
    )


def _of_folder(folder: Path) -> Iterator[str]:
    entries = list(islice(_visible(folder), _LOOKED_AT))
    names = [entry.name for entry in entries]
    if any(map(_IDX.search, names)):
        yield f"idx:{folder}"
    if any(map(_CIFAR.fullmatch, names)):
        yield f"cifar:{folder}"
    if _HF & set(names):
        yield f"hf:{folder}"
        return
    below = [entry for entry in entries if entry.is_dir()]
    if any(entry.name == "annotations" for entry in below) or any(map(_COCO.search, names)):
        yield f"coco:{folder}"
    parts = [entry for entry in below if entry.name.lower() in (*TRAINING, *VALIDATION)]
    filled = sum(_has_pictures(entry) for entry in below[:20])
    tables = [f"table:{entry}" for entry in sorted(entries) if entry.suffix.lower() in _TABLES]
    if filled < 2 and not parts:  # pictures in one folder, and a table beside it that knows their classes
        yield from tables
    if parts or filled:
        yield f"folder:{folder}"
    if filled >= 2 or parts:
        yield from tables
    shards = [entry for entry in entries if entry.suffix.lower() in _PARQUET]
    if shards or (folder / "data").is_dir():
        yield f"hf:{folder}"


def _unwrapped(folder: Path) -> Iterator[Path]:
    """The folder, and the one in it where it holds nothing else, as unpacked archives do."""
    for _ in range(_DEPTH):
        yield folder
        inside = [entry for entry in islice(_visible(folder), _LOOKED_AT) if entry.is_dir()]
        if len(inside) != 1:
            return
        folder = inside[0]


def _visible(folder: Path) -> Iterator[Path]:
    try:
        yield from (entry for entry in folder.iterdir() if not entry.name.startswith((".", "__")))
    except OSError as error:
        raise DataError(f"Cannot read the folder {folder}: {error.strerror or error}.") from error


def _has_pictures(folder: Path) -> bool:
    return any(map(is_picture, islice(_visible(folder), _LOOKED_AT)))
