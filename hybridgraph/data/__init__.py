"""Pictures with labels: reading, resizing, batching and augmentation."""

from hybridgraph.data.augmentation import augment, normalise
from hybridgraph.data.dataset import Dataset, open_dataset
from hybridgraph.data.pictures import Batch, FilePictures, MemoryPictures, Pictures

__all__ = [
    "Batch", "Dataset", "FilePictures", "MemoryPictures", "Pictures", "augment", "normalise", "open_dataset",
]  # fmt: skip
