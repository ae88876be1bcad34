"""Sets of Hugging Face: saved with `save_to_disk`, as Parquet files of the hub's form, or by name where `datasets` is there.

Their pictures lie within tables. They are unpacked once, byte by byte as they are, into the folder of decoded pictures,
and from there on are files like others. Only the tables are read; no code of a set is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hybridgraph.data.sources.folders import natural
from hybridgraph.data.sources.found import FileSet, listing
from hybridgraph.data.sources.hftables import Part, parts_by_name, parts_of, require_pyarrow
from hybridgraph.data.sources.splitting import TRAINING, VALIDATION, split
from hybridgraph.data.sources.unpacking import Member, unpacked
from hybridgraph.errors import DataError

_LABELS = ("label", "labels", "fine_label", "class", "category", "target", "species", "y")
_UNLABELLED = -1
_HINT = "Name both: hf:PATH#IMAGE,LABEL."


def list_huggingface(path: Path, seed: int, held_back: float) -> FileSet:
    """The pictures of a set: a folder of `save_to_disk`, Parquet files, or the name of a set online.

    The columns are those that the set itself calls a picture and a class, else known names; others are named behind a
    `#`, as in `hf:birds#photo,species`. Raises DataError for a set that cannot be read or understood.
    """
    place, asked = _asked(path)
    require_pyarrow()
    if place.exists():
        parts = parts_of(place)
        name = str(place)
    else:
        name = _online_name(path)
        parts = parts_by_name(name, place)
    if not parts:
        raise DataError(
            f"{place} holds no set of Hugging Face.",
            "It needs a folder made by save_to_disk, or Parquet files.",
        )
    image, label = asked or _columns(name, parts[0])
    for part in parts:
        for column in (image, label):
            if column not in part.features:
                raise DataError(
                    f"The part {part.word!r} of {name} has no column {column!r}; it has {', '.join(part.features)}.",
                    _HINT,
                )
    labels = {part.word: _labels(name, part, label) for part in parts}
    classes, numbers = _classes(name, parts[0].features.get(label), labels)
    home, files = unpacked(
        place,
        [file for part in parts for file in part.files],
        {part.word: len(labels[part.word]) for part in parts},
        lambda: _pictures(parts, image, place),
    )
    labelled = {word: list(zip(files[word], numbers[word], strict=True)) for word in numbers}
    found = _found(place, classes, labelled, seed, held_back)
    tables = tuple(file for part in parts for file in (*part.about, *part.files))
    return replace(found, home=home, files=tuple(dict.fromkeys(tables)))


def _found(
    place: Path,
    classes: tuple[str, ...],
    labelled: Mapping[str, list[tuple[Path, int]]],
    seed: int,
    held_back: float,
) -> FileSet:
    train_word = next((word for word in TRAINING if word in labelled), next(iter(labelled)))
    val_word = next((word for word in VALIDATION if word in labelled and word != train_word), None)
    if val_word is None:
        return split(place, classes, labelled[train_word], seed, held_back)
    unused = [word for word in labelled if word not in (train_word, val_word)]
    rest = f" {', '.join(map(repr, unused))} is not used." if unused else ""
    return FileSet(
        root=place,
        classes=classes,
        train=listing(labelled[train_word]),
        val=listing(labelled[val_word]),
        split=f"the set's own part {val_word!r}",
        notes=(f"Validation pictures are those that the set calls {val_word!r}.{rest}",),
    )


def _asked(path: Path) -> tuple[Path, tuple[str, str] | None]:
    """The place of the set, and the two columns that are named behind a `#`."""
    before, sign, after = str(path).rpartition("#")
    if path.exists() or not sign:
        return path, None
    image, comma, label = after.partition(",")
    if not comma:
        raise DataError(f"{after!r} names one column.", _HINT)
    return Path(before), (image.strip(), label.strip())


def _online_name(path: Path) -> str:
    name = _asked(path)[0].as_posix()
    if name.startswith(("/", ".")) or name.count("/") > 1:
        raise DataError(f"The data {path} does not exist.", "Check the path after hf:.")
    return name


def _columns(name: str, part: Part) -> tuple[str, str]:
    """The column of pictures and that of classes."""
    kinds = {column: _kind(feature) for column, feature in part.features.items()}
    images = [column for column, kind in kinds.items() if kind == "Image"]
    images = images or [
        column
        for column, kind in kinds.items()
        if "binary" in kind and column.lower() in ("image", "img", "picture", "photo")
    ]
    labels = [column for column, kind in kinds.items() if kind == "ClassLabel"]
    labels = labels or [column for known in _LABELS for column in kinds if column.lower() == known]
    if len(images) == 1 and len(labels) >= 1 and (len(labels) == 1 or labels[0].lower() in _LABELS):
        return images[0], labels[0]
    what = "one picture" if len(images) != 1 else "a class"
    raise DataError(f"{name} has no column that is known to hold {what}; it has {', '.join(kinds)}.", _HINT)


def _kind(feature: object) -> str:
    if isinstance(feature, Mapping):
        return str(feature.get("_type", ""))
    text = str(feature)
    return "Image" if text.startswith("struct<bytes: binary") else text


def _labels(name: str, part: Part, column: str) -> list[int | str]:
    values: list[int | str] = []
    for batch in part.batches([column]):
        for value in batch.column(0).to_pylist():
            if value is None or value == _UNLABELLED:
                raise DataError(
                    f"Row {len(values) + 1:,} of the part {part.word!r} of {name} has no label.",
                    "Take such rows, or the whole part, out of the set.",
                )
            if not isinstance(value, int | str):
                raise DataError(
                    f"The column {column!r} of {name} holds {value!r}, which is no class.",
                    "Training needs one class for each picture.",
                )
            values.append(value)
    if not values:
        raise DataError(f"The part {part.word!r} of {name} has no rows.")
    return values


def _classes(
    name: str, feature: object, labels: Mapping[str, list[int | str]]
) -> tuple[tuple[str, ...], dict[str, list[int]]]:
    """The names of the classes, and the number of each row's class by part."""
    spoken = feature.get("names") if isinstance(feature, Mapping) else None
    every = {value for values in labels.values() for value in values}
    if isinstance(spoken, list) and all(isinstance(value, int) for value in every):
        names = tuple(map(str, spoken))
        wrong = next((value for value in sorted(every, key=str) if not 0 <= int(value) < len(names)), None)
        if wrong is not None:
            raise DataError(
                f"{name} has the label {wrong}, but its {len(names)} classes are numbered from 0 to {len(names) - 1}.",
                "The table and what it says of itself do not belong together.",
            )
        return names, {word: [int(value) for value in values] for word, values in labels.items()}
    names = tuple(sorted({str(value) for value in every}, key=natural))
    if len(names) < 2:
        raise DataError(
            f"{name} has only one class, {names[0]!r}.", "Telling classes apart needs at least two."
        )
    at = {text: number for number, text in enumerate(names)}
    return names, {word: [at[str(value)] for value in values] for word, values in labels.items()}


def _pictures(parts: Sequence[Part], column: str, place: Path) -> Iterator[tuple[str, Member]]:
    """The pictures of all parts in their order, with the word of their part."""
    for part in parts:
        for batch in part.batches([column]):
            for value in batch.column(0).to_pylist():
                if isinstance(value, Mapping):
                    data, path = value.get("bytes"), value.get("path")
                else:
                    data, path = value, None
                if isinstance(data, bytes):
                    yield part.word, data
                else:
                    yield part.word, place / path if isinstance(path, str) else b""
