"""Training end to end on tiny pictures: it learns, it stops, it goes on exactly, it says what is wrong."""

import math
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from hybridgraph.data import open_dataset
from hybridgraph.errors import DataError, RunError, TrainingError
from hybridgraph.events import (
    CheckpointSaved,
    DataOpened,
    Environment,
    EpochFinished,
    Event,
    Failed,
    Finished,
    Note,
    RunStarted,
    Step,
    Stopped,
    Warned,
)
from hybridgraph.runs import Run, without_repeats
from hybridgraph.runs.evaluation import load_evaluation
from hybridgraph.train import train
from hybridgraph.train.checkpoints import load_checkpoint, load_weights
from hybridgraph.train.device import Compared
from hybridgraph.train.statistics import find_norms, set_memory
from tests.train.conftest import write_class_folders

MakeRun = Callable[..., Run]
SMALL_NET = Path(__file__).with_name("small_net.py").read_text()


def _of(run: Run, kind: type) -> list:
    return [event for event in run.events() if isinstance(event, kind)]


def _tensors(run: Run) -> dict[str, torch.Tensor]:
    return load_checkpoint(run.checkpoints / "last.safetensors").tensors


def _assert_same_end(one: Run, other: Run) -> None:
    first, second = _tensors(one), _tensors(other)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert _of(one, Finished)[-1].top1 == _of(other, Finished)[-1].top1
    losses = [{event.step: event.loss for event in _of(run, Step)} for run in (one, other)]
    assert losses[0] == losses[1]  # the second run's steps, the repeated ones included
    ends = [
        {e.epoch: (e.train_loss, e.train_top1, e.val_loss) for e in _of(run, EpochFinished)}
        for run in (one, other)
    ]
    assert ends[0] == ends[1]


def test_a_training_learns_and_tells_its_whole_story(make_run: MakeRun) -> None:
    run = make_run(epochs=3, learning_rate=0.01)
    heard: list[Event] = []
    result = train(run.path, on_event=heard.append)
    assert heard == run.events()
    started = heard[0]
    assert isinstance(started, RunStarted)
    assert (started.steps_per_epoch, started.epochs, started.classes) == (6, 3, ("0", "1", "2"))
    assert started.params == 8 * 9 + 8 + 16 + 8 * 16 * 3 + 3
    assert [event.step for event in _of(run, Step)] == list(range(18))
    assert [event.epoch for event in _of(run, EpochFinished)] == [0, 1, 2]
    assert result.top1 is not None
    assert result.top1 > 0.9
    assert isinstance(heard[-1], Finished)
    assert heard[-1].top1 == result.top1
    assert (run.status, result.status, result.epochs) == ("finished", "finished", 3)
    weights = load_weights(run.path)
    assert weights["head.weight"].shape == (3, 128)
    with pytest.raises(RunError, match="is finished"):
        train(run.path)
    assert run.status == "finished"


def test_a_long_memory_of_batch_norm_does_not_hide_what_a_short_training_learned(make_run: MakeRun) -> None:
    source = SMALL_NET.replace("nn.BatchNorm2d(8)", "nn.BatchNorm2d(8, momentum=0.001)")
    source = source.replace("self.norm(self.conv(x)).relu()", "self.norm(self.conv(x * 30 + 50)).relu()")
    plain = make_run(source.replace("momentum=0.001", "momentum=0.1"), epochs=5, learning_rate=0.01)
    slow = make_run(source, epochs=5, learning_rate=0.01)
    first, second = train(plain.path), train(slow.path)
    assert second.top1 == first.top1
    assert first.top1 is not None
    assert first.top1 > 0.9
    weights = [_tensors(run)["model.conv.weight"] for run in (plain, slow)]
    assert torch.equal(weights[0], weights[1])  # training never reads the memory


