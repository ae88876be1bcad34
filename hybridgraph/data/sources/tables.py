"""Tables that name pictures and their labels: CSV, TSV and Parquet."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hybridgraph.data.decoding import SUFFIXES
from hybridgraph.data.sources.folders import natural
from hybridgraph.data.sources.found import FileSet, listing
from hybridgraph.data.sources.splitting import TRAINING, VALIDATION, split
from hybridgraph.errors import DataError

_MAX_ROWS = 20_000_000
_PATHS = ("path", "file", "filename", "file_name", "filepath", "image", "image_path", "img", "image_id", "id")
_LABELS = ("label", "labels", "class", "class_name", "category", "target", "species", "y")
_SPLITS = ("split", "set", "subset", "partition", "fold")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The cells of the columns that matter; `split`, in lower case, is empty where the table has no such column."""

    paths: list[str]
    labels: list[str]
    split: list[str]


def list_table(path: Path, seed: int, held_back: float) -> FileSet:
    """The pictures that the rows of a table name, relative to its folder or to one beside it.

    One column holds paths, one labels and perhaps one says train or validation; known names are found, others
    are given behind a `#`, as in `birds.csv#photo,species`. Without such a column, or with one value in it,
    the share `held_back` of each class is kept by `seed`. Raises DataError for a table that cannot be read or understood.
    """
    table, asked = _asked(path)
    columns = _parquet(table) if table.suffix.lower() in (".parquet", ".pq") else _text(table)
    rows = _rows(table, columns, asked)
    names = sorted(set(rows.labels), key=natural)
    if len(names) < 2:
        raise DataError(
            f"The table {table} has only one class, {names[0]!r}.",
            "Telling classes apart needs at least two.",
        )
    numbers = {name: number for number, name in enumerate(names)}
    root = _root(table, rows.paths[0])
    labelled = [
        (_file(root, text), numbers[label]) for text, label in zip(rows.paths, rows.labels, strict=True)
    ]
    held_word = next((word for word in VALIDATION if word in rows.split), None)
    train = [pair for pair, word in zip(labelled, rows.split, strict=False) if word in TRAINING]
    if held_word is None or not train:
        return replace(split(table, tuple(names), labelled, seed, held_back), files=(table,))
    missing = set(numbers.values()) - {label for _, label in train}
    if missing:
        raise DataError(
            f"The class {names[min(missing)]!r} of {table} has no picture for training.",
            "Give it some, or leave the column of the split out.",
        )
    val = [pair for pair, word in zip(labelled, rows.split, strict=True) if word == held_word]
    unused = len(labelled) - len(train) - len(val)
    rest = f" {unused:,} others are not used." if unused else ""
    return FileSet(
        root=table,
        classes=tuple(names),
        train=listing(train),
        val=listing(val),
        split="the table's own column of the split",
        notes=(f"Validation pictures are the {len(val):,} that {table.name} calls {held_word!r}.{rest}",),
        files=(table,),
    )


def _asked(path: Path) -> tuple[Path, tuple[str, str] | None]:
    """The table's file, and the two columns that are named behind a `#`."""
    if path.exists():
        return path, None
    before, sign, after = path.name.rpartition("#")
    if sign and path.with_name(before).exists():
        picture, comma, label = after.partition(",")
        if not comma:
            raise DataError(f"{after!r} names one column.", "Write table:FILE#PATHS,LABELS.")
        return path.with_name(before), (picture.strip(), label.strip())
    raise DataError(f"The table {path} does not exist.", "Check the path after table:.")


