"""Annotations of COCO's form: pictures, the boxes of the objects on them, and the names of their categories.

Source: the data format on the page of COCO (T.-Y. Lin and others, "Microsoft COCO: common objects in context", arXiv
1405.0312). A box is [x, y, width, height] in pixels from the upper left corner. Where every picture bears objects of
one category alone, that category is its class, and networks that tell whole pictures apart can be trained.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybridgraph.data.sources.found import FileSet, listing
from hybridgraph.data.sources.splitting import TRAINING, VALIDATION, split
from hybridgraph.errors import DataError

_MAX_BYTES = 2**30
_HINT = "Export the annotations again."
_SLACK = 1.0  # pixels by which tools let boxes stand out
_WORDS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One object: its category by its place among the names, and its box in pixels of the picture.

    `is_crowd` marks a box around many objects that were not told apart.
    """

    category: int
    x: float
    y: float
    width: float
    height: float
    is_crowd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxedPicture:
    """A picture file of `width` by `height` pixels with the objects on it."""

    path: Path
    width: int
    height: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxedSet:
    """Pictures with boxes: those for training and for validation, which is empty where the set has no such part.

    `files` are the annotations.
    """

    root: Path
    categories: tuple[str, ...]
    train: tuple[BoxedPicture, ...]
    val: tuple[BoxedPicture, ...]
    files: tuple[Path, ...]


def read_coco(path: Path) -> BoxedSet:
    """The boxes of an annotation file, or of a folder with such files for training and validation.

    Raises DataError for what is missing, damaged, or names pictures and categories that are not there.
    """
    files = _annotations(path)
    train, *rest = [_read(file) for file in files]
    for other, file in zip(rest, files[1:], strict=True):
        strange = sorted(set(other[0]) - set(train[0]))
        if strange:
            raise DataError(
                f"{file} has the category {strange[0]!r}, which {files[0]} does not have.",
                "Both need the same categories.",
            )
    val = tuple(_renumbered(picture, rest[0][0], train[0]) for picture in rest[0][1]) if rest else ()
    return BoxedSet(
        root=path if path.is_dir() else path.parent,
        categories=train[0],
        train=train[1],
        val=val,
        files=files,
    )


def list_coco(path: Path, seed: int, held_back: float) -> FileSet:
    """The pictures with the one category that each bears as its class; pictures without objects are left out.

    Raises DataError as `read_coco` does, and where a picture bears objects of several categories.
    """
    found = read_coco(path)
    train, val = (_labelled(found, part) for part in (found.train, found.val))
    bare = len(found.train) + len(found.val) - len(train) - len(val)
    used = sorted({label for _, label in train})
    if len(used) < 2:
        what = f"only one class, {found.categories[used[0]]!r}" if used else "no picture with an object"
        raise DataError(f"The annotations {found.files[0]} have {what}.", "Telling classes apart needs two.")
    strange = next((label for _, label in val if label not in used), None)
    if strange is not None:
        raise DataError(
            f"The class {found.categories[strange]!r} of {found.files[-1]} has no picture for training.",
            "Give it some.",
        )
    numbers = {label: number for number, label in enumerate(used)}
    classes = tuple(found.categories[label] for label in used)
    train, val = ([(place, numbers[label]) for place, label in part] for part in (train, val))
    notes = [f"{bare:,} pictures without objects are left out."] if bare else []
    if not val:
        held = split(found.root, classes, train, seed, held_back)
        return FileSet(root=held.root, classes=held.classes, train=held.train, val=held.val, split=held.split,
                       held_back=held.held_back, notes=(*held.notes, *notes), files=found.files)  # fmt: skip
    return FileSet(
        root=found.root, classes=classes, train=listing(train), val=listing(val),
        split=f"the set's own annotations {found.files[1].name}", notes=tuple(notes), files=found.files,
    )  # fmt: skip


def _labelled(found: BoxedSet, pictures: Sequence[BoxedPicture]) -> list[tuple[Path, int]]:
    several = [picture for picture in pictures if len({box.category for box in picture.boxes}) > 1]
    if several:
        names = sorted({found.categories[box.category] for box in several[0].boxes})
        raise DataError(
            f"{len(several):,} of {len(pictures):,} pictures of {found.files[0]} bear objects of several classes, such "
            f"as {several[0].path} with {' and '.join(map(repr, names[:2]))}; training takes one class for each picture.",
            "Training for boxes is not in HybridGraph. Cut the objects out into a folder for each class.",
        )
    return [(picture.path, picture.boxes[0].category) for picture in pictures if picture.boxes]


def _annotations(path: Path) -> tuple[Path, ...]:
    """The files of a set: the one for training first, then the one for validation where there is one."""
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise DataError(f"The annotations {path} do not exist.", "Check the path after coco:.")
    found = sorted(
        file
        for pattern in ("annotations/*.json", "*.json", "*/_annotations.coco.json")
        for file in path.glob(pattern)
    )
    by_word: dict[str, list[Path]] = {}
    for file in found:
        words = _WORDS.findall(f"{file.parent.name} {file.stem}".lower())
        if "captions" in words or "keypoints" in words:
            continue
        word = next((word for word in (*TRAINING, *VALIDATION) if word in words), "")
        by_word.setdefault(word, []).append(file)
    train = next((by_word[word] for word in (*TRAINING, "") if word in by_word), [])
    val = next((by_word[word] for word in VALIDATION if word in by_word), [])
    if len(train) != 1:
        what = f"{len(train)} files of annotations for training" if train else "no annotations for training"
        raise DataError(
            f"The folder {path} holds {what}.", "Name one: coco:FOLDER/annotations/instances_train.json."
        )
    return (train[0], *val[:1])


