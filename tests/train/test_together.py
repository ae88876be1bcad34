"""Several processes at one run: two give the curve of one, whatever the strategy, and each goes on where others stopped."""

import dataclasses
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hybridgraph.distributed.place import Place, find_place
from hybridgraph.distributed.share import share_of
from hybridgraph.distributed.world import World
from hybridgraph.errors import TrainingError
from hybridgraph.events import EpochFinished, Failed, Note, RunStarted, Step, Stopped, Warned
from hybridgraph.recipes import DEFAULT, card
from hybridgraph.runs import Run, open_run, without_repeats
from hybridgraph.runs.evaluation import load_evaluation
from hybridgraph.train import train
from hybridgraph.train.checkpoints import load_checkpoint
from tests.train.apart import train_together

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="torchrun needs a POSIX system")

MakeRun = Callable[..., Run]
HERE = Path(__file__).parent
# without what is drawn by process, dropout, and with weights that lie channels last
BATCH_NORM = (
    HERE.joinpath("small_net.py")
    .read_text()
    .replace("nn.Dropout(0.2)", "nn.Identity()")
    .replace(
        "nn.Conv2d(1, 8, 3, padding=1)", "nn.Sequential(nn.Conv2d(1, 4, 1), nn.Conv2d(4, 8, 3, padding=1))"
    )
)
ATTENTION = HERE.joinpath("attention_net.py").read_text()
EVERYTHING = {"ema": 0.9, "mixup": 0.3, "cutmix": 1.0, "accumulation": 2, "class_weights": "balanced"}


def _of(run: Run, kind: type) -> list:
    return [event for event in without_repeats(run.events()) if isinstance(event, kind)]


def _assert_same_curves(one: Run, other: Run) -> None:
    losses = [[event.loss for event in _of(run, Step)] for run in (one, other)]
    assert len(losses[0]) == len(losses[1]) == 12
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    for first, second in zip(_of(one, EpochFinished), _of(other, EpochFinished), strict=True):
        assert second.train_loss == pytest.approx(first.train_loss, rel=1e-5)
        assert second.val_loss == pytest.approx(first.val_loss, rel=1e-3)
        assert (second.train_top1, second.val_top1) == (first.train_top1, first.val_top1)


@pytest.mark.parametrize(
    ("source", "strategy", "recipe"),
    [
        (BATCH_NORM, "ddp", EVERYTHING),
        (BATCH_NORM, "fsdp", EVERYTHING),
        (ATTENTION, "ddp", {}),
        (ATTENTION, "fsdp", {"optimizer": "sgd", "learning_rate": 0.05, "ema": 0.9}),
    ],
)
def test_two_processes_give_the_curves_of_one(
    make_run: MakeRun, source: str, strategy: str, recipe: dict
) -> None:
    one = make_run(source, **recipe)
    two = make_run(source, strategy=strategy, **recipe)
    train(one.path)
    assert train_together(two.path, 2) == [0, 0]
    _assert_same_curves(one, two)
    assert _of(two, RunStarted)[0].processes == 2
    [note] = [event.message for event in _of(two, Note)]
    assert note.startswith("2 processes share each batch of 16 pictures, 8 in this one")
    assert ("FSDP" in note, "batch norms" in note) == (strategy == "fsdp", source == BATCH_NORM)
    evaluations = [load_evaluation(run.path) for run in (one, two)]
    assert evaluations[0].pairs == evaluations[1].pairs
    assert evaluations[1].count == 24


@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_what_two_began_one_and_three_finish(make_run: MakeRun, tmp_path: Path, strategy: str) -> None:
    straight, begun = make_run(BATCH_NORM), make_run(BATCH_NORM, strategy=strategy)
    train(straight.path)
    assert train_together(begun.path, 2, 7) == [0, 0]
    assert isinstance(begun.events()[-1], Stopped)
    assert _of(begun, Step)[-1].step == 7  # both stopped at the same step
    alone = open_run(shutil.copytree(begun.path, tmp_path / "alone"))
    train(alone.path)
    assert train_together(begun.path, 3) == [0, 0, 0]
    assert _of(begun, RunStarted)[-1].processes == 3
    for run in (alone, begun):
        assert _of(run, RunStarted)[-1].step == 8
        _assert_same_curves(straight, run)


@pytest.mark.parametrize(("size", "kills"), [(1, 5), (2, 2)])
def test_kills_at_any_moment_leave_no_trace(make_run: MakeRun, size: int, kills: int) -> None:
    source = HERE.joinpath("small_net.py").read_text()
    recipe = dataclasses.asdict(card(DEFAULT).recipe) | {"ema": 0.95, "drops": ()}
    straight, killed = (make_run(source, epochs=3, checkpoint_minutes=0.0, **recipe) for _ in range(2))
    assert train_together(straight.path, size) == [0] * size
    moments = random.Random(size)
    for _ in range(
        kills
    ):  # wherever they fall: before the first step, in a step, while it saves, after the end
        if killed.outcome != "finished":
            train_together(killed.path, size, None, moments.uniform(0.02, 0.6))
    if killed.outcome != "finished":
        assert train_together(killed.path, size) == [0] * size
    stories = [
        [replace(event, at=0.0, images_per_second=0.0) for event in _of(run, Step)]
        for run in (straight, killed)
    ]
    assert stories[0] == stories[1]
    ends = [
        [(e.epoch, e.train_loss, e.val_loss, e.val_top1) for e in _of(run, EpochFinished)]
        for run in (straight, killed)
    ]
    assert ends[0] == ends[1]
    for name in ("last", "best"):
        first, second = (
            load_checkpoint(run.checkpoints / f"{name}.safetensors").tensors for run in (straight, killed)
        )
        assert first.keys() == second.keys()
        assert all(torch.equal(first[key], second[key]) for key in first)


