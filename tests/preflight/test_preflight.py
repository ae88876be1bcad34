"""A pre-flight finds what keeps a training from working, and what it finds of a sound one is true."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from hybridgraph import catalog, compiler, presets
from hybridgraph.analysis import Analysis, Finding
from hybridgraph.cli import run as command
from hybridgraph.engine import Engine
from hybridgraph.errors import RunError
from hybridgraph.events import CheckFinished, Event, PreflightFinished, RunStarted, Step, Stopped
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import PreflightJob, TrainJob, load_job, save_job
from hybridgraph.preflight import CHECKS, Figures, PreflightResult, fitting, load, pace, preflight_run
from hybridgraph.preflight.files import RESULT_FILE, content, save
from hybridgraph.preflight.gradients import Watch
from hybridgraph.preflight.memory import check_memory
from hybridgraph.preflight.shapes import check_shapes
from hybridgraph.preflight.values import Check, NodeGradient, duration
from hybridgraph.recipes import card
from hybridgraph.runs import Run, create_run
from hybridgraph.shapes import ImageMap, Vector

SECONDS = 600.0  # what ends by itself ends long before, so that no test depends on the time


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MOST_STEPS", 30)
    monkeypatch.setattr(pace, "_ENOUGH", 4)
    monkeypatch.setattr(pace, "_LEAST_S", 0.0)


@pytest.fixture(scope="module")
def design() -> Graph:
    return presets.build("pocket-moat", image_size=8, channels_in=1, classes=10)


def training(**given: object) -> TrainJob:
    values: dict[str, object] = {
        "image_size": 8, "channels_in": 1, "classes": 10, "batch": 16, "device": "cpu", "precision": "fp32",
        "recipe": card("small-data").recipe,
    }  # fmt: skip
    return TrainJob(**(values | given))  # type: ignore[arg-type]


MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(tmp_path: Path, design: Graph) -> MakeRun:
    def make(
        change: Callable[[str], str] = lambda source: source, graph: Graph = design, **given: object
    ) -> Run:
        source = change(compiler.source(graph, standalone=True).text)
        job = PreflightJob(training=training(**given), seconds=SECONDS)
        return create_run(tmp_path / "run", graph_text=files.dumps(graph), source=source, job=job)

    return make


def until_fitted(run: Run) -> PreflightResult:
    """The result of a pre-flight that is stopped when one batch was learnt."""

    def stop(event: Event) -> None:
        if isinstance(event, CheckFinished) and event.name == "overfit":
            run.request_stop()

    preflight_run(run.path, on_event=stop)
    result = load(run.path)
    assert result is not None
    return result


def _of(result: PreflightResult | None, name: str) -> Check:
    assert result is not None
    found = result.check(name)  # type: ignore[arg-type]
    assert found is not None, f"{name} was not checked: {result.checks}"
    return found


def test_a_sound_training_passes_and_every_check_is_told_as_it_is_done(
    make_run: MakeRun, design: Graph
) -> None:
    run = make_run()
    told: list[Event] = []
    result = preflight_run(run.path, on_event=told.append)
    assert result is not None
    assert result.is_able
    assert result.is_finished
    assert tuple(check.name for check in result.checks) == CHECKS
    assert {_of(result, name).status for name in ("shapes", "memory", "gradient", "overfit")} == {"passed"}
    checks = [event for event in told if isinstance(event, CheckFinished)]
    assert [event.name for event in checks] == list(CHECKS)
    assert [event.kind for event in told if isinstance(event, RunStarted)] == ["preflight"]
    assert isinstance(told[-1], PreflightFinished)
    assert run.outcome == "finished"
    assert load(run.path) == result
    figures = result.figures
    assert 0 < figures.low_s <= figures.expected_s <= figures.high_s
    assert figures.steps == 3 * (6000 // 16)
    assert min(figures.input_rate, figures.model_rate, figures.step_rate) > 0
    assert figures.largest_batch > 16
    assert result.curve[-1] <= 0.5 * result.curve[0]
    assert [step.loss for step in told if isinstance(step, Step)] == list(result.curve)
    assert {node.path for node in result.nodes} == {
        ("stem",), ("stage1", "mbconv"), ("stage2", "moat"), ("classifier",)
    }  # fmt: skip
    assert {node.reach for node in result.nodes} == {"alive"}


def test_a_block_that_hands_no_gradient_back_leaves_those_before_it_dead(make_run: MakeRun) -> None:
    def cut(source: str) -> str:
        forward = "x = x + self.drop_path(self.attention(self.norm(x)))"
        assert forward in source
        return source.replace(
            forward,
            forward.replace("= x +", "= x.detach() +").replace("self.norm(x)", "self.norm(x.detach())"),
        )

    result = until_fitted(make_run(cut))
    check = _of(result, "gradient")
    assert check.status == "warned"
    assert check.paths == (("stem",), ("stage1", "mbconv"), ("stage2", "moat"))
    reach = {node.path: node for node in result.nodes}
    assert reach["stem",].is_dead
    assert "comes back" in reach["stem",].why
    assert "Stage 1" in reach["stem",].why
    assert reach["stage2", "moat"].why.startswith("In repeat 1 of 2: ")
    assert reach["classifier",].reach == "alive"
    assert result.is_able  # the rest learns


def test_a_network_that_learns_nothing_cannot_be_trained(make_run: MakeRun) -> None:
    def deaf(source: str) -> str:
        head = (
            "return self.classifier(x)" if "return self.classifier(x)" in source else "x = self.classifier(x)"
        )
        assert head in source
        return source.replace(head, head.replace("self.classifier(x)", "self.classifier(x) * 0.0"))

    result = preflight_run(make_run(deaf).path)
    assert result is not None
    assert not result.is_able
    assert _of(result, "gradient").status == "failed"
    assert _of(result, "overfit").status == "failed"
    assert "Not even" in _of(result, "overfit").message
    assert result.check("time") is None  # what comes after is of no use


def test_numbers_that_break_are_named(make_run: MakeRun) -> None:
    def broken(source: str) -> str:
        assert "self.drop_path(self.attention(self.norm(x)))" in source
        return source.replace(
            "self.drop_path(self.attention(self.norm(x)))", "(self.attention(self.norm(x)) - 1e9).log()"
        )

    result = preflight_run(make_run(broken).path)
    assert result is not None
    assert not result.is_able
    assert _of(result, "gradient").status == "failed"
    assert "no number" in _of(result, "overfit").message
    json.dumps(content(result), allow_nan=False)


def test_pictures_that_do_not_fit_fail_the_first_check(make_run: MakeRun, tmp_path: Path) -> None:
    result = preflight_run(make_run(data=f"folder:{tmp_path / 'nowhere'}").path)
    assert result is not None
    assert [check.name for check in result.checks] == ["shapes"]
    assert "nowhere" in _of(result, "shapes").message
    assert not result.is_able


def test_a_frozen_stage_is_no_fault(make_run: MakeRun, design: Graph) -> None:
    graph = edits.set_freeze(design, ("stage1",), freeze=True)
    result = until_fitted(make_run(graph=graph))
    assert result is not None
    reach = {node.path: node.reach for node in result.nodes}
    assert reach["stage1", "mbconv"] == "frozen"
    assert _of(result, "gradient").status == "passed"
    assert "frozen" in _of(result, "gradient").message


def test_it_stops_when_it_is_asked_to(make_run: MakeRun) -> None:
    run = make_run()
    told: list[Event] = []

    def stop(event: Event) -> None:
        told.append(event)
        if isinstance(event, Step):
            run.request_stop()

    assert preflight_run(run.path, on_event=stop) is None
    assert isinstance(told[-1], Stopped)
    assert run.outcome == "stopped"
    result = load(run.path)
    assert result is not None
    assert not result.is_finished
    assert len(result.checks) < len(CHECKS)


def test_a_training_is_no_preflight(tmp_path: Path, design: Graph) -> None:
    source = compiler.source(design).text
    run = create_run(tmp_path / "run", graph_text=files.dumps(design), source=source, job=training())
    with pytest.raises(RunError, match="is a train run"):
        preflight_run(run.path)


def test_memory_says_the_largest_safe_batch_and_what_to_do_above_it(
    design: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Machine:
        available = 200_000_000
        total = available

    monkeypatch.setattr("psutil.virtual_memory", Machine)
    engine = Engine()
    check, figures = check_memory(design, training(batch=8), engine, Figures())
    assert check.status == "passed"
    largest = figures.largest_batch
    assert check_memory(design, training(batch=largest), engine, Figures())[0].status == "passed"
    above, _ = check_memory(design, training(batch=largest + 1), engine, Figures())
    assert above.status == "warned"
    assert f"{largest:,}" in above.message
    assert "accumulation=2" in above.hint
    parts = training(batch=2 * largest, recipe=replace(card("plain").recipe, accumulation=2))
    assert check_memory(design, parts, engine, Figures())[0].status == "passed"
    recipe = card("small-data").recipe
    averaged, plain = (
        check_memory(design, training(batch=largest, recipe=replace(recipe, ema=ema)), engine, Figures())[1]
        for ema in (0.999, 0.0)
    )
    network = compiler.compile(design)
    own = [*network.parameters(), *network.buffers()]
    assert averaged.memory_bytes - plain.memory_bytes == sum(tensor.nbytes for tensor in own)
    assert averaged.largest_batch < plain.largest_batch
    Machine.available = 100_000
    none, _ = check_memory(design, training(batch=1), engine, Figures())
    assert none.status == "failed"


def test_shapes_that_do_not_fit_are_told_without_a_process(design: Graph) -> None:
    found = Finding(
        severity="error", code="kind", message="It is too small.", hint="Widen it.", path=("stem",)
    )
    analysis = Analysis(digest="", nodes={}, findings=(found, found))
    check = check_shapes(analysis, design, catalog.load())
    assert (check.status, check.paths, check.hint) == ("failed", (("stem",),), "Widen it.")
    assert check.message == "Convolutional stem: It is too small. And 1 more."
    headless = Analysis(digest="", nodes={}, output=ImageMap(channels=3, height=8, width=8))
    assert check_shapes(headless, design, {}).status == "failed"
    fine = Analysis(digest="", nodes={}, output=Vector(channels=10))
    assert check_shapes(fine, design, {}).status == "passed"


def _watched(*layers: nn.Module) -> tuple[NodeGradient, ...]:
    """What is told of layers in a row after a step, as nodes 0, 1, 2 … of an empty design."""
    watch = Watch({((str(place),), ()): layer for place, layer in enumerate(layers)})
    values = torch.randn(8, 4)
    for layer in layers:
        values = layer(values)
    if values.requires_grad:
        values.pow(2).mean().backward()
    watch.look()
    watch.end()
    return watch.told(Graph(), {}, frozenset())


class Detached(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.detach()


def test_reasons_for_a_gradient_that_does_not_arrive() -> None:
    sunk = nn.Linear(4, 4)
    nn.init.constant_(sunk.bias, -1e3)
    told = _watched(nn.Linear(4, 4), sunk, nn.ReLU(), nn.Linear(4, 4))
    assert [node.reach for node in told] == ["dead", "dead", "dead", "partly"]
    assert "one and the same number" in told[2].why
    told = _watched(nn.Linear(4, 4), Detached(), nn.Linear(4, 4))
    assert [node.reach for node in told] == ["dead", "dead", "alive"]
    assert "no gradient can go back" in told[1].why
    assert told[0].why.endswith("The way back ends at 1.")
    unused = nn.Linear(4, 4)
    unused.register_parameter("spare", nn.Parameter(torch.ones(3)))
    assert _watched(unused)[0].why == "1 of its 3 tensors of weights never get a gradient: spare."
    told = _watched(nn.Linear(4, 4), Scale(1e-12), *(nn.Linear(4, 4) for _ in range(3)))
    assert [node.reach for node in told] == ["faint", "alive", "alive", "alive", "alive"]
    assert "hardly learns" in told[0].why
    assert (
        _watched(nn.Flatten(), nn.Linear(4, 2))[0].reach == "alive"
    )  # nothing to learn at the picture's end


class Scale(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.factor + x.detach()


def test_a_scale_that_begins_at_zero_hides_nothing_for_long() -> None:
    inner, gate = nn.Linear(4, 4), nn.Parameter(torch.zeros(1))
    watch = Watch({(("inner",), ()): inner})
    optimizer = torch.optim.SGD([*inner.parameters(), gate], lr=0.1)
    for _ in range(2):
        values = torch.ones(2, 4)
        loss = (values + gate * inner(values)).sum()
        optimizer.zero_grad()
        loss.backward()
        watch.look()
        optimizer.step()
    assert watch.told(Graph(), {}, frozenset())[0].reach == "alive"


def test_results_and_jobs_come_back_as_they_were(tmp_path: Path) -> None:
    job = PreflightJob(training=training(data="folder:/pictures"), seconds=3)
    save_job(tmp_path / "job.json", job)
    assert load_job(tmp_path / "job.json") == job
    assert load(tmp_path) is None
    result = PreflightResult(
        digest="d",
        checks=(Check(name="memory", status="failed", message="No.", hint="Less.", paths=(("a", "b"),)),),
        nodes=(NodeGradient(path=("a",), title="A", reach="dead", why="So."),),
        curve=(2.0, 1.0),
    )
    save(tmp_path, result)
    assert load(tmp_path) == result
    assert result.verdict == "This training cannot work: memory."
    for damage in (
        "{",
        "[]",
        '{"format": "hybridgraph-preflight", "version": 99}',
        '{"format": "hybridgraph-preflight", "version": 1}',
    ):
        (tmp_path / RESULT_FILE).write_text(damage)
        with pytest.raises(RunError):
            load(tmp_path)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.44, "0.4 s"), (42, "42 s"), (100, "1.7 min"), (3000, "50 min"), (9000, "2.5 h"), (4e5, "4.6 days")],
)
def test_times_are_said_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_command_prints_the_same_and_ends_with_1_where_it_cannot_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = [
        "--image-size",
        "8",
        "--batch",
        "8",
        "--seconds",
        str(SECONDS),
        "--device",
        "cpu",
        "--precision",
        "fp32",
    ]
    kept = ["--recompute", "stage2", "--run", str(tmp_path / "kept")]
    assert command(["preflight", "pocket-moat", *few, *kept, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert files.load(tmp_path / "kept" / "graph.hybrid.json").nodes["stage2"].recompute
    assert told["is_able"] is True
    assert [check["name"] for check in told["checks"]] == list(CHECKS)
    assert (tmp_path / "kept" / RESULT_FILE).is_file()
    assert command(["preflight", "pocket-moat", *few, "--classes", "7"]) == 1
    printed = capsys.readouterr().out
    assert "✗ Shapes and pictures: The pictures of sample have 10 classes, the design ends in 7." in printed
    assert "This training cannot work" in printed
    assert command(["preflight", "pocket-moat", "--recipe", "nothing"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
