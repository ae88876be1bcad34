"""Which files a data set consists of, for whoever takes it along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hybridgraph.data.folders import list_folder
from hybridgraph.data.idx import idx_files
from hybridgraph.errors import RunError
from hybridgraph.jobs import split_data


def packed_files(spec: str, seed: int, classes: tuple[str, ...]) -> Mapping[str, bytes | Path]:
    """The files of `idx:PATH` or `folder:PATH` by their names below the set's folder.

    An idx set takes the names of its `classes` along, which may have come from the name of its folder. Raises DataError,
    RunError for the bundled sample, which every installation has.
    """
    kind, root = split_data(spec)
    if root is None:
        raise RunError("The bundled sample needs no packing.", "Every installation has it.")
    if kind == "idx":
        names = json.dumps(list(classes), ensure_ascii=False).encode()
        return {**{path.name: path for path in idx_files(root)}, "classes.json": names}
    found = list_folder(root, seed)
    return {path.relative_to(root).as_posix(): path for path in (*found.train.paths, *found.val.paths)}
