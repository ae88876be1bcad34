"""Class folders: one folder for each class, named after it, directly or inside train/val/test folders."""

import os
import re
from pathlib import Path

from hybridgraph.data.decoding import SUFFIXES
from hybridgraph.data.sources.found import FileSet, listing
from hybridgraph.data.sources.splitting import TRAINING, VALIDATION, split
from hybridgraph.errors import DataError


def list_folder(root: Path, seed: int, held_back: float) -> FileSet:
    """List the pictures under `root`; without a validation folder, `held_back` of each class is kept by `seed`.

    Raises DataError when the folder is missing, has no pictures, one class, or sets of different classes.
    """
    if not root.is_dir():
        raise DataError(f"The data folder {root} does not exist.", "Check the path after folder:.")
    folders = {folder.name.lower(): folder for folder in _subfolders(root)}
    train_root = next((folders[name] for name in TRAINING if name in folders), None)
    val_root = next((folders[name] for name in VALIDATION if name in folders), None)
    if train_root is None:
        classes, labelled = _classes(root)
        return split(root, classes, labelled, seed, held_back)
    classes, labelled = _classes(train_root)
    if val_root is None:
        return split(train_root, classes, labelled, seed, held_back)
    others, held = _classes(val_root, alone=len(classes) > 1)
    strange = sorted(set(others) - set(classes))
    if strange:
        raise DataError(
            f"{val_root} has the class {strange[0]!r}, which {train_root} does not have.",
            "Both folders need the same class folders.",
        )
    held = [(path, classes.index(others[label])) for path, label in held]
    return FileSet(
        root=root,
        classes=classes,
        train=listing(labelled),
        val=listing(held),
        split=f"the set's own folder {val_root.name}",
        notes=(f"Validation pictures come from {val_root}.",),
    )


def _subfolders(folder: Path) -> list[Path]:
    """Subfolders in the order a person expects: img2 before img10. Hidden ones and __MACOSX are left out."""
    try:
        found = [
            entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith((".", "__"))
        ]
    except OSError as error:
        raise DataError(f"Cannot read the folder {folder}: {error.strerror or error}.") from error
    return sorted(found, key=lambda entry: natural(entry.name))


def natural(name: str) -> list[tuple[int, str]]:
    """The key of the order that a person expects of names with numbers."""
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
