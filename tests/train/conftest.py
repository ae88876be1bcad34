"""Tiny pictures, a tiny model and runs made of them."""

import dataclasses
import gzip
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hybridgraph.graph.files import dumps
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import TrainJob
from hybridgraph.recipes import Recipe
from hybridgraph.runs import Run, create_run
from tests.forks import Forked
from tests.train import apart

SIDE, CLASSES = 8, 3

SMALL_NET = Path(__file__).with_name("small_net.py").read_text()


def write_idx(path: Path, values: np.ndarray) -> None:
    """Write values as a gzipped idx file of unsigned bytes."""
    head = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    path.write_bytes(gzip.compress(head + values.astype(np.uint8).tobytes(), 1))


def pictures_of(labels: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Noise with a bright bar whose place is the class."""
    noise = np.random.default_rng(len(labels)).integers(0, 60, (len(labels), side, side))
    for index, label in enumerate(labels):
        noise[index, :, label * 2 : label * 2 + 2] += 180
    return noise.astype(np.uint8)


def write_idx_set(folder: Path, train: int = 96, test: int = 24) -> None:
    """Write the four files of an idx data set."""
    folder.mkdir(exist_ok=True)
    for part, count in (("train", train), ("t10k", test)):
        labels = np.arange(count) % CLASSES
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", pictures_of(labels))
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)


def write_class_folders(
    root: Path, count: int = 10, classes: tuple[str, ...] = ("cat", "dog", "owl")
) -> None:
    """Write a folder of class folders with PNG pictures of different sizes."""
    for label, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for index, pixels in enumerate(pictures_of(np.full(count, label), 12)):
            Image.fromarray(pixels).resize((12, 9 + index % 5)).save(root / name / f"{index}.png")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def idx_folder(tmp_path: Path) -> Path:
    """An idx data set of three classes."""
    write_idx_set(tmp_path / "idx")
    return tmp_path / "idx"


MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(tmp_path: Path, idx_folder: Path) -> MakeRun:
    """Make a run of the small net on the idx set; job and recipe fields are given by name."""
    names = {field.name for field in dataclasses.fields(Recipe)}
    made: list[Run] = []

    def make(source: str = SMALL_NET, directory: Path | None = None, **given: object) -> Run:
        settings: dict[str, object] = {
            "data": f"idx:{idx_folder}",
            "image_size": SIDE,
            "classes": CLASSES,
            "epochs": 2,
            "batch": 16,
            "device": "cpu",
            "precision": "fp32",
            "recipe": Recipe(**{name: value for name, value in given.items() if name in names}),  # type: ignore[arg-type]
        }
        settings |= {name: value for name, value in given.items() if name not in names}
        folder = directory or tmp_path / f"run{len(made)}"
        made.append(create_run(folder, graph_text=dumps(Graph()), source=source, job=TrainJob(**settings)))  # type: ignore[arg-type]
        return made[-1]

    return make


@pytest.fixture
def train_apart(tmp_path: Path) -> Iterator[Callable[..., Forked]]:
    """Train a run in a process of its own, with statements run before it; ended with the test."""
    started: list[Forked] = []

    def start(run: Run, before: str = "") -> Forked:
        started.append(apart.train_apart(run.path, tmp_path / f"stderr{len(started)}", before))
        return started[-1]

    yield start
    for process in started:
        process.kill()
