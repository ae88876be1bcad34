"""Pictures that vanish in the midst of a training: a sentence, nothing lost, and the same end once they are back."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch

from hybridgraph.data import open_dataset
from hybridgraph.data.pictures import FilePictures
from hybridgraph.errors import DataError
from hybridgraph.events import CheckpointSaved, Event, Step
from hybridgraph.train import train
from hybridgraph.train.checkpoints import load_checkpoint
from tests.train.conftest import MakeRun, write_class_folders


@pytest.fixture
def streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is read anew in every epoch: 102 pictures for training, twenty steps of five."""
    write_class_folders(tmp_path / "set", 40)
    monkeypatch.setitem(open_dataset.__kwdefaults__, "memory_bytes", 0)
    return tmp_path / "set"


def _vanish(folder: Path) -> None:
    folder.rename(folder.with_name("unplugged"))


def _kill_a_reader(_: Path) -> None:
    for child in psutil.Process().children():
        if child.status() != psutil.STATUS_ZOMBIE and "hybridgraph.data.workers" in child.cmdline():
            os.kill(child.pid, signal.SIGKILL)
            return


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_run_keeps_what_was_done_and_ends_the_same(make_run: MakeRun, streamed: Path) -> None:
    whole, broken = (make_run(data=f"folder:{streamed}", batch=5, epochs=1) for _ in range(2))
    train(whole.path)
    for at, fault, sentence in (
        (3, _vanish, "The pictures have gone"),
        (11, _kill_a_reader, "was killed by signal 9"),
    ):
        events: list[Event] = []

        def watch(event: Event) -> None:
            events.append(event)  # noqa: B023  called within this turn alone
            if isinstance(event, Step) and event.step == at:  # noqa: B023
                fault(streamed)  # noqa: B023

        with pytest.raises(DataError, match=sentence):
            train(broken.path, on_event=watch)
        assert broken.status == "failed"
        last = [event.step for event in events if isinstance(event, Step)][-1]
        saved = [event.step for event in events if isinstance(event, CheckpointSaved)]
        assert saved[-1] == last + 1 < 20  # every step that was taken is in the checkpoint
        if not streamed.exists():
            streamed.with_name("unplugged").rename(streamed)
    train(broken.path)
    one, other = (load_checkpoint(run.checkpoints / "last.safetensors").tensors for run in (whole, broken))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_batch_whose_pictures_went_while_it_was_read_is_not_taken(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "set", 4)
    there = sorted((tmp_path / "set" / "cat").iterdir())
    paths = [*there[:2], tmp_path / "unplugged" / "cat" / there[2].name]
    pictures = FilePictures(paths=paths, labels=torch.zeros(3), image_size=8, channels_in=3, workers=1)
    with pytest.raises(DataError, match="The pictures have gone"):
        next(iter(pictures.batches(torch.arange(3), 3)))
    alone = replace(pictures, paths=[*there[:2], there[2].with_name("removed.png")])
    (batch,) = alone.batches(torch.arange(3), 3)
    assert len(batch.labels) == 2
    assert "removed.png" in batch.unreadable[0]
