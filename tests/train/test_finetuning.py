"""Fine-tuning from the command line: weights of another training, a head for other classes, stages that stay."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hybridgraph.cli import run
from hybridgraph.train.checkpoints import load_checkpoint, load_weights
from tests.train.conftest import write_idx_set

DESIGN = ("train", "pocket-moat", "--epochs", "1", "--device", "cpu", "--precision", "fp32")


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A training of three classes."""
    write_idx_set(tmp_path / "three", 48, 12)
    folder = tmp_path / "first"
    assert (
        run([*DESIGN, "--data", f"idx:{tmp_path / 'three'}", "--image-size", "8", "--run", str(folder)]) == 0
    )
    return folder


def _others(folder: Path) -> str:
    """Pictures of five classes, in folders."""
    from PIL import Image

    for name in "abcde":
        (folder / name).mkdir(parents=True)
        for index in range(8):
            pixels = np.random.default_rng(index).integers(0, 255, (8, 8), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{index}.png")
    return f"folder:{folder}"


def test_the_head_is_made_anew_for_other_classes_and_frozen_stages_stay(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = tmp_path / "second"
    more = [
        "--recipe",
        "fine-tune",
        "--weights",
        str(trained),
        "--freeze",
        "stem, stage1",
        "--channels-in",
        "1",
    ]
    asked = [*DESIGN, "--data", _others(tmp_path / "five"), "--image-size", "8", "--run", str(second), *more]
    assert run(asked) == 0, capsys.readouterr().err
    said = capsys.readouterr().err
    assert "The head begins anew for the design's classes: classifier." in said
    assert "the others are frozen" in said
    before, start = load_weights(trained), load_checkpoint(second / "checkpoints" / "start.safetensors")
    after = load_weights(second, "last")
    heads = [name for name in before if before[name].shape != after[name].shape]
    assert heads
    assert all(name.startswith("classifier.") for name in heads)
    for name, value in before.items():
        if name not in heads:
            assert torch.equal(value, start.tensors[name]), name
        if name.startswith(("stem", "stage1.")):
            assert torch.equal(value, after[name]), name
    assert any(not torch.equal(before[name], after[name]) for name in before if name.startswith("stage2."))


def test_weights_that_do_not_fit_elsewhere_are_refused(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["train", "se-resnet-20-cifar", "--data", f"idx:{tmp_path / 'three'}", "--image-size", "8"]
    assert run([*asked, "--weights", str(trained), "--run", str(tmp_path / "other")]) == 1
    assert "do not fit the design" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_a_stage_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*DESIGN, "--recompute", "stage8", "--run", str(tmp_path / "run")]) == 1
    assert "--recompute names 'stage8'" in capsys.readouterr().err
    assert run([*DESIGN, "--freeze", "stage9", "--run", str(tmp_path / "run")]) == 1
    said = capsys.readouterr().err
    assert "'stage9', which the design does not have. It has" in said
    assert "stage1" in said
