"""What TensorBoard and others are told: every step once, whatever happened to the process."""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

from hybridgraph.cli import run as command
from hybridgraph.events import Event, Failed, Finished, RunStarted, Step, Warned
from hybridgraph.jobs import TrainJob
from hybridgraph.runs import Run
from hybridgraph.sinks import Sinks, opening
from hybridgraph.sinks.tensorboard.records import checksum, records
from hybridgraph.train import train
from tests.train.runs_store import environment, epoch, log, opened, started, step, training

MakeRun = Callable[..., Run]


def _read(run: Run) -> EventAccumulator:
    found = EventAccumulator(str(run.path / "tensorboard"), size_guidance={"scalars": 0, "tensors": 0})
    found.Reload()
    return found


def _points(run: Run, tag: str) -> list[tuple[int, float]]:
    return [(one.step, one.value) for one in _read(run).Scalars(tag)]


def _raw_steps(run: Run) -> list[int]:
    """The steps as they lie in the files, for readers that know nothing of restarts."""
    found = []
    for file in sorted((run.path / "tensorboard").iterdir()):
        for content in records(file):
            event = event_pb2.Event.FromString(content)
            found += [event.step for value in event.summary.value if value.tag == "loss/step"]
    return found


def _told(run: Run, *events: Event) -> Sinks:
    """One process: every event goes into the log and to the sinks; it is not closed, as if it were killed."""
    sinks = Sinks(run)
    for event in events:
        log(run, event)
        sinks.take(event)
    return sinks


