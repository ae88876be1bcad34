"""Results as values and as files, and what the roofline says of them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hybridgraph import cli
from hybridgraph.errors import RunError
from hybridgraph.graph.files import save as save_design
from hybridgraph.profiler.cells import Cell, SweepResult
from hybridgraph.profiler.files import PROFILE_FILE, load_profile, load_sweep, save
from hybridgraph.profiler.result import ProfileResult
from hybridgraph.profiler.roofline import Dot, Rate, Rates, dot
from tests.export.designs import tiny_moat

RATES = Rates(
    bandwidth=Rate(median=1e9, p10=1e9, p90=1e9),
    matmul=Rate(median=1e11, p10=1e11, p90=1e11),
    copied_bytes=1,
    matmul_side=1,
)


def judged(flops: int, moved_bytes: int, time_us: float) -> Dot:
    return dot(("s", "n"), "Stage 1 › MBConv", RATES, is_group=False, flops=flops, moved_bytes=moved_bytes, time_us=time_us)  # fmt: skip


def test_the_roofline_says_in_words_what_bounds_a_block() -> None:
    assert RATES.ridge == 100
    assert RATES.roof(10) == 1e10
    assert RATES.roof(1000) == 1e11
    memory = judged(flops=10_000_000, moved_bytes=1_000_000, time_us=1640)
    assert (memory.bound, memory.intensity) == ("memory", 10)
    assert (
        memory.words == "Stage 1 › MBConv: bound by memory traffic, reaches 61 % of the measured bandwidth."
    )
    arithmetic = judged(flops=1_000_000_000, moved_bytes=1_000_000, time_us=20_000)
    assert arithmetic.bound == "compute"
    assert "bound by arithmetic, reaches 50 % of the measured matrix rate" in arithmetic.words
    assert judged(flops=1_000_000, moved_bytes=100_000, time_us=5000).bound == "neither"
    assert judged(flops=0, moved_bytes=1_000_000, time_us=1250).bound == "memory"
    assert "stay in the caches" in judged(flops=0, moved_bytes=1_000_000, time_us=500).words


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Path]:
    """A profile from the command line: the run, what was printed, and the trace."""
    import contextlib
    import io

    folder = tmp_path_factory.mktemp("cli")
    save_design(tiny_moat(), folder / "d.hybrid.json")
    run, trace, out = folder / "run", folder / "trace.json", io.StringIO()
    torch.set_num_threads(1)
    words = [
        "profile",
        str(folder / "d.hybrid.json"),
        "--batch",
        "2",
        "--repeats",
        "3",
        "--seconds",
        "2",
        "--json",
    ]
    with contextlib.redirect_stdout(out):
        assert cli.run([*words, "--trace", str(trace), "--run", str(run), "--device", "cpu"]) == 0
    return run, out.getvalue(), trace


def test_a_result_survives_its_file(printed: tuple[Path, str, Path], tmp_path: Path) -> None:
    run, text, _ = printed
    result = load_profile(run)
    assert isinstance(result, ProfileResult)
    said = json.loads(text)
    assert said["nodes"] == json.loads((run / PROFILE_FILE).read_text())["nodes"]
    assert said["training_images_per_second"] == pytest.approx(result.training_images_per_second)
    save(tmp_path, result)
    assert load_profile(tmp_path) == result
    assert load_sweep(tmp_path) is None
    cell = Cell(batch=1, image_size=32, precision="fp32", compiled=False, status="out of memory")
    sweep = SweepResult(device="cpu", passes="training", memory_limit_bytes=None, cells=(cell,))
    save(tmp_path, sweep)
    assert load_sweep(tmp_path) == sweep


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text[:-40], "is not valid JSON"),
        (lambda text: text.replace("hybridgraph-profile", "else", 1), "is not the result of a profile"),
        (lambda text: text.replace('"version": 1', '"version": 99', 1), "has version 99"),
        (lambda text: text.replace('"precision": "fp32"', '"precision": 3', 1), "damaged at precision"),
        (lambda text: text.replace('"batch": 2', '"batch": NaN', 1), "not valid JSON"),
    ],
)
def test_a_damaged_result_is_refused(
    printed: tuple[Path, str, Path], tmp_path: Path, change: object, sentence: str
) -> None:
    (tmp_path / PROFILE_FILE).write_text(change((printed[0] / PROFILE_FILE).read_text()))  # type: ignore[operator]
    with pytest.raises(RunError, match=sentence):
        load_profile(tmp_path)


# What the Trace Event Format wants of each phase of event beside its name, process and thread (Google, 2016).
WANTED = {
    "X": {"ts", "dur"}, "M": {"args"}, "s": {"ts", "id", "cat"}, "f": {"ts", "id", "cat", "bp"}, "i": {"ts", "s"},
}  # fmt: skip


def _number(event: dict, key: str) -> float:
    value = event[key]
    assert type(value) in (int, float), event
    assert value >= 0, event
    return float(value)


def test_a_trace_is_in_the_trace_event_format(printed: tuple[Path, str, Path]) -> None:
    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    content = json.loads(printed[2].read_text(encoding="utf-8"), parse_constant=refuse)
    assert content["displayTimeUnit"] == "ms"
    assert not {"traceName", "host_name"} & set(content)  # nothing of this machine goes along
    threads: dict[tuple[object, object], list[tuple[float, float, str]]] = {}
    arrows: dict[tuple[object, ...], dict[str, float]] = {}
    for event in content["traceEvents"]:
        missing = {"name", "ph", "pid", "tid", *WANTED[event["ph"]]} - set(event)
        assert not missing, (event, missing)
        assert isinstance(event["name"], str)
        assert all(type(event[key]) in (int, str) for key in ("pid", "tid")), event
        assert isinstance(event.get("args", {}), dict)
        if event["ph"] == "M":
            assert event["name"].startswith(("process_", "thread_"))
            continue
        start = _number(event, "ts")
        if event["ph"] == "X":
            span = (start, -_number(event, "dur"), event["name"])
            threads.setdefault((event["pid"], event["tid"]), []).append(span)
        elif event["ph"] in "sf":
            arrow = arrows.setdefault((event["cat"], event["name"], event["id"]), {})
            assert event["ph"] not in arrow
            arrow[event["ph"]] = start
    assert arrows
    assert all(set(arrow) == {"s", "f"} and arrow["s"] <= arrow["f"] for arrow in arrows.values())
    for (
        spans
    ) in threads.values():  # one that begins in another also ends in it, to a thousandth of a microsecond
        around: list[float] = []
        for start, length, name in sorted(spans):
            while around and around[-1] <= start + 1e-3:
                around.pop()
            assert not around or start - length <= around[-1] + 1e-3, name
            around.append(start - length)
    step = load_profile(printed[0])
    assert step is not None
    assert step.training is not None
    traced = sum(
        event["dur"]
        for event in content["traceEvents"]
        if event["ph"] == "X" and event["name"] in ("forward", "backward", "optimizer")
    )
    assert 0.1 < traced / step.training.times.median_us < 300  # microseconds, with what tracing adds


def test_a_trace_names_nodes_in_each_part_of_a_step(printed: tuple[Path, str, Path]) -> None:
    events = json.loads(printed[2].read_text(encoding="utf-8"))["traceEvents"]
    spans = [event for event in events if event["ph"] == "X"]
    ranges = {
        name: [(float(e["ts"]), float(e["ts"]) + float(e["dur"])) for e in spans if e["name"] == name]
        for name in ("forward", "backward", "optimizer", "stem", "stage2/moat #1", "stage2/moat #2")
    }
    assert all(len(ranges[phase]) == 1 for phase in ("forward", "backward", "optimizer"))
    for name in ("stem", "stage2/moat #1", "stage2/moat #2"):  # once in each part of the step
        for phase in ("forward", "backward", "optimizer"):
            (start, end), = ranges[phase]  # fmt: skip
            assert sum(start <= low and high <= end for low, high in ranges[name]) == 1, (name, phase)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--batch", "1,2"], "--batch names 2 values"),
        (["--batch", "none"], "whole numbers above 0"),
        (["--compile", "both"], "Add --sweep"),
        (["--sweep", "--trace", "t.json"], "A sweep writes no trace"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["profile", "pocket-moat", *words]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_lines_of_a_sweep_have_cliffs() -> None:
    def cell(batch: int, status: str, precision: str = "fp32") -> Cell:
        return Cell(batch=batch, image_size=32, precision=precision, compiled=False, status=status)  # type: ignore[arg-type]

    result = SweepResult(
        device="cpu",
        passes="training",
        memory_limit_bytes=1,
        cells=(cell(1, "measured"), cell(8, "out of memory"), cell(4, "measured"), cell(1, "failed", "bf16")),
    )
    (cliff,) = result.cliffs
    assert (cliff.largest_batch, cliff.smallest_failing, cliff.is_exact) == (4, 8, False)
    closer = result.with_cell(cell(5, "out of memory"))
    assert closer.cliffs[0].is_exact
    assert len(closer.with_cell(replace(cell(5, "out of memory"), is_probe=True)).cells) == 5
