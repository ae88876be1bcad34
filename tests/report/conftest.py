"""A tiny design, trained once on tiny pictures, for everything that tells of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from hybridgraph import compiler
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import TrainJob
from hybridgraph.presets.lane import block, image, lane
from hybridgraph.recipes import Recipe
from hybridgraph.runs import Run, create_run, open_run
from hybridgraph.train import train
from tests.train.conftest import write_idx_set

SIDE = 8
NAMES = ("<b>cat</b> & co", "dog|wolf", "owl_*")
"""Classes whose names every format has to escape."""


def design(name: str = "tiny") -> Graph:
    stem = block("stem", "conv_stem", channels=8, stride=2)
    return lane(name, [image(1, SIDE), stem, block("classifier", "classifier", classes=3, norm="none")])


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "idx"
    write_idx_set(folder)
    (folder / "classes.json").write_text(json.dumps(NAMES))
    return folder


MakeRun = Callable[..., Run]


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> MakeRun:
    """Make a run of the tiny design, not started."""

    def make(graph: Graph | None = None, **settings: object) -> Run:
        graph = graph or design()
        given: dict[str, object] = {
            "data": f"idx:{pictures}", "image_size": SIDE, "classes": 3, "epochs": 2, "batch": 16,
            "device": "cpu", "precision": "fp32", "recipe": Recipe(learning_rate=0.01),
        }  # fmt: skip
        job = TrainJob(**{**given, **settings})  # type: ignore[arg-type]
        folder = tmp_path_factory.mktemp("runs") / "first"
        return create_run(folder, graph_text=files.dumps(graph), source=compiler.source(graph).text, job=job)

    return make


@pytest.fixture(scope="session")
def trained(make_run: MakeRun) -> Run:
    """A finished run; not to be changed."""
    run = make_run()
    train(run.path)
    return run


@pytest.fixture
def copied(trained: Run, tmp_path: Path) -> Run:
    """A finished run of one's own."""
    shutil.copytree(trained.path, tmp_path / "copied")
    return open_run(tmp_path / "copied")
