"""Pictures with labels: reading, resizing, batching and augmentation."""

from hybridgraph.data.augmentation import augment, normalise
from hybridgraph.data.boxes import crop, erase
from hybridgraph.data.dataset import Dataset, open_dataset
from hybridgraph.data.mixing import mix_pictures
from hybridgraph.data.pictures import Batch, FilePictures, MemoryPictures, Pictures
from hybridgraph.data.randaugment import randaugment

__all__ = [
    "Batch", "Dataset", "FilePictures", "MemoryPictures", "Pictures", "augment", "crop", "erase", "mix_pictures",
    "normalise", "open_dataset", "randaugment",
]  # fmt: skip