NO_ROOM = "if RANK == '1' and len(x) > 4: raise MemoryError"


def test_without_room_in_one_process_all_go_on_with_more_parts(make_run: MakeRun) -> None:
    source = f"import os\nRANK = os.environ.get('RANK')\n{BATCH_NORM}".replace(
        "        x = self.norm", f"        {NO_ROOM}\n        x = self.norm"
    )
    parts, tight = make_run(source, accumulation=2), make_run(source)
    train(parts.path)
    assert train_together(tight.path, 2) == [1, 1]
    last = tight.events()[-1]
    assert isinstance(last, Failed)
    assert last.message.startswith("Process 1: Out of memory on cpu")
    assert "in 2 parts of at most 8 pictures" in last.message
    assert "Start the run again" in last.hint
    assert train_together(tight.path, 2) == [0, 0]
    _assert_same_curves(parts, tight)


def test_torchrun_is_started_again_without_room_and_a_killed_process_is_a_sentence(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    kill = "if self.training and RANK == '1' and STEP.append(1) is None and len(STEP) == 18: os.kill(os.getpid(), 9)"
    source = f"import os\nRANK, STEP = os.environ.get('RANK'), []\n{BATCH_NORM}".replace(
        "        x = self.norm", f"        {NO_ROOM}\n        {kill}\n        x = self.norm"
    )
    run = make_run(source, processes=2)
    heard: list[object] = []
    with pytest.raises(TrainingError, match=r"A process of the training is gone.*resume the run"):
        train(run.path, on_event=heard.append)
    assert heard == run.events()
    [warned] = [event for event in heard if isinstance(event, Warned)]
    assert "in 2 parts of at most 8 pictures" in warned.message
    assert [isinstance(event, Failed) for event in heard].index(True) == len(heard) - 1
    assert run.status == "failed"
    assert _of(run, Step)[-1].step >= 6
    job = run.path / "job.json"
    job.write_text(job.read_text().replace('"processes": 2', '"processes": 1'))
    assert train(run.path).status == "finished"  # from the checkpoint of the first epoch
    assert _of(run, RunStarted)[-1].step == 6


def test_a_process_that_fails_has_its_own_sentence_told(make_run: MakeRun) -> None:
    broken = f"import os\n{BATCH_NORM}".replace(
        "def build_model():", "def build_model():\n    assert os.environ.get('RANK') != '1', 'no room here'"
    )
    run = make_run(broken)
    assert train_together(run.path, 2) == [1, 1]
    last = run.events()[-1]
    assert isinstance(last, Failed)
    assert last.message.startswith("Process 1: The model")
    assert "no room here" in last.message


@pytest.mark.parametrize(("batch", "parts", "size"), [(16, 1, 2), (17, 2, 3), (64, 5, 4), (9, 1, 1)])
def test_shares_are_the_whole_batch_part_by_part(batch: int, parts: int, size: int) -> None:
    shares = [share_of(Place(rank=rank, size=size), batch, parts) for rank in range(size)]
    whole = torch.arange(2 * batch)
    assert sorted(torch.cat([share.of(whole) for share in shares]).tolist()) == whole.tolist()
    step = -(-batch // parts)
    for share in shares:
        places = share.places.tolist()
        assert sorted(batch - 1 - place for place in places) == places  # what is mixed lies together
        assert len(share.of(whole)) == 2 * len(places)
        cut = [places[part] for part in share.parts(len(places), parts)]
        assert [place for part in cut for place in part] == places
        assert all(place // step == index for index, part in enumerate(cut) for place in part)
        assert all(cut)


def test_a_batch_that_does_not_go_round_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"A batch of 6 in 3 parts does not go round 2 processes"):
        share_of(Place(size=2), 6, 3)


def test_mixing_a_share_is_the_share_of_what_is_mixed() -> None:
    from hybridgraph.data import mix_pictures

    images, labels = torch.rand(10, 1, 6, 6), torch.arange(10) % 3
    drawn = {"seed": 3, "step": 5, "mixup": 0.4, "cutmix": 0.8}
    mixed, targets = mix_pictures(images.clone(), labels, 3, **drawn)
    for rank in range(3):
        at = share_of(Place(rank=rank, size=3), 10, 1).places
        some, theirs = mix_pictures(images[at], labels[at], 3, among=(10, at), **drawn)
        assert torch.equal(some, mixed[at])
        assert torch.equal(theirs, targets[at])


def test_all_wait_while_one_has_to(monkeypatch: pytest.MonkeyPatch) -> None:
    told, looks = iter([(0.0, 1.0), (0.0, 1.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]), []
    monkeypatch.setattr(World, "summed", lambda _world, *_numbers: next(told))
    monkeypatch.setattr("hybridgraph.distributed.world.time.sleep", looks.append)
    world = World(place=Place(size=2))
    assert not world.agreed(False, lambda: True)  # the disk has room again
    assert len(looks) == 2
    assert world.agreed(False, lambda: True)  # somebody asked for a stop meanwhile
    assert len(looks) == 3
    assert World().agreed(True, lambda: True)


def test_the_place_is_that_of_the_environment() -> None:
    assert find_place({}) == Place()
    found = find_place({"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"})
    assert (found.rank, found.is_first, found.is_alone, found.local_rank) == (3, False, False, 1)
    for wrong in ({"RANK": "x", "WORLD_SIZE": "2"}, {"RANK": "2", "WORLD_SIZE": "2"}):
        with pytest.raises(TrainingError, match="torchrun"):
            find_place(wrong)