def _text(table: Path) -> dict[str, list[str]]:
    """The columns of a CSV or TSV file by name."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=head.count)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            names = [name.strip() for name in next(reader, [])]
            lines = [line for line in itertools.islice(reader, _MAX_ROWS) if line]
            torn = next((number for number, line in enumerate(lines, 2) if len(line) != len(names)), None)
    except UnicodeDecodeError as error:
        raise DataError(
            f"The table {table} is not UTF-8 text: byte {error.start:,}.", "Save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise DataError(f"The table {table} is damaged: {error}.") from error
    except OSError as error:
        raise DataError(f"Cannot read the table {table}: {error.strerror or error}.") from error
    if torn is not None:
        raise DataError(
            f"Row {torn:,} of {table} has {len(lines[torn - 2])} cells where the head has {len(names)}.",
            "Put cells with commas in quotation marks.",
        )
    return {name: [line[place] for line in lines] for place, name in enumerate(names)}


def _parquet(table: Path) -> dict[str, list[str]]:
    """The columns of a Parquet file by name, as text."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise DataError(
            f"Reading {table} needs pyarrow, which is not installed.",
            "Install it with: pip install 'hybridgraph[parquet]'.",
        ) from error
    try:
        if parquet.ParquetFile(table).metadata.num_rows > _MAX_ROWS:
            raise DataError(f"The table {table} has more than {_MAX_ROWS:,} rows.")
        wanted = [name for name in parquet.read_schema(table).names if "." not in name]
        content: Mapping[str, Sequence[object]] = parquet.read_table(table, columns=wanted).to_pydict()
    except (ArrowException, OSError, ValueError) as error:
        raise DataError(f"The table {table} cannot be read as Parquet: {_first_line(error)}.") from error
    return {name: ["" if cell is None else str(cell) for cell in cells] for name, cells in content.items()}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")


def _rows(table: Path, columns: dict[str, list[str]], asked: tuple[str, str] | None) -> _Rows:
    """The columns of paths, labels and split, with no cell empty."""
    if not columns or not next(iter(columns.values())):
        raise DataError(f"The table {table} has no rows.")
    if asked is not None:
        absent = [name for name in asked if name not in columns]
        if absent:
            raise DataError(
                f"The table {table} has no column {absent[0]!r}.", f"It has {', '.join(columns)}."
            )
        path_name, label_name = asked
    else:
        path_name, label_name = _path_column(table, columns), _label_column(table, columns)
    for name in (path_name, label_name):
        empty = next((row for row, cell in enumerate(columns[name], 2) if not cell.strip()), None)
        if empty is not None:
            raise DataError(f"Row {empty:,} of {table} has no {name}.", "Fill the cell or take the row out.")
    split_name = next((name for name in columns if name.lower() in _SPLITS), None)
    words = [word.strip().lower() for word in columns[split_name]] if split_name else []
    return _Rows(
        paths=[cell.strip() for cell in columns[path_name]],
        labels=[cell.strip() for cell in columns[label_name]],
        split=words,
    )


def _path_column(table: Path, columns: dict[str, list[str]]) -> str:
    named = [name for known in _PATHS for name in columns if name.lower() == known]
    like_files = [
        name
        for name, cells in columns.items()
        if all(Path(cell.strip()).suffix.lower() in SUFFIXES for cell in cells[:20])
    ]
    found = [name for name in named if name in like_files] or like_files or named
    return _only(table, found[:1], columns, "paths of pictures")


def _label_column(table: Path, columns: dict[str, list[str]]) -> str:
    named = [name for known in _LABELS for name in columns if name.lower() == known]
    if not named and len(columns) == 2:
        path_name = _path_column(table, columns)
        named = [name for name in columns if name != path_name]
    return _only(table, named[:1], columns, "labels")


def _only(table: Path, found: Sequence[str], columns: Mapping[str, object], what: str) -> str:
    if found:
        return found[0]
    raise DataError(
        f"No column of {table} is known to hold {what}; it has {', '.join(columns)}.",
        f"Name the columns: table:{table.name}#PATHS,LABELS.",
    )


def _root(table: Path, first: str) -> Path:
    """The folder that paths are relative to: the table's own, or the first beside it that has the first picture."""
    folder = table.parent
    try:
        beside = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    except OSError:
        beside = []
    return next((root for root in (folder, *beside) if _file(root, first).is_file()), folder)


def _file(root: Path, text: str) -> Path:
    """The file that a cell means; names without an ending get that of the picture there."""
    path = root / text
    if path.suffix.lower() in SUFFIXES:
        return path
    endings = (path.with_name(f"{path.name}{ending}") for ending in (".jpg", ".png", ".jpeg"))
    return next((candidate for candidate in endings if candidate.is_file()), path)
