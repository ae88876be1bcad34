"""What a run keeps of every validation picture: the file, its damage, the worst of them, and calibration."""

import math
from array import array
from pathlib import Path

import pytest
import torch

from hybridgraph.data import Dataset, MemoryPictures
from hybridgraph.errors import RunError
from hybridgraph.events import Event, LoadSampled, RunStarted, Step
from hybridgraph.runs import without_repeats
from hybridgraph.runs.evaluation import load_evaluation, save_evaluation
from hybridgraph.runs.predictions import PREDICTIONS_FILE, Predictions, load_predictions, save_predictions
from hybridgraph.train.gauges import with_load
from hybridgraph.train.tally import Tally

KEPT = Predictions(
    epoch=3,
    data="0123",
    pictures=array("i", [0, 1, 2, 4]),
    labels=array("i", [0, 0, 1, 2]),
    told=array("i", [0, 1, 1, 0]),
    confidence=array("f", [0.75, 0.5, 1.0, 0.5]),
    losses=array("f", [0.25, 1.5, 0.0, 2.5]),
)


def test_predictions_survive_their_file_and_other_programs_read_it(tmp_path: Path) -> None:
    save_predictions(tmp_path, KEPT)
    assert load_predictions(tmp_path, 3) == KEPT
    from safetensors.numpy import load_file

    columns = load_file(tmp_path / PREDICTIONS_FILE)
    assert columns["loss"].tolist() == [0.25, 1.5, 0.0, 2.5]
    assert load_predictions(tmp_path / "nowhere", 3) is None


@pytest.mark.parametrize("change", ["cut", "noise", "classes", "foreign"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, change: str) -> None:
    save_predictions(tmp_path, KEPT)
    path = tmp_path / PREDICTIONS_FILE
    data = path.read_bytes()
    if change == "cut":
        path.write_bytes(data[:-8])
    elif change == "noise":
        path.write_bytes(b"\xff" * 100)
    elif change == "foreign":
        path.write_bytes(data.replace(b"hybridgraph-predictions", b"hybridgraph-predicaments"[:23]))
    with pytest.raises(RunError, match="holds no predictions"):
        load_predictions(tmp_path, 2 if change == "classes" else 3)


def test_the_worst_come_first_and_a_cell_gives_its_own() -> None:
    assert [(one.picture, one.label, one.told) for one in KEPT.mistakes(9)] == [(4, 2, 0), (1, 0, 1)]
    assert KEPT.mistakes(1)[0].probability == pytest.approx(math.exp(-2.5))
    assert [one.picture for one in KEPT.of_cell(1, 1, 9)] == [2]
    assert KEPT.of_cell(2, 2, 9) == []


def test_calibration_by_hand() -> None:
    found = KEPT.calibration(bins=4)
    assert found is not None
    assert [(one.low, one.count, one.confidence, one.accuracy) for one in found.bins] == [
        (0.5, 2, 0.5, 0.0),
        (0.75, 2, 0.875, 1.0),
    ]
    assert found.ece == pytest.approx((2 * 0.5 + 2 * 0.125) / 4)
    assert found.mce == 0.5
    assert (found.confidence, found.accuracy) == (0.6875, 0.5)


def test_a_tally_is_what_the_whole_batch_gives(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(20, 4, generator=generator)
    labels = torch.randint(4, (20,), generator=generator)
    tally, loss, hits = Tally(), 0.0, 0
    for at in torch.arange(20).split(8):
        part = tally.add(at, labels[at], logits[at])
        loss, hits = loss + part[0], hits + part[1]
    pictures = MemoryPictures(images=torch.zeros(20, 1, 2, 2, dtype=torch.uint8), labels=labels)
    data = Dataset(
        spec="sample", classes=("a", "b", "c", "d"), train=pictures, val=pictures, mean=torch.zeros(1),
        std=torch.ones(1), digest="77", split="",
    )  # fmt: skip
    save_evaluation(tmp_path, tally.evaluation(5, loss / 20, data))
    evaluation, kept = load_evaluation(tmp_path), load_predictions(tmp_path, 4)
    assert evaluation is not None
    assert kept is not None
    assert loss / 20 == pytest.approx(torch.nn.functional.cross_entropy(logits, labels).item(), rel=1e-5)
    assert (evaluation.count, evaluation.top1) == (20, hits / 20)
    assert (kept.epoch, kept.data, list(kept.pictures)) == (5, "77", list(range(20)))
    assert list(kept.told) == logits.argmax(1).tolist()
    assert kept.mistakes(1)[0].probability == pytest.approx(
        min(logits.softmax(1)[row, label].item() for row, label in enumerate(labels.tolist())), rel=1e-4
    )


def test_the_load_of_the_machine_is_told_after_steps_and_taken_back_with_them() -> None:
    told: list[Event] = []
    emit = with_load(told.append, torch.device("cpu"), every_s=0)
    step = Step(epoch=0, step=4, loss=1.0, lr=0.1, images_per_second=1.0, at=1.0)
    emit(step)
    assert told[0] is step
    [load] = [event for event in told if isinstance(event, LoadSampled)]
    assert load.step == 5
    assert 0 < load.memory_bytes < load.memory_total_bytes
    assert 0 <= load.processor <= 1
    assert (load.accelerator, load.accelerator_memory_total_bytes) == (-1.0, 0)
    again = RunStarted(kind="train", device="cpu", precision="fp32", params=1, pid=1, step=4)
    assert without_repeats([*told, again]) == [again]
    assert len(without_repeats([*told, RunStarted(kind="train", device="cpu", precision="fp32", params=1, pid=1, step=5)])) == 3  # fmt: skip
