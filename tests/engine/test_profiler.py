"""The profile: every node is timed, the times add up, and what cannot be measured is said in a sentence."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from hybridgraph import codegen, compiler, presets
from hybridgraph.engine import Engine
from hybridgraph.errors import GraphError, RunError
from hybridgraph.events import Environment, Event, Failed, NodeTimed, ProfileFinished, RunStarted, Stopped
from hybridgraph.graph.files import dumps
from hybridgraph.graph.model import Graph, Group
from hybridgraph.jobs import Job, ProfileJob, TrainJob
from hybridgraph.places import places
from hybridgraph.profiler import ProfileResult, profile, profile_run
from hybridgraph.profiler.clocks import ThreadClock
from hybridgraph.profiler.measurement import measure
from hybridgraph.profiler.subject import prepare
from hybridgraph.profiler.timers import Timers
from hybridgraph.runs import Run, create_run
from tests.export.designs import DESIGNS, tiny_branches, tiny_moat, tiny_vit
from tests.forks import Forked, run_module

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_run(folder: Path, graph: Graph, job: Job | None = None, source: str | None = None) -> Run:
    job = job or ProfileJob(device="cpu", batch=2, repeats=3)
    text = compiler.source(graph).text if source is None else source
    return create_run(folder, graph_text=dumps(graph), source=text, job=job)


def start(run: Path, before: str = "") -> Forked:
    """Do what `python -m hybridgraph.profiler RUN` does in a process of its own, with statements run before it."""
    process = Forked(run.with_name("stderr"), run_module, "hybridgraph.profiler", str(run), before)
    process.wait(240)
    return process


# -- figures


@pytest.fixture(scope="module")
def branches() -> ProfileResult:
    return profile(tiny_branches(), device="cpu", batch=2, precision="fp32", repeats=3)


def test_costs_are_those_of_the_analysis(branches: ProfileResult) -> None:
    analysis = Engine().analyze(tiny_branches())
    for node in branches.nodes:
        cost = analysis.nodes[node.path].cost
        assert (node.params, node.macs, node.activation_bytes) == (
            cost.params,
            cost.macs,
            cost.activation_bytes,
        )
    leaves = [node for node in branches.nodes if not node.is_group]
    assert sum(node.params for node in leaves) == analysis.total.params
    assert sum(node.macs for node in leaves) == analysis.total.macs


def test_every_node_is_timed_over_all_its_repeats(branches: ProfileResult) -> None:
    calls = {"/".join(node.path): node.calls for node in branches.nodes}
    assert calls["outer/inner/attention"] == calls["outer/inner/sum"] == 4
    assert calls["outer/gate"] == 2
    assert calls["left"] == 1
    assert all(node.forward.median_us > 0 for node in branches.nodes)
    assert all(n.forward.p10_us <= n.forward.median_us <= n.forward.p90_us for n in branches.nodes)


def test_groups_come_before_what_they_hold(branches: ProfileResult) -> None:
    seen = {()}
    for node in branches.nodes:
        assert node.path[:-1] in seen
        seen.add(node.path)


def test_shares_add_up_and_a_group_is_the_sum_of_its_nodes(branches: ProfileResult) -> None:
    share = {node.path: node.share for node in branches.nodes}
    leaves = [node.path for node in branches.nodes if not node.is_group]
    assert sum(share[path] for path in leaves) == pytest.approx(1)
    groups = [node.path for node in branches.nodes if node.is_group]
    assert groups == [("outer",), ("outer", "inner")]
    for group in groups:
        inside = [path for path in leaves if path[: len(group)] == group]
        assert share[group] == pytest.approx(sum(share[path] for path in inside))


def test_the_times_of_the_nodes_add_up_to_the_whole() -> None:
    """By the processor's time, which other programs on the machine hardly disturb."""
    job = ProfileJob(device="cpu", batch=4, precision="fp32", repeats=7)
    subject = prepare(presets.build(presets.SAMPLE), job, None)
    covered = []
    for _ in range(4):
        result = measure(subject, job, lambda: False, clock=ThreadClock())
        assert result is not None
        assert result.training is not None
        covered.append((result.covered, result.training.covered))
        if all(abs(one - 1) < 0.05 for one in covered[-1]):
            return
    pytest.fail(f"the nodes cover {covered} of the whole, in inference and in training")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", ["fp32", "auto"])
def test_the_times_add_up_on_cuda(precision: str) -> None:
    result = profile(presets.build("moat-0"), device="cuda", batch=32, precision=precision, repeats=20)  # type: ignore[arg-type]
    assert result.device.startswith("cuda (")
    assert abs(result.covered - 1) < 0.05
    assert result.peak_memory_bytes > 4 * 27_846_892


@pytest.mark.parametrize("family", DESIGNS)
def test_every_node_finds_its_modules(family: str) -> None:
    graph = DESIGNS[family]()
    engine = Engine()
    network = compiler.compile(graph, engine=engine)
    modules = codegen.render(compiler.planned(graph, engine)).modules
    leaves = {path: name for path, name in modules.items() if not isinstance(graph.item(path), Group)}
    found = places(network, leaves)
    reports = engine.analyze(graph).nodes
    for path, those in found.items():
        assert len(those) == reports[path].repeats
    total = sum(p.numel() for those in found.values() for module in those for p in module.parameters())
    assert total == sum(parameter.numel() for parameter in network.parameters())


class _Hand:
    """A clock that tests move."""

    now = 0.0

    def mark(self) -> float:
        return self.now

    def wait(self) -> None:
        pass

    def elapsed_us(self, start: float, end: float) -> float:
        return end - start


