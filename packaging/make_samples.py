"""Cut the bundled sample set out of the full Fashion-MNIST files.

    python packaging/make_samples.py SOURCE_FOLDER assets/samples

SOURCE_FOLDER holds the four original ``*.gz`` files (on Debian and Ubuntu the package ``dataset-fashion-mnist`` puts
them in /usr/share/datasets/fashion-mnist). Every class gives the same number of pictures, drawn with a fixed seed and
kept in the order of the original, and the written bytes depend on nothing else: running it again changes no file.
"""

import argparse
import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SEED = 2017
CLASSES = 10
PER_CLASS = {"train": 600, "t10k": 100}
IMAGES_MAGIC, LABELS_MAGIC = 2051, 2049

Bytes = NDArray[np.uint8]


def read_images(file: Path) -> Bytes:
    """Return the pictures of an idx3 file as (N, H, W) bytes."""
    data = gzip.decompress(file.read_bytes())
    magic, count, height, width = struct.unpack_from(">4i", data)
    if magic != IMAGES_MAGIC:
        raise SystemExit(
            f"{file} is not an idx file of pictures: it begins with {magic} instead of {IMAGES_MAGIC}."
        )
    return np.frombuffer(data, np.uint8, offset=16).reshape(count, height, width)


def read_labels(file: Path) -> Bytes:
    """Return the labels of an idx1 file as (N,) bytes."""
    data = gzip.decompress(file.read_bytes())
    magic, count = struct.unpack_from(">2i", data)
    if magic != LABELS_MAGIC:
        raise SystemExit(
            f"{file} is not an idx file of labels: it begins with {magic} instead of {LABELS_MAGIC}."
        )
    return np.frombuffer(data, np.uint8, offset=8, count=count)


def choose(labels: Bytes, per_class: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the rising indices of ``per_class`` pictures of every class."""
    drawn = [rng.choice(np.flatnonzero(labels == c), per_class, replace=False) for c in range(CLASSES)]
    return np.sort(np.concatenate(drawn))


def write_gz(file: Path, header: bytes, values: Bytes) -> None:
    """Write one idx file; the time in the gzip header is fixed, so equal content gives equal bytes."""
    file.write_bytes(gzip.compress(header + values.tobytes(), compresslevel=9, mtime=0))


def main() -> None:
    """Read the full set and write the sample beside its class names."""
    parser = argparse.ArgumentParser(description="Cut a balanced sample out of Fashion-MNIST.")
    parser.add_argument("source", type=Path, help="folder with the four original .gz files")
    parser.add_argument("target", type=Path, help="folder to write to")
    arguments = parser.parse_args()
    arguments.target.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    for split, per_class in PER_CLASS.items():
        images_name, labels_name = f"{split}-images-idx3-ubyte.gz", f"{split}-labels-idx1-ubyte.gz"
        images, labels = (
            read_images(arguments.source / images_name),
            read_labels(arguments.source / labels_name),
        )
        index = choose(labels, per_class, rng)
        images, labels = images[index], labels[index]
        write_gz(arguments.target / images_name, struct.pack(">4i", IMAGES_MAGIC, *images.shape), images)
        write_gz(arguments.target / labels_name, struct.pack(">2i", LABELS_MAGIC, len(labels)), labels)
        print(f"{split}: {len(labels)} pictures, {per_class} of each of {CLASSES} classes")


if __name__ == "__main__":
    main()