def test_the_memory_of_batch_norm_grows_to_its_own_length() -> None:
    norm, quick = torch.nn.BatchNorm2d(2, momentum=0.01), torch.nn.BatchNorm2d(2, momentum=0.3)
    norms = find_norms(torch.nn.Sequential(norm, quick, torch.nn.BatchNorm2d(2, momentum=None)))
    momenta = []
    for step in (0, 5, 50, 100, 500, 5000):
        set_memory(norms, step, rate=0.0)
        momenta.append(norm.momentum)
    assert momenta == pytest.approx([1, 1, 0.1, 0.05, 0.01, 0.01])
    assert quick.momentum == 0.3
    set_memory(norms, 5000, rate=1.0)
    assert (norm.momentum, quick.momentum) == (0.1, 0.3)  # short while the weights move fast


def test_the_same_seed_gives_the_same_weights_and_another_one_others(make_run: MakeRun) -> None:
    runs = [make_run(seed=seed) for seed in (3, 3, 4)]
    for run in runs:
        train(run.path)
    _assert_same_end(runs[0], runs[1])
    assert not torch.equal(_tensors(runs[0])["model.head.weight"], _tensors(runs[2])["model.head.weight"])


@pytest.mark.parametrize("after", [0, 2, 5, 6, 8])
def test_a_stopped_training_goes_on_to_the_same_bits(make_run: MakeRun, after: int) -> None:
    straight, halted = make_run(), make_run()
    train(straight.path)

    def stop_after(event: Event) -> None:
        if isinstance(event, Step) and event.step == after:
            halted.request_stop()

    result = train(halted.path, on_event=stop_after)
    assert (result.status, halted.status) == ("stopped", "stopped")
    assert isinstance(halted.events()[-1], Stopped)
    assert _of(halted, Step)[-1].step == after  # answered at the next step
    assert not (halted.path / "stop").exists()
    train(halted.path)
    assert _of(halted, RunStarted)[-1].step == after + 1
    _assert_same_end(straight, halted)


def test_a_training_killed_inside_an_epoch_goes_on_to_the_same_bits(make_run: MakeRun, train_apart) -> None:
    kill = """
import os, signal
from hybridgraph import events
write = events.EventLog.append
def append(self, event):
    write(self, event)
    if isinstance(event, events.Step) and event.step == 8:
        os.kill(os.getpid(), signal.SIGKILL)
events.EventLog.append = append
"""
    straight, killed = make_run(epochs=3), make_run(epochs=3)
    train(straight.path)
    process = train_apart(killed, kill)
    assert process.wait(240) == -signal.SIGKILL
    assert killed.status == "interrupted"
    torch.set_num_threads(2)  # sums in another order, unless the run remembers how it began
    train(killed.path)
    assert _of(killed, RunStarted)[-1].step == 6  # the end of the first epoch
    _assert_same_end(straight, killed)
    stories = [
        [
            (type(event), event.epoch)
            for event in without_repeats(run.events())
            if isinstance(event, Step | EpochFinished)
        ]
        for run in (straight, killed)
    ]
    assert stories[0] == stories[1]
    assert len(killed.events()) > len(straight.events())


def test_checkpoints_inside_an_epoch_are_made_by_the_clock(make_run: MakeRun) -> None:
    run = make_run(epochs=1, checkpoint_minutes=0.0)
    train(run.path)
    assert [event.step for event in _of(run, CheckpointSaved)] == [1, 2, 3, 4, 5, 6, 6]


def test_stop_from_another_process_is_answered_at_once(make_run: MakeRun, train_apart) -> None:
    run = make_run(epochs=100_000)  # which takes longer than the test may
    process = train_apart(run)
    _wait_for(lambda: _of(run, Step), process)
    assert run.status == "running"
    run.request_stop()
    assert process.wait(240) == 0
    assert run.status == "stopped"
    assert load_weights(run.path, "last")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_at_the_next_step_and_its_handler_is_put_back(make_run: MakeRun, number: int) -> None:
    before = signal.getsignal(number)
    run = make_run()
    train(run.path, on_event=lambda event: os.kill(os.getpid(), number) if isinstance(event, Step) else None)
    assert [event.step for event in _of(run, Step)] == [0]
    assert run.status == "stopped"
    assert signal.getsignal(number) == before


