"""Pictures with labels: reading, resizing, batching and augmentation.

What computes with torch is imported when it is asked for: listing a source and looking at its pictures need none.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hybridgraph.data.augmentation import augment, normalise
    from hybridgraph.data.boxes import crop, erase
    from hybridgraph.data.dataset import Dataset, open_dataset
    from hybridgraph.data.mixing import mix_pictures
    from hybridgraph.data.pictures import Batch, FilePictures, MemoryPictures, Pictures

__all__ = [
    "Batch", "Dataset", "FilePictures", "MemoryPictures", "Pictures", "augment", "crop", "erase", "mix_pictures",
    "normalise", "open_dataset",
]  # fmt: skip

_HOMES = {
    "augmentation": ("augment", "normalise"),
    "boxes": ("crop", "erase"),
    "dataset": ("Dataset", "open_dataset"),
    "mixing": ("mix_pictures",),
    "pictures": ("Batch", "FilePictures", "MemoryPictures", "Pictures"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
