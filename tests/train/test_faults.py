"""What goes wrong in a training, injected for real: each ends in one sentence with nothing lost."""

import codecs
import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import safetensors.torch
import torch

from hybridgraph import compiler, presets
from hybridgraph.errors import RunError, TrainingError
from hybridgraph.events import Failed, Step
from hybridgraph.recipes import Recipe
from hybridgraph.runs import Run, create_run, open_run
from hybridgraph.storage import write_atomic
from hybridgraph.train import train
from hybridgraph.train.checkpoints import load_checkpoint, load_weights
from hybridgraph.train.optimizer import build_optimizer

MakeRun = Callable[..., Run]
SMALL_NET = Path(__file__).with_name("small_net.py").read_text()


def _failure(run: Run) -> Failed:
    failed = run.events()[-1]
    assert isinstance(failed, Failed)
    assert run.status == "failed"
    return failed


def test_a_learning_rate_that_explodes_stops_before_the_weights_are_harmed(make_run: MakeRun) -> None:
    source = SMALL_NET.replace("self.norm(self.conv(x)).relu()", "self.conv(x).square()")
    run = make_run(source, epochs=50, learning_rate=1e5, weight_decay=10.0, clip_norm=0.0, warmup=0.0)
    with pytest.raises(TrainingError, match=r"the (loss|gradient) is not finite; |the loss ran away"):
        train(run.path)
    assert "Lower the learning rate" in _failure(run).hint
    if (run.checkpoints / "last.safetensors").exists():
        assert all(value.isfinite().all() for value in load_weights(run.path, "last").values())


def test_the_first_module_that_is_not_finite_is_named(make_run: MakeRun) -> None:
    bomb = "x = self.norm(self.conv(x)).relu()\n        self.calls = getattr(self, 'calls', 0) + 1"
    source = SMALL_NET.replace("x = self.norm(self.conv(x)).relu()", bomb)
    source = source.replace("x.flatten(1)))", "x.flatten(1)) * (float('inf') if self.calls > 8 else 1))")
    run = make_run(source)
    with pytest.raises(TrainingError, match="loss is not finite; the output of head is the first"):
        train(run.path)
    assert [event.step for event in run.events() if isinstance(event, Step)][-1] < 8
    assert load_weights(run.path)["head.weight"].isfinite().all()  # of the first epoch


def test_a_gradient_that_is_not_finite_is_named(make_run: MakeRun) -> None:
    source = SMALL_NET.replace(
        "self.drop = ", "self.gain = nn.Parameter(self.norm.bias[:1] * 0)\n        self.drop = "
    )
    source = source.replace("self.conv(x)", "self.conv(x) + self.gain.sqrt()")  # its slope at 0 is infinite
    with pytest.raises(TrainingError, match="gradient is not finite; the gradient of gain is the first"):
        train(make_run(source).path)


def test_out_of_memory_names_the_layer_and_keeps_the_checkpoint(make_run: MakeRun) -> None:
    source = SMALL_NET.replace(
        "x = nn.functional",
        "self.calls = getattr(self, 'calls', 0) + 1\n"
        "        if self.calls > 12:\n"
        "            x = self.conv.weight.new_empty(1 << 50)\n"
        "        x = nn.functional",
    ).replace("self.conv = nn", "self.inner = nn.Identity()\n        self.conv = nn")
    run = make_run(source.replace("class Net", "class Wide(nn.Module):\n    pass\n\n\nclass Net"))
    with pytest.raises(TrainingError, match=r"Out of memory on cpu .* with 1 picture at once"):
        train(run.path)
    assert "smaller batch" in _failure(run).hint
    assert load_weights(run.path)


def test_out_of_memory_inside_a_layer_names_it(make_run: MakeRun) -> None:
    greedy = (
        "class Greedy(nn.Module):\n    def forward(self, x):\n"
        "        return x if not self.training else x.new_empty(1 << 50)\n\n\nclass Net"
    )
    source = SMALL_NET.replace("class Net", greedy).replace("nn.Dropout(0.2)", "Greedy()")
    with pytest.raises(TrainingError, match="Out of memory on cpu in drop with 1 picture"):
        train(make_run(source).path)