def test_a_stop_while_pictures_are_read_is_answered(make_run: MakeRun, tmp_path: Path) -> None:
    write_class_folders(tmp_path / "set", 6)
    run = make_run(data=f"folder:{tmp_path / 'set'}", source=ASKS_TO_STOP)
    assert train(run.path).status == "stopped"
    assert run.status == "stopped"
    assert _of(run, RunStarted) == []


ASKS_TO_STOP = SMALL_NET + "\nfrom pathlib import Path\nPath(__file__).with_name('stop').touch()\n"


def _wait_for(condition: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.stderr
        assert time.monotonic() < deadline
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.02)


def test_a_second_process_is_refused_with_the_first_ones_id(make_run: MakeRun) -> None:
    run = make_run()
    refusals = []

    def start_again(event: Event) -> None:
        if isinstance(event, RunStarted):
            with pytest.raises(RunError) as caught:
                train(run.path)
            refusals.append(caught.value.message)

    train(run.path, on_event=start_again)
    assert refusals == [f"The run {run.path} is in use by process {os.getpid()}."]


def test_resuming_is_refused_when_job_pictures_or_design_changed(make_run: MakeRun, idx_folder: Path) -> None:
    run = make_run()
    train(run.path, on_event=lambda event: run.request_stop() if isinstance(event, Step) else None)
    job = (run.path / "job.json").read_text()
    (run.path / "job.json").write_text(
        job.replace('"batch": 16', '"batch": 8').replace('"flip": 0.5', '"flip": 0.1')
    )
    (run.path / "model.py").write_text(SMALL_NET + "\n")
    images = idx_folder / "t10k-images-idx3-ubyte.gz"
    images.write_bytes((idx_folder / "train-images-idx3-ubyte.gz").read_bytes())
    (idx_folder / "t10k-labels-idx1-ubyte.gz").write_bytes(
        (idx_folder / "train-labels-idx1-ubyte.gz").read_bytes()
    )
    with pytest.raises(RunError) as caught:
        train(run.path)
    for part in (
        "batch was 16 and is 8",
        "flip was 0.5 and is 0.1",
        "the pictures have changed",
        "the design has changed",
    ):
        assert part in caught.value.message
    assert run.status == "failed"


