"""Memory and disk that run out in the middle of a training, for real: it goes on, and says how."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from hybridgraph.errors import RunError, TrainingError
from hybridgraph.events import CheckpointSaved, Event, Failed, Finished, Step, Warned
from hybridgraph.runs import Run
from hybridgraph.train import train
from hybridgraph.train.checkpoints import load_checkpoint, load_weights

MakeRun = Callable[..., Run]
SMALL_NET = Path(__file__).with_name("small_net.py").read_text()

LIMIT = """
import ctypes, resource
ctypes.CDLL(None).mallopt(-8, 1)  # M_ARENA_MAX: the arena of a thread takes 64 MB of addresses, whenever threads collide
from hybridgraph import events
write = events.EventLog.append
def append(self, event):
    write(self, event)
    if isinstance(event, events.RunStarted):
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 160_000_000,) * 2)
events.EventLog.append = append
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs RLIMIT_AS as Linux has it")
def test_out_of_memory_halves_what_is_taken_at_once_and_keeps_the_batch(
    make_run: MakeRun, train_apart
) -> None:
    # 14 MB are kept for each picture until its backward pass, and nothing is computed of them.
    wide = "x = self.norm(self.conv(x)).relu()\n        x = x * x.new_empty(len(x), 3_500_000)[:, :1, None, None].fill_(1) if self.training else x"
    source = SMALL_NET.replace("x = self.norm(self.conv(x)).relu()", wide)
    run = make_run(source, epochs=1)
    process = train_apart(run, LIMIT)
    _, said = process.communicate(timeout=240)
    assert process.returncode == 0, said
    warned = [event for event in run.events() if isinstance(event, Warned)]
    assert warned
    assert "Out of memory on cpu" in warned[0].message
    assert "2 parts of at most 8 pictures" in warned[0].message
    assert "The batch of 16 and the learning rate stay" in warned[0].hint
    assert [event.step for event in run.events() if isinstance(event, Step)] == list(range(6))
    assert isinstance(run.events()[-1], Finished)
    progress = load_checkpoint(run.checkpoints / "last.safetensors").content["progress"]
    assert progress["parts"] == 2 ** len(warned)


def test_parts_are_kept_when_the_run_goes_on(make_run: MakeRun) -> None:
    greedy = (
        "if self.training and len(x) > 4:\n            x = x.new_empty(1 << 50)\n        x = nn.functional"
    )
    run = make_run(SMALL_NET.replace("x = nn.functional", greedy), epochs=2)
    train(run.path, on_event=lambda event: run.request_stop() if isinstance(event, Step) else None)
    train(run.path)
    warned = [event for event in run.events() if isinstance(event, Warned)]
    assert len(warned) == 2  # 8, then 4; and never again


def test_memory_that_ends_in_an_evaluation_takes_fewer_pictures(make_run: MakeRun) -> None:
    greedy = "if not self.training and len(x) > 8:\n            x = x.new_empty(1 << 50)\n        x = nn.functional"
    run = make_run(SMALL_NET.replace("x = nn.functional", greedy), epochs=1)
    assert train(run.path).status == "finished"
    assert len([event for event in run.events() if isinstance(event, Warned)]) == 1


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_loss_that_runs_away_ends_at_the_last_good_checkpoint(make_run: MakeRun, optimizer: str) -> None:
    run = make_run(epochs=40, optimizer=optimizer, learning_rate=1e5, clip_norm=0.0, warmup=0.5, mixup=0.2)
    with pytest.raises(TrainingError, match="before it could harm the weights: the loss") as caught:
        train(run.path)
    saved = [event for event in run.events() if isinstance(event, CheckpointSaved)]
    stands = f"at step {saved[-1].step}, its last good checkpoint" if saved else "at its start"
    assert stands in caught.value.message
    assert "Lower the learning rate" in caught.value.hint
    assert ("--weights" in caught.value.hint) == bool(saved)
    assert isinstance(run.events()[-1], Failed)
    if saved:
        assert all(value.isfinite().all() for value in load_weights(run.path, "last").values())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with little room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and os.geteuid() == 0
    command = ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(folder)]
    if not mounted or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_pauses_until_there_is_room_and_nothing_is_lost(
    make_run: MakeRun, small_disk: Path
) -> None:
    run, straight = make_run(directory=small_disk / "run", epochs=3), make_run(epochs=3)
    ballast, heard = small_disk / "ballast", []

    def disturb(event: Event) -> None:
        heard.append(event)
        if isinstance(event, Step) and event.step == 8:
            ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 20_000))
        if isinstance(event, Warned):
            assert load_weights(run.path, "last")  # the one before
            ballast.unlink()

    assert train(run.path, on_event=disturb).status == "finished"
    warned = [event for event in heard if isinstance(event, Warned)]
    assert len(warned) == 1
    assert warned[0].message.startswith("The training is paused. ")
    assert "the disk is full" in warned[0].message
    train(straight.path)
    ends = [load_checkpoint(one.checkpoints / "last.safetensors").tensors for one in (run, straight)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    steps = [event.step for event in run.events() if isinstance(event, Step)]
    assert steps == list(range(18))  # no event twice, none lost


def _fill(path: Path, *sizes: int) -> None:
    with path.open("ab", buffering=0) as file:
        for size in sizes:
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\n" * size)


def test_a_disk_without_room_for_events_pauses_too(make_run: MakeRun, small_disk: Path) -> None:
    run, heard = make_run(directory=small_disk / "run", epochs=1), []
    ballast = small_disk / "ballast"

    def disturb(event: Event) -> None:
        heard.append(event)
        if isinstance(event, Step) and event.step == 2:
            _fill(ballast, 65536, 4096)
            _fill(run.events_path, 1)  # to the end of its last page
        if isinstance(event, Warned):
            ballast.unlink()

    assert train(run.path, on_event=disturb).status == "finished"
    assert [event.step for event in run.events() if isinstance(event, Step)] == list(range(6))
    assert any(isinstance(event, Warned) and "paused" in event.message for event in heard)


def test_a_stop_ends_the_wait_for_room(make_run: MakeRun, small_disk: Path) -> None:
    run = make_run(directory=small_disk / "run", epochs=3)

    def disturb(event: Event) -> None:
        if isinstance(event, Step) and event.step == 8:
            (small_disk / "ballast").write_bytes(bytes(shutil.disk_usage(small_disk).free - 20_000))
        if isinstance(event, Warned):
            run.request_stop()

    with pytest.raises(RunError, match="the disk is full"):
        train(run.path, on_event=disturb)
    assert load_weights(run.path, "last")
    (small_disk / "ballast").unlink()
    assert train(run.path).status == "finished"