def test_a_full_disk_at_a_checkpoint_is_named_and_the_run_can_go_on(make_run: MakeRun, train_apart) -> None:
    source = SMALL_NET.replace(
        "nn.Linear(8 * 16, 3)", "nn.Sequential(nn.Linear(128, 400), nn.Linear(400, 3))"
    )
    run, straight = make_run(source), make_run(source)
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))"
    process = train_apart(run, limit)
    _, said = process.communicate(timeout=240)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "cannot be saved" in said
    assert "the disk is full" in said
    assert str(run.checkpoints / "best.safetensors") in said
    assert "the disk is full" in _failure(run).message
    assert list(run.checkpoints.iterdir()) == []  # no half a file
    train(run.path)
    train(straight.path)
    ends = [load_checkpoint(one.checkpoints / "last.safetensors").tensors for one in (run, straight)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_a_process_killed_while_it_saves_leaves_a_whole_checkpoint(make_run: MakeRun, train_apart) -> None:
    run = make_run(epochs=3)
    kill = """
import os, pathlib, signal
from hybridgraph import storage
flush, count = storage._flush, []
def stop_there(path):
    count.append(path)
    if len(count) == 5:  # the first epoch is written, the first file of the second is half there
        path.write_bytes(path.read_bytes()[:100])
        os.kill(os.getpid(), signal.SIGKILL)
    flush(path)
storage._flush = stop_there
"""
    assert train_apart(run, kill).wait(240) == -signal.SIGKILL
    assert len(list(run.checkpoints.glob(".*"))) == 1
    assert load_weights(run.path, "last")
    train(run.path)
    assert sorted(path.name for path in run.checkpoints.iterdir()) == ["best.safetensors", "last.safetensors"]


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "pickle", "foreign"])
def test_a_damaged_checkpoint_is_refused(make_run: MakeRun, tmp_path: Path, damage: str) -> None:
    run = make_run()
    train(run.path, on_event=lambda event: run.request_stop() if isinstance(event, Step) else None)
    path = run.checkpoints / "last.safetensors"
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[-20] ^= 1
    elif damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "empty":
        data = bytearray()
    elif damage == "foreign":
        data = bytearray(safetensors.torch.save({"a": torch.ones(2)}))
    else:
        torch.save({"a": torch.ones(2)}, tmp_path / "evil.pt")
        data = bytearray((tmp_path / "evil.pt").read_bytes())
    path.write_bytes(data)
    with pytest.raises(RunError, match=r"damaged|no checkpoint of a run") as caught:
        train(run.path)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_checkpoint_of_a_newer_version_is_refused(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()
    monkeypatch.setattr("hybridgraph.train.checkpoints._VERSION", 9)
    train(run.path, on_event=lambda event: run.request_stop() if isinstance(event, Step) else None)
    monkeypatch.undo()
    with pytest.raises(RunError, match="has version 9"):
        train(run.path)


def test_a_run_without_checkpoint_or_folder_says_so(make_run: MakeRun, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no checkpoint yet"):
        load_weights(make_run().path)
    with pytest.raises(RunError, match="no run folder"):
        train(tmp_path / "nowhere")
    with pytest.raises(RunError, match="is no run"):
        open_run(tmp_path)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Act as a user who may not write everywhere, also where the tests run as root."""
    if os.geteuid():
        yield
        return
    codecs.lookup("utf-8-sig")  # read from a file, which this user may not be able to
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="needs permissions of POSIX")
def test_an_unwritable_run_folder_is_named(make_run: MakeRun, request: pytest.FixtureRequest) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = make_run(directory=Path(folder) / "run")
        run.path.chmod(0o555)
        Path(folder).chmod(0o555)
        request.getfixturevalue("nobody")
        with pytest.raises(RunError, match="cannot be used: Permission denied"):
            train(run.path)
        with pytest.raises(RunError, match="cannot be made: Permission denied"):
            make_run(directory=Path(folder) / "other")
        with pytest.raises(RunError, match="Permission denied"):
            run.delete()
        if not os.getuid():
            os.seteuid(0)
        Path(folder).chmod(0o755)
        run.path.chmod(0o755)


def test_a_run_folder_that_cannot_be_made_is_named(make_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="cannot be made"):
        make_run(directory=tmp_path / "file" / "run")


def test_an_error_of_the_program_itself_is_a_sentence_and_leaves_its_traceback(make_run: MakeRun) -> None:
    source = SMALL_NET.replace(
        "x = nn.functional",
        "if self.training:\n            raise KeyError('gone')\n        x = nn.functional",
    )
    run = make_run(source)
    with pytest.raises(TrainingError, match="ended unexpectedly with KeyError: 'gone'"):
        train(run.path)
    assert _failure(run).hint.endswith("log.txt.")
    assert "Traceback" in (run.path / "log.txt").read_text()


def test_a_profile_run_is_not_trained(make_run: MakeRun) -> None:
    run = make_run()
    content = json.loads((run.path / "job.json").read_text())
    write_atomic(run.path / "job.json", json.dumps({**content, "kind": "profile"}))
    with pytest.raises(RunError, match="is a profile run"):
        train(run.path)


def test_only_matrices_and_kernels_are_decayed(make_run: MakeRun) -> None:
    model, recipe = (
        torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2)),
        make_run().job.recipe,
    )
    groups = build_optimizer(model, recipe, is_fused=False).param_groups
    decay = {parameter: group["weight_decay"] for group in groups for parameter in group["params"]}
    assert [decay[parameter] for parameter in model.parameters()] == [0.05, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("design", "spared"), [("swin-t", "bias_table"), ("cvt-13", "token"), ("swinv2-t-w8", "log_scale")]
)
def test_tables_of_biases_tokens_and_scales_are_not_decayed(design: str, spared: str) -> None:
    with torch.device("meta"):
        model = compiler.compile(presets.build(design))
    groups = build_optimizer(model, Recipe(), is_fused=False).param_groups
    decayed = {id(weight) for group in groups if group["weight_decay"] for weight in group["params"]}
    found = [value for name, value in model.named_parameters() if name.endswith(f".{spared}")]
    assert found
    assert not any(id(value) in decayed for value in found)
    assert len(decayed) > 50


def test_making_a_run_again_takes_it_up_and_another_one_is_refused(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(directory=tmp_path / "same")
    assert make_run(directory=tmp_path / "same") == run
    with pytest.raises(RunError, match="holds another run"):
        make_run(directory=tmp_path / "same", epochs=7)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    with pytest.raises(RunError, match="is not empty"):
        create_run(tmp_path / "full", graph_text="{}", source="", job=run.job)
