"""Holding back part of the pictures for validation where a set brings no such part of its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from hybridgraph.data.sources.found import FileSet, listing
from hybridgraph.errors import DataError

TRAINING = ("train", "training")
VALIDATION = ("val", "valid", "validation", "dev", "test", "testing")
"""Words that a set calls its parts by; of those for validation the first that is there is used."""


def split(
    root: Path, classes: tuple[str, ...], labelled: Sequence[tuple[Path, int]], seed: int, held_back: float
) -> FileSet:
    """Hold back the share `held_back` of each class, but at least one picture and not all, chosen by the seed and the names, not by the disk's order.

    Raises DataError for a class of one picture.
    """
    members: list[list[tuple[Path, int]]] = [[] for _ in classes]
    for pair in labelled:
        members[pair[1]].append(pair)
    train, held = [], []
    for name, group in zip(classes, members, strict=True):
        if len(group) < 2:
            raise DataError(
                f"The class {name!r} in {root} has one picture; one to learn and one to check are needed.",
                "Add pictures to it.",
            )
        random.Random(f"{seed}/{name}").shuffle(group)
        count = min(max(1, round(len(group) * held_back)), len(group) - 1)
        held += sorted(group[:count])
        train += sorted(group[count:])
    return FileSet(
        root=root,
        classes=classes,
        train=listing(train),
        val=listing(held),
        split=f"{100 * held_back:.4g} % of each class, held back by the seed {seed} and the files' names",
        held_back=held_back,
        notes=(f"{len(held):,} of {len(labelled):,} pictures are held back for validation.",),
    )
