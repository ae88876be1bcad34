"""From the words of a job to its pictures: which reader takes which kind of source."""

from __future__ import annotations

import assets
from hybridgraph.data.sources.cifar import read_cifar
from hybridgraph.data.sources.coco import list_coco
from hybridgraph.data.sources.folders import list_folder
from hybridgraph.data.sources.found import Found
from hybridgraph.data.sources.huggingface import list_huggingface
from hybridgraph.data.sources.idx import read_idx
from hybridgraph.data.sources.tables import list_table
from hybridgraph.jobs import HELD_BACK, split_data


def read(spec: str, seed: int = 0, held_back: float = HELD_BACK) -> Found:
    """What the source holds, without decoding picture files.

    `seed` chooses the share `held_back` of each class that is kept for validation where the set has no such part.
    Raises DataError for what is wrong with the data, RunError for a `spec` that is none.
    """
    kind, path = split_data(spec)
    if path is None:
        return read_idx(assets.path("samples"))
    match kind:
        case "idx":
            return read_idx(path)
        case "cifar":
            return read_cifar(path)
        case "hf":
            return list_huggingface(path, seed, held_back)
        case "coco":
            return list_coco(path, seed, held_back)
        case "table":
            return list_table(path, seed, held_back)
        case _:
            return list_folder(path, seed, held_back)
