"""What is done to pictures before the network is a part of it: it stands in every file, and a mismatch is a sentence."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hybridgraph.cli import run
from hybridgraph.data.preprocessing import RESIZE
from hybridgraph.errors import DataError, RunError
from hybridgraph.events import DataOpened, Step
from hybridgraph.export.record import load_record
from hybridgraph.runs import create_run, open_run
from hybridgraph.train import train
from hybridgraph.train.checkpoints import load_checkpoint
from hybridgraph.weights.files import read_weights, run_weights
from tests.train.conftest import MakeRun

DESIGN = ("train", "pocket-moat", "--epochs", "1", "--device", "cpu", "--precision", "fp32", "--image-size", "8",
          "--channels-in", "1")  # fmt: skip


def _pictures(folder: Path, names: tuple[str, ...], brightest: int = 255) -> str:
    for number, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for index in range(10):
            pixels = np.random.default_rng(10 * number + index).integers(0, brightest, (8, 8), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{index}.png")
    return f"folder:{folder}"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of three classes."""
    place = tmp_path_factory.mktemp("trained")
    data = _pictures(place / "pictures", ("ant", "bee", "cat"))
    assert run([*DESIGN, "--data", data, "--run", str(place / "first")]) == 0
    return place / "first"


def test_checkpoints_and_exports_say_it(trained: Path, tmp_path: Path) -> None:
    known = run_weights(trained)
    assert known.classes == ("ant", "bee", "cat")
    assert known.resize == RESIZE
    assert known.picture == (8, 8)
    for name in ("best", "last"):
        content = load_checkpoint(trained / "checkpoints" / f"{name}.safetensors").content
        assert content["resize"] == RESIZE
        assert content["mean"] == list(known.mean)
        assert content["job"]["image_size"] == 8
    asked = ["export", "pocket-moat", "--run", str(trained), "--format", "safetensors", "-o"]
    assert run([*asked, str(tmp_path / "a.safetensors")]) == 0
    told = read_weights(tmp_path / "a.safetensors")
    assert (told.classes, told.mean, told.std, told.resize) == (
        known.classes, known.mean, known.std, RESIZE,
    )  # fmt: skip
    record = load_record(tmp_path / "a.safetensors.export.json")
    assert record.preprocessing.resize == RESIZE
    assert record.preprocessing.classes == known.classes


def test_a_record_that_was_written_before_is_still_read(trained: Path, tmp_path: Path) -> None:
    asked = ["export", "pocket-moat", "--run", str(trained), "--format", "safetensors", "-o"]
    assert run([*asked, str(tmp_path / "a.safetensors")]) == 0
    path = tmp_path / "a.safetensors.export.json"
    content = json.loads(path.read_text())
    del content["preprocessing"]["resize"]
    path.write_text(json.dumps(content))
    assert load_record(path).preprocessing.resize == ""


def test_a_class_that_is_called_otherwise_ends_a_resumed_run(make_run: MakeRun, tmp_path: Path) -> None:
    data = _pictures(tmp_path / "set", ("ant", "bee", "cat"))
    going = make_run(data=data, batch=10)
    train(going.path, on_event=lambda event: going.request_stop() if isinstance(event, Step) else None)
    (tmp_path / "set" / "bee").rename(tmp_path / "set" / "bumblebee")
    with pytest.raises(RunError, match="class 1 was 'bee' and is 'bumblebee'"):
        train(going.path)


def _opened(folder: Path) -> DataOpened:
    events = open_run(folder).events()
    return next(event for event in events if isinstance(event, DataOpened))


def test_pictures_are_normalised_as_the_weights_ask(trained: Path, tmp_path: Path, capsys) -> None:
    data = _pictures(tmp_path / "dark", ("ant", "bee", "cat"), brightest=60)
    assert run([*DESIGN, "--data", data, "--weights", str(trained), "--run", str(tmp_path / "second")]) == 0
    assert "are normalised as those that the weights were trained with" in capsys.readouterr().err
    assert _opened(tmp_path / "second").mean == _opened(trained).mean
    assert run_weights(tmp_path / "second").mean == run_weights(trained).mean
    start = load_checkpoint(tmp_path / "second" / "checkpoints" / "start.safetensors")
    assert all(map(torch.equal, start.tensors.values(), run_weights(trained).tensors.values()))


def test_a_head_for_other_names_begins_anew(trained: Path, tmp_path: Path, capsys) -> None:
    data = _pictures(tmp_path / "others", ("dog", "emu", "fox"))
    assert run([*DESIGN, "--data", data, "--weights", str(trained), "--run", str(tmp_path / "second")]) == 0
    assert "The head begins anew" in capsys.readouterr().err
    start = load_checkpoint(tmp_path / "second" / "checkpoints" / "start.safetensors")
    differing = {
        name
        for name, value in run_weights(trained).tensors.items()
        if not torch.equal(value, start.tensors[name])
    }
    assert differing
    assert all(name.startswith("classifier.") for name in differing)


def test_a_head_for_other_names_is_refused_where_nobody_made_a_new_one(trained: Path, tmp_path: Path) -> None:
    data = _pictures(tmp_path / "others", ("ant", "emu", "cat"))
    assert run([*DESIGN, "--data", data, "--run", str(tmp_path / "second"), "--epochs", "1"]) == 0
    fresh = tmp_path / "third"
    create_run(
        fresh,
        graph_text=(tmp_path / "second" / "graph.hybrid.json").read_text(),
        source=(tmp_path / "second" / "model.py").read_text(),
        job=open_run(tmp_path / "second").job,
    )
    (fresh / "checkpoints" / "start.safetensors").write_bytes(
        (trained / "checkpoints" / "best.safetensors").read_bytes()
    )
    with pytest.raises(DataError, match="other classes apart: class 1 was 'bee' and is 'cat'"):
        train(fresh)