def test_pictures_from_the_disk_train_to_the_same_bits_as_from_memory(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_class_folders(tmp_path / "set", 20)
    kept, large = (make_run(data=f"folder:{tmp_path / 'set'}", batch=10) for _ in range(2))
    train(kept.path)
    monkeypatch.setitem(open_dataset.__kwdefaults__, "memory_bytes", 0)
    train(large.path, on_event=lambda event: large.request_stop() if isinstance(event, Step) else None)
    changed = _tensors(large)
    content = load_checkpoint(large.checkpoints / "last.safetensors").content
    assert content["data"] != load_checkpoint(kept.checkpoints / "last.safetensors").content["data"]
    train(large.path)
    assert not torch.equal(changed["model.head.weight"], _tensors(large)["model.head.weight"])
    _assert_same_end(kept, large)


def test_bf16_is_refused_where_the_processor_has_no_units(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hybridgraph.train.device._cpu_has_bf16", lambda: False)
    with pytest.raises(TrainingError, match="cpu device does not compute well in bf16"):
        train(make_run(precision="bf16").path)
    assert _of_precision(make_run(precision="auto", epochs=1)) == "fp32"


def test_automatic_bf16_needs_a_clear_gain_in_the_trial(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hybridgraph.train.device._cpu_has_bf16", lambda: True)
    for gain, apart, expected in ((1.1, 0.0, "fp32"), (3.0, 0.0, "bf16"), (3.0, 4e-4, "fp32")):
        found = Compared(gain=gain, apart=apart)
        monkeypatch.setattr("hybridgraph.train.device._compared", lambda *_, found=found: found)
        run = make_run(precision="auto", epochs=1)
        assert _of_precision(run) == expected
    notes = [event.message for event in run.events() if isinstance(event, Note)]
    assert any("3.0 times as fast here, but its loss differs by 4.0e-04" in note for note in notes)


def test_a_trial_that_fails_falls_back_to_fp32(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hybridgraph.train.device._cpu_has_bf16", lambda: True)
    source = SMALL_NET.replace(
        "x = nn.functional",
        "if x.dtype != self.head.weight.dtype:\n            raise RuntimeError('no kernel')\n        x = nn.functional",
    ).replace("self.norm(self.conv(x)).relu()", "self.conv(x).relu()")
    assert _of_precision(make_run(source, precision="auto", epochs=1)) == "fp32"


def test_a_compiler_that_fails_leaves_the_plain_model_and_no_trace(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_after_running(model: torch.nn.Module, **_: object) -> Callable[[torch.Tensor], torch.Tensor]:
        def forward(images: torch.Tensor) -> torch.Tensor:
            model(images)
            raise RuntimeError("no C++ compiler\nand more lines")

        return forward

    plain, broken = make_run(), make_run(compile="on")
    train(plain.path)
    monkeypatch.setattr(torch, "compile", break_after_running)
    train(broken.path)
    assert [event.message for event in _of(broken, Warned)] == [
        "torch.compile failed, so the model runs as it is: no C++ compiler."
    ]
    assert not _of(broken, RunStarted)[0].compiled
    _assert_same_end(plain, broken)


def _of_precision(run: Run) -> str:
    train(run.path)
    return str(_of(run, RunStarted)[0].precision)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_device_that_is_not_there_is_named(make_run: MakeRun) -> None:
    with pytest.raises(TrainingError, match="no cuda device"):
        train(make_run(device="cuda").path)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_cuda_trains_stops_and_resumes(make_run: MakeRun, precision: str) -> None:
    run = make_run(device="cuda", precision=precision, epochs=3, learning_rate=0.01)
    train(run.path, on_event=lambda event: run.request_stop() if isinstance(event, Step) else None)
    result = train(run.path)
    assert result.top1 is not None
    assert result.top1 > 0.8
    assert math.isfinite(result.loss or math.nan)


def test_wrong_number_of_classes_or_size_is_one_sentence(make_run: MakeRun) -> None:
    with pytest.raises(DataError, match="have 3 classes, the design ends in 4"):
        train(make_run(classes=4).path)
    with pytest.raises(TrainingError, match="does not take pictures of 1×10×10"):
        train(make_run(image_size=10).path)
    with pytest.raises(TrainingError, match="gives 5 for each picture"):
        train(make_run(SMALL_NET.replace("16, 3)", "16, 5)")).path)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def build_model(:", "SyntaxError"),
        ("", "has no attribute 'build_model'"),
        ("def build_model(): return 3", "gives a int, not a torch module"),
        ("from torch import nn\ndef build_model(): return nn.Flatten()", "no weights to train"),
    ],
)
def test_a_broken_model_file_is_one_sentence(make_run: MakeRun, source: str, sentence: str) -> None:
    run = make_run(source)
    with pytest.raises(TrainingError, match=sentence) as caught:
        train(run.path)
    failed = run.events()[-1]
    assert isinstance(failed, Failed)
    assert (failed.message, failed.hint) == (caught.value.message, caught.value.hint)


def test_a_run_keeps_where_its_numbers_come_from(make_run: MakeRun) -> None:
    run = make_run(epochs=2, learning_rate=0.01)
    result = train(run.path)
    [data], [machine] = _of(run, DataOpened), _of(run, Environment)
    assert (data.classes, sum(data.train_counts), data.val_counts) == (("0", "1", "2"), 96, (8, 8, 8))
    assert len(data.mean) == len(data.std) == 1
    assert (machine.torch, machine.threads) == (torch.__version__, torch.get_num_threads())
    kept = load_evaluation(run.path)
    assert kept is not None
    assert (kept.count, kept.top1) == (24, result.best_top1)
    assert [one.support for one in kept.figures()] == [8, 8, 8]
    best = max(_of(run, EpochFinished), key=lambda event: event.val_top1)
    assert (kept.epoch, kept.loss) == (best.epoch, best.val_loss)
