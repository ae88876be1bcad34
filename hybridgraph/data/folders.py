"""Class folders: one folder for each class, named after it, directly or inside train/val/test folders."""

import os
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hybridgraph.data.decoding import SUFFIXES
from hybridgraph.errors import DataError

_TRAIN = ("train", "training")
_VALIDATION = ("val", "valid", "validation", "test", "testing")  # the first that is there is used
HELD_BACK = 0.15
"""Share of each class that is kept for validation where the data brings no set of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The pictures of one set: paths and labels of the same length."""

    paths: tuple[Path, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSet:
    """What a folder of class folders holds. `split` says where the validation pictures come from."""

    classes: tuple[str, ...]
    train: Listing
    val: Listing
    split: str
    notes: tuple[str, ...]


def list_folder(root: Path, seed: int) -> FolderSet:
    """List the pictures under `root`; without a validation folder, 15 % of each class are held back by `seed`.

    Raises DataError when the folder is missing, has no pictures, one class, or sets of different classes.
    """
    if not root.is_dir():
        raise DataError(f"The data folder {root} does not exist.", "Check the path after folder:.")
    folders = {folder.name.lower(): folder for folder in _subfolders(root)}
    train_root = next((folders[name] for name in _TRAIN if name in folders), None)
    val_root = next((folders[name] for name in _VALIDATION if name in folders), None)
    if train_root is None:
        classes, labelled = _classes(root)
        return _split(root, classes, labelled, seed)
    classes, labelled = _classes(train_root)
    if val_root is None:
        return _split(train_root, classes, labelled, seed)
    others, held = _classes(val_root, alone=len(classes) > 1)
    strange = sorted(set(others) - set(classes))
    if strange:
        raise DataError(
            f"{val_root} has the class {strange[0]!r}, which {train_root} does not have.",
            "Both folders need the same class folders.",
        )
    held = [(path, classes.index(others[label])) for path, label in held]
    notes, split = (f"Validation pictures come from {val_root}.",), f"the set's own folder {val_root.name}"
    return FolderSet(classes=classes, train=_listing(labelled), val=_listing(held), split=split, notes=notes)


def _subfolders(folder: Path) -> list[Path]:
    """Subfolders in the order a person expects: img2 before img10. Hidden ones and __MACOSX are left out."""
    try:
        found = [
            entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith((".", "__"))
        ]
    except OSError as error:
        raise DataError(f"Cannot read the folder {folder}: {error.strerror or error}.") from error
    return sorted(found, key=lambda entry: _natural(entry.name))


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts if part]


def _classes(root: Path, *, alone: bool = False) -> tuple[tuple[str, ...], list[tuple[Path, int]]]:
    """Class names and all (path, label) under `root`. `alone` allows a single class (a validation set)."""
    folders = _subfolders(root)
    labelled = [(path, label) for label, folder in enumerate(folders) for path in _pictures(folder)]
    if not labelled:
        loose = any(path.suffix.lower() in SUFFIXES for path in root.iterdir())
        what = "holds pictures but no class folders" if loose else "holds no pictures in class folders"
        raise DataError(
            f"The data folder {root} {what}.", "Put the pictures of each class into a folder of its name."
        )
    if len(folders) == 1 and not alone:
        raise DataError(
            f"The data folder {root} has only one class, {folders[0].name!r}.",
            "Telling classes apart needs at least two class folders.",
        )
    filled = {label for _, label in labelled}
    empty = [folder for label, folder in enumerate(folders) if label not in filled]
    if empty:
        raise DataError(f"The class folder {empty[0]} holds no pictures.", "Fill it or remove it.")
    return tuple(folder.name for folder in folders), labelled


def _pictures(folder: Path) -> list[Path]:
    found = []
    for place, below, names in os.walk(folder):
        below[:] = [name for name in below if not name.startswith((".", "__"))]
        found += [
            Path(place, name) for name in names if Path(name).suffix.lower() in SUFFIXES and name[0] != "."
        ]
    return sorted(found)


def _split(
    root: Path, classes: tuple[str, ...], labelled: Sequence[tuple[Path, int]], seed: int
) -> FolderSet:
    """Hold back the same share of each class, chosen by the seed and the names, not by the disk's order."""
    train, held = [], []
    for label in range(len(classes)):
        members = [pair for pair in labelled if pair[1] == label]
        if len(members) < 2:
            raise DataError(
                f"The class folder {root / classes[label]} holds one picture; one to learn and one to check are needed.",
                "Add pictures to it.",
            )
        random.Random(f"{seed}/{classes[label]}").shuffle(members)
        count = max(1, round(len(members) * HELD_BACK))
        held += sorted(members[:count])
        train += sorted(members[count:])
    notes = (f"{len(held):,} of {len(labelled):,} pictures are held back for validation.",)
    split = f"{100 * HELD_BACK:.0f} % of each class, held back by the seed {seed} and the files' names"
    return FolderSet(classes=classes, train=_listing(train), val=_listing(held), split=split, notes=notes)


def _listing(labelled: Sequence[tuple[Path, int]]) -> Listing:
    return Listing(paths=tuple(path for path, _ in labelled), labels=tuple(label for _, label in labelled))