def _read(file: Path) -> tuple[tuple[str, ...], tuple[BoxedPicture, ...]]:
    content = _content(file)
    categories: dict[int, int] = {}
    names: list[str] = []
    for each in _rows(file, content, "categories", ("id", "name")):
        if each["id"] in categories or str(each["name"]) in names:
            raise DataError(f"The category {each['name']!r} stands twice in {file}.", _HINT)
        categories[each["id"]] = len(names)
        names.append(str(each["name"]))
    images = {each["id"]: each for each in _rows(file, content, "images", ("id", "file_name"))}
    boxes: dict[int, list[Box]] = {key: [] for key in images}
    for number, each in enumerate(_rows(file, content, "annotations", ("image_id", "category_id", "bbox"))):
        where = f"Annotation {number + 1:,} of {file}"
        if each["image_id"] not in images:
            raise DataError(f"{where} names the picture {each['image_id']!r}, which is not listed.", _HINT)
        if each["category_id"] not in categories:
            raise DataError(
                f"{where} names the category {each['category_id']!r}, which is not listed.", _HINT
            )
        boxes[each["image_id"]].append(
            _box(where, each, categories[each["category_id"]], images[each["image_id"]])
        )
    root = _root(file, [str(each["file_name"]) for each in images.values()])
    pictures = (
        BoxedPicture(
            path=root / str(each["file_name"]),
            width=_side(each, "width"),
            height=_side(each, "height"),
            boxes=tuple(boxes[key]),
        )
        for key, each in images.items()
    )
    return tuple(names), tuple(pictures)


def _content(file: Path) -> Mapping[str, Any]:
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise DataError(f"{file} has more than {_MAX_BYTES:,} bytes.", "Divide it.")
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file} is not valid JSON: {error}.", _HINT) from error
    except OSError as error:
        raise DataError(f"Cannot read {file}: {error.strerror or error}.") from error
    if not isinstance(content, dict) or "images" not in content:
        raise DataError(
            f"{file} holds no annotations of COCO's form.", "It needs images, annotations, categories."
        )
    return content


def _rows(
    file: Path, content: Mapping[str, Any], name: str, needed: Sequence[str]
) -> Iterator[dict[str, Any]]:
    rows = content.get(name)
    if not isinstance(rows, list):
        raise DataError(f"{file} has no list of {name}.", _HINT)
    for number, row in enumerate(rows):
        absent = [key for key in needed if not isinstance(row, dict) or not _is_plain(row.get(key))]
        if absent:
            raise DataError(f"Entry {number + 1:,} of the {name} of {file} has no proper {absent[0]}.", _HINT)
        yield row


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | list) and not isinstance(value, bool)


def _box(where: str, each: Mapping[str, Any], category: int, image: Mapping[str, Any]) -> Box:
    match each["bbox"]:
        case [x, y, width, height] if all(
            isinstance(value, int | float) and math.isfinite(value) for value in (x, y, width, height)
        ):
            box = Box(category=category, x=float(x), y=float(y), width=float(width), height=float(height),
                      is_crowd=bool(each.get("iscrowd")))  # fmt: skip
        case _:
            raise DataError(f"{where} has a box that is not four numbers.", _HINT)
    sides = _side(image, "width") or math.inf, _side(image, "height") or math.inf
    if box.width <= 0 or box.height <= 0:
        raise DataError(f"{where} has a box of {box.width:g} by {box.height:g} pixels.", _HINT)
    if (
        min(box.x, box.y) < -_SLACK
        or box.x + box.width > sides[0] + _SLACK
        or box.y + box.height > sides[1] + _SLACK
    ):
        raise DataError(
            f"{where} has a box that lies outside its picture of {sides[0]:g} by {sides[1]:g} pixels.", _HINT
        )
    return box


def _side(image: Mapping[str, Any], name: str) -> int:
    """A side of a picture in pixels, 0 where nobody said."""
    value = image.get(name)
    return value if type(value) is int and value > 0 else 0


def _root(file: Path, names: Sequence[str]) -> Path:
    """The folder that pictures are relative to: beside the annotations, or where COCO and its followers put them."""
    above, part = file.parent.parent, file.stem.rpartition("_")[2]
    folders = (
        file.parent, above / part, above / "images" / part, above / "images", above, file.parent / part,
        file.parent / "images" / part, file.parent / "images",
    )  # fmt: skip
    first = names[0] if names else ""
    return next((folder for folder in folders if (folder / first).is_file()), file.parent)


def _renumbered(picture: BoxedPicture, names: Sequence[str], wanted: Sequence[str]) -> BoxedPicture:
    """The picture with categories numbered as those of training are."""
    at = [wanted.index(name) for name in names]
    boxes = (
        Box(category=at[box.category], x=box.x, y=box.y, width=box.width, height=box.height, is_crowd=box.is_crowd)
        for box in picture.boxes
    )  # fmt: skip
    return BoxedPicture(path=picture.path, width=picture.width, height=picture.height, boxes=tuple(boxes))
