"""What weights from elsewhere are good for: a training can begin with them, an export takes them along."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from hybridgraph import cli
from hybridgraph.graph.files import save
from hybridgraph.graph.model import Graph
from hybridgraph.presets.lane import block, image, lane
from hybridgraph.weights.files import read_weights, run_weights
from tests.weights.translated import stirred


def tiny(channels: int = 4) -> Graph:
    parts = [
        block("stem", "conv_norm_act", channels=channels, stride=4, norm="none"),
        block("head", "classifier", classes=10),
    ]
    return lane("tiny", [image(1, 28), *parts])


def test_it_begins_with_the_weights_of_a_file(tmp_path: Path) -> None:
    """At a learning rate of next to nothing they are still there at the end."""
    save(tiny(), tmp_path / "tiny.hybrid.json")
    state = stirred(tiny()).state_dict()
    save_file(state, tmp_path / "start.safetensors")
    arguments = ["train", str(tmp_path / "tiny.hybrid.json"), "--epochs", "1", "--batch", "500", "--device", "cpu",
                 "--set", "learning_rate=1e-8", "--run", str(tmp_path / "run")]  # fmt: skip
    assert cli.run([*arguments, "--weights", str(tmp_path / "start.safetensors")]) == 0
    found = run_weights(tmp_path / "run").tensors
    assert found.keys() == state.keys()
    for name, value in state.items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=1e-5)


def test_weights_that_do_not_fit_make_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tiny(), tmp_path / "tiny.hybrid.json")
    save_file(stirred(tiny(channels=6)).state_dict(), tmp_path / "start.safetensors")
    arguments = ["train", str(tmp_path / "tiny.hybrid.json"), "--run", str(tmp_path / "run")]
    assert cli.run([*arguments, "--weights", str(tmp_path / "start.safetensors")]) == 1
    assert "do not fit the design: " in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_an_export_takes_them_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tiny(), tmp_path / "tiny.hybrid.json")
    state = stirred(tiny()).state_dict()
    save_file(state, tmp_path / "start.safetensors")
    arguments = ["export", str(tmp_path / "tiny.hybrid.json"), "--format", "safetensors", "-o", str(tmp_path / "out"),
                 "--weights", str(tmp_path / "start.safetensors")]  # fmt: skip
    assert cli.run(arguments) == 0
    found = read_weights(tmp_path / "out").tensors
    assert all(torch.equal(value, found[name]) for name, value in state.items())
    assert cli.run([*arguments, "--run", str(tmp_path)]) == 1
    assert "Both --run and --weights" in capsys.readouterr().err