class _Takes(nn.Module):
    def __init__(self, clock: _Hand, time_us: float) -> None:
        super().__init__()
        self.clock, self.time_us = clock, time_us

    def forward(self, x: Tensor) -> Tensor:
        self.clock.now += self.time_us
        return x


def test_timers_keep_repeats_apart_start_anew_after_a_reading_and_leave_no_trace() -> None:
    clock = _Hand()
    parts = [_Takes(clock, time_us) for time_us in (5.0, 7.0, 11.0)]
    first, second, last = (("stage", "a"), (0,)), (("stage", "a"), (1,)), (("b",), ())
    timers = Timers(dict(zip((first, second, last), parts, strict=True)), clock)
    network = nn.Sequential(*parts)
    for _ in range(2):
        with timers.hung():
            network(torch.zeros(1))
        assert timers.read() == {first: 5.0, second: 7.0, last: 11.0}
    network(torch.zeros(1))
    assert timers.read() == {first: 0.0, second: 0.0, last: 0.0}


# -- runs


def test_a_profile_of_a_run_lies_in_its_log(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", tiny_moat())
    done = start(run.path)
    assert (done.returncode, done.stderr) == (0, "")
    events = run.events()
    kinds = [type(event) for event in events]
    assert kinds == [RunStarted, Environment, *[NodeTimed] * (len(events) - 3), ProfileFinished]
    started, *nodes, finished = events
    assert isinstance(started, RunStarted)
    assert isinstance(finished, ProfileFinished)
    assert (started.kind, started.precision) == ("profile", "fp32")
    assert started.device.startswith("cpu")
    assert started.params == Engine().analyze(tiny_moat()).total.params
    paths = [node.path for node in nodes if isinstance(node, NodeTimed)]
    assert paths == ["stem", "stage1", "stage1/mbconv", "stage2", "stage2/moat", "classifier"]
    assert (finished.batch, finished.repeats) == (2, 3)
    assert finished.images_per_second == pytest.approx(2e6 / finished.total_us_median)
    assert finished.peak_memory_bytes > 4 * started.params
    assert run.status == "finished"


def test_a_run_is_profiled_by_its_own_settings(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", tiny_vit())
    with pytest.raises(RunError, match="asks for batch 2, not 4"):
        profile(run.path, batch=4)
    heard: list[Event] = []
    result = profile(run.path, batch=2, on_event=heard.append)
    assert heard == run.events()
    assert (result.batch, result.repeats) == (2, 3)


def test_a_stop_is_heard_between_passes(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", tiny_vit(), ProfileJob(device="cpu", batch=1, repeats=100_000))
    assert profile_run(run.path, on_event=lambda _: run.request_stop()) is None
    assert isinstance(run.events()[-1], Stopped)
    assert run.status == "stopped"


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set and read as Linux does")
def test_memory_that_does_not_suffice_ends_in_a_sentence(tmp_path: Path) -> None:
    graph = presets.build("tiny-moat-0", image_size=224)
    run = make_run(tmp_path / "run", graph, ProfileJob(device="cpu", batch=64, repeats=1))
    limit = (
        "import resource, torch\n"
        "torch.set_num_threads(1)\n"
        "import hybridgraph.profiler.measurement, hybridgraph.profiler.subject\n"
        "from pathlib import Path\n"
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 500_000_000,) * 2)\n"
    )
    done = start(run.path, limit)
    assert done.returncode == 1
    assert done.stderr.startswith("Out of memory on cpu in ")
    assert "with a batch of 64. Choose a smaller batch" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    last = run.events()[-1]
    assert isinstance(last, Failed)
    assert f"{last.message} {last.hint}" == done.stderr.strip()
    assert run.status == "failed"


# -- refusals


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(RunError, match=f"no {device} device to profile on") as caught:
        profile(tiny_vit(), device=device)  # type: ignore[arg-type]
    assert "choose cpu or auto" in caught.value.hint


def test_a_format_that_the_device_computes_badly_is_refused() -> None:
    with pytest.raises(RunError, match="fp16"):
        profile(tiny_vit(), device="cpu", precision="fp16")


def test_settings_out_of_their_limits_are_refused() -> None:
    with pytest.raises(RunError, match="batch is 0"):
        profile(tiny_vit(), batch=0)


def test_a_design_without_a_path_is_refused() -> None:
    with pytest.raises(GraphError, match="no image"):
        profile(Graph(name="empty"), device="cpu")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def build_model(", "cannot be built: SyntaxError"),
        ("from torch import nn\ndef build_model():\n    return nn.Flatten()", "no module for patch_embed"),
        ("def build_model():\n    raise OSError('no disk')", "cannot be built: OSError: no disk"),
    ],
)
def test_a_source_that_is_not_the_designs_is_refused(source: str, sentence: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", tiny_vit(), source=source)
    with pytest.raises(RunError, match=sentence):
        profile_run(run.path)
    assert run.status == "failed"


def test_a_training_run_is_not_profiled(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", tiny_vit(), TrainJob(), source="")
    with pytest.raises(RunError, match="is a train run"):
        profile(run.path, batch=2)


def test_the_process_explains_itself(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "hybridgraph.profiler"]
    for arguments, code, word in (([], 2, "usage"), ([str(tmp_path / "none")], 1, "no run folder")):
        done = subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code
        assert word in done.stderr
        assert "Traceback" not in done.stderr


def test_the_package_needs_no_torch_to_be_imported() -> None:
    code = "import sys, hybridgraph.profiler; sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