def _single(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def test_tensorboard_reads_what_a_training_said(make_run: MakeRun) -> None:
    run = make_run(epochs=2)
    train(run.path)
    steps = [event for event in run.events() if isinstance(event, Step)]
    assert _points(run, "loss/step") == [(one.step, _single(one.loss)) for one in steps]
    assert [value for _, value in _points(run, "learning_rate")] == [_single(one.lr) for one in steps]
    assert [one.wall_time for one in _read(run).Scalars("gradient_norm")] == [one.at for one in steps]
    ends = [event for event in run.events() if event.type == "epoch_finished"]
    assert [place for place, _ in _points(run, "top1/val")] == [5, 11]
    assert [value for _, value in _points(run, "top1/val")] == [_single(one.val_top1) for one in ends]  # type: ignore[attr-defined]
    found = _read(run)
    assert {"loss/train", "loss/val", "top1/train", "gap/loss", "images_per_second"} <= set(
        found.Tags()["scalars"]
    )
    (design,) = found.Tensors("design/text_summary")
    assert b"hybridgraph" in design.tensor_proto.string_val[0]
    assert found.Tensors("environment/text_summary")
    metadata = found.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    info = plugin_data_pb2.HParamsPluginData.FromString(metadata).session_start_info
    assert info.hparams["batch"].number_value == 16
    assert info.hparams["recipe.optimizer"].string_value == "adamw"
    assert info.hparams["recipe.nesterov"].HasField("bool_value")
    metadata = found.SummaryMetadata("_hparams_/session_end_info").plugin_data.content
    assert plugin_data_pb2.HParamsPluginData.FromString(metadata).session_end_info.status == 1


@pytest.mark.parametrize("at", [3, 4, 6])
def test_a_killed_training_has_every_step_once(tmp_path: Path, at: int) -> None:
    """Killed after step 7; the last checkpoint is at step `at`, and the file lost its buffered end."""
    run = training(tmp_path, "a")
    first = started(epochs=3)
    steps = list(map(step, range(12)))
    sinks = _told(run, first, environment(), opened(), *steps[:4], epoch(0, 0.1), *steps[4:8])
    sinks.close()
    (file,) = (run.path / "tensorboard").iterdir()
    file.write_bytes(file.read_bytes()[:-250])  # torn in the middle of a record
    again = started(epochs=3, epoch=at // 4, step=at)
    rest = [epoch(0, 0.1)] if at < 4 else []
    rest_steps: list[Event] = [
        *steps[at:4],
        *rest,
        *steps[max(at, 4) : 8],
        epoch(1, 0.2),
        *steps[8:],
        epoch(2, 0.3),
    ]
    _told(run, again, *rest_steps, Finished(top1=0.3, loss=0.5, epochs=3, images_per_second=1.0)).close()
    assert _points(run, "loss/step") == [(one.step, _single(one.loss)) for one in steps]
    assert _raw_steps(run) == list(range(12))
    assert _points(run, "top1/val") == [(3, _single(0.1)), (7, _single(0.2)), (11, _single(0.3))]
    assert len(_read(run).Tensors("design/text_summary")) == 1


def test_a_run_of_before_gets_its_files_when_it_goes_on(tmp_path: Path) -> None:
    run = training(tmp_path, "a")
    log(run, started(), *map(step, range(4)), epoch(0, 0.4), step(4))
    _told(run, started(epoch=1, step=4), *map(step, range(4, 8)), epoch(1, 0.5)).close()
    assert _raw_steps(run) == list(range(8))
    assert [value for _, value in _points(run, "top1/val")] == [_single(0.4), _single(0.5)]


def test_a_failed_run_and_numbers_that_are_none_are_told(tmp_path: Path) -> None:
    run = training(tmp_path, "a")
    odd = Step(epoch=0, step=0, loss=math.nan, lr=1e300, images_per_second=math.inf)
    _told(run, started(), odd, Failed(message="No.")).close()
    assert math.isnan(_points(run, "loss/step")[0][1])
    assert _points(run, "learning_rate") == [(0, math.inf)]
    content = _read(run).SummaryMetadata("_hparams_/session_end_info").plugin_data.content
    assert plugin_data_pb2.HParamsPluginData.FromString(content).session_end_info.status == 2


def test_a_sink_that_fails_is_left_with_one_warning(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(epochs=1, sinks=("mlflow", "tensorboard"))
    told: list[str] = []

    class Failing:
        def take(self, event: Event) -> None:
            told.append(event.type)
            if isinstance(event, Step):
                raise OSError("the server is gone")

        def close(self) -> None:
            told.append("close")
            raise ValueError("twice")

    real = opening.open_sink
    monkeypatch.setattr(
        opening, "open_sink", lambda name, *given: Failing() if name == "mlflow" else real(name, *given)
    )
    result = train(run.path)
    assert result.status == "finished"
    warnings = [event.message for event in run.events() if isinstance(event, Warned)]
    assert warnings == ["MLflow is not told of this run any more: the server is gone. The training goes on."]
    assert told.count("step") == 1
    assert told[-1] == "close"
    assert len(_points(run, "loss/step")) == 6


def test_a_program_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, title in (("mlflow", "MLflow"), ("wandb", "Weights & Biases")):
        monkeypatch.setitem(sys.modules, name, None)
        run = training(tmp_path, name)
        sinks = Sinks(run)
        heard: list[Event] = []
        sinks.warn = heard.append
        job = run.job
        assert isinstance(job, TrainJob)
        monkeypatch.setattr(Run, "job", TrainJob(sinks=(name,)))  # type: ignore[arg-type]
        sinks.take(started())
        monkeypatch.undo()
        (warning,) = heard
        assert isinstance(warning, Warned)
        assert warning.message.startswith(
            f"{title} is not told of this run any more: {name} is not installed"
        )
        assert f"hybridgraph[{name}]" in warning.hint


def test_the_checksum_is_that_of_the_standard() -> None:
    assert checksum(b"123456789") == 0xE3069283  # RFC 3720
    assert checksum(bytes(32)) == 0x8A9136AA


def test_only_runs_that_start_make_files(tmp_path: Path) -> None:
    run = training(tmp_path, "a")
    _told(run, Failed(message="The pictures are gone.")).close()
    assert not (run.path / "tensorboard").exists()
    assert isinstance(started(), RunStarted)


def test_a_run_goes_on_with_other_sinks(make_run: MakeRun, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(epochs=1)
    assert command(["resume", str(run.path), "--sink", "tensorbord"]) == 1
    assert "tensorbord" in capsys.readouterr().err
    assert command(["resume", str(run.path), "--sink", "none"]) == 0
    assert run.job.sinks == ()
    assert not (run.path / "tensorboard").exists()
