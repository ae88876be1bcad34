"""What a data set asks of a design, found without decoding its pictures."""

from __future__ import annotations

from dataclasses import dataclass

import assets
from hybridgraph.data.folders import list_folder
from hybridgraph.data.idx import class_names, read_idx_set
from hybridgraph.jobs import split_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The classes of a data set and the channels its pictures have: 1 for grey, 3 for colour."""

    classes: tuple[str, ...]
    channels_in: int


def describe(spec: str, *, seed: int = 0) -> Description:
    """The classes and channels of `sample`, `idx:PATH` or `folder:PATH`. Raises DataError, RunError."""
    kind, path = split_data(spec)
    if kind == "folder" and path is not None:
        return Description(classes=list_folder(path, seed).classes, channels_in=3)
    folder = path or assets.path("samples")
    images, labels = read_idx_set(folder, "train")
    channels = images.shape[-1] if images.ndim == 4 else 1  # (N, H, W, C) or (N, H, W)
    return Description(classes=class_names(folder, int(labels.max()) + 1), channels_in=channels)
