"""A sweep: cells in processes of their own, the cliff, stopping, going on."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hybridgraph import compiler
from hybridgraph.events import CellMeasured, Stopped, SweepFinished
from hybridgraph.graph.files import dumps
from hybridgraph.jobs import SweepJob
from hybridgraph.profiler import sweep_run
from hybridgraph.profiler.cell import answer, compiling
from hybridgraph.profiler.children import Answer, measure_cell, unmeasured
from hybridgraph.profiler.files import load_sweep, read_cell
from hybridgraph.profiler.request import Request, decode, encode
from hybridgraph.runs import Run, create_run
from tests.export.designs import tiny_vit

FITS = 11


def make_run(folder: Path, **settings: Any) -> Run:
    graph = tiny_vit()
    job = SweepJob(device="cpu", batches=(1, 8), repeats=3, **settings)
    return create_run(folder, graph_text=dumps(graph), source=compiler.source(graph).text, job=job)


def simulated(calls: list[Request]) -> Callable[..., Answer | None]:
    """Cells of a machine on which so many pictures fit."""

    def measure(request: Request, is_stopped: Callable[[], bool]) -> Answer | None:
        calls.append(request)
        if is_stopped():
            return None
        status = "measured" if request.batch <= FITS else "out of memory"
        return Answer(cell=unmeasured(request, status, ""), device="cpu (test)")  # type: ignore[arg-type]

    return measure


def test_the_cliff_is_found_to_the_last_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Request] = []
    monkeypatch.setattr("hybridgraph.profiler.sweep.measure_cell", simulated(calls))
    run = make_run(tmp_path / "run", memory_limit=100, image_sizes=(32, 33))
    result = sweep_run(run.path)
    assert result is not None
    (cliff,) = result.cliffs  # 33 pixels cannot be cut into patches of 4, which is a result too
    assert (cliff.image_size, cliff.largest_batch, cliff.smallest_failing) == (32, FITS, FITS + 1)
    assert [call.batch for call in calls] == [1, 8, 16, 12, 10, 11]
    assert [call.is_probe for call in calls] == [False, False, True, True, True, True]
    assert all(call.limit_bytes == 100 * 10**6 for call in calls)
    unfit = [cell for cell in result.cells if cell.status == "unfit"]
    assert [cell.image_size for cell in unfit] == [33, 33]
    assert "33" in unfit[0].message
    assert run.status == "finished"
    assert load_sweep(run.path) == result
    assert isinstance(run.events()[-1], SweepFinished)


def test_a_stopped_sweep_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Request] = []
    monkeypatch.setattr("hybridgraph.profiler.sweep.measure_cell", simulated(calls))
    run = make_run(tmp_path / "run", precisions=("fp32", "bf16"))

    def stop_after_one(event: object) -> None:
        if isinstance(event, CellMeasured):
            run.request_stop()

    assert sweep_run(run.path, on_event=stop_after_one) is None
    assert isinstance(run.events()[-1], Stopped)
    assert (run.status, len(calls)) == ("stopped", 1)
    kept = load_sweep(run.path)
    assert kept is not None
    assert not kept.is_finished
    result = sweep_run(run.path)
    assert result is not None
    assert [(call.precision, call.batch) for call in calls] == [
        ("fp32", 1), ("fp32", 8), ("bf16", 1), ("bf16", 8),
    ]  # fmt: skip
    assert all(cliff.smallest_failing is None for cliff in result.cliffs)  # no limit, nothing was too much


def test_compiling_that_is_given_up_is_not_tried_for_other_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Request] = []

    def measure(request: Request, _: Callable[[], bool]) -> Answer:
        calls.append(request)
        return Answer(cell=unmeasured(request, "given up" if request.compiled else "measured", "Too slow."))

    monkeypatch.setattr("hybridgraph.profiler.sweep.measure_cell", measure)
    run = make_run(tmp_path / "run", compiles=("on", "off"), compile_limit=5)
    result = sweep_run(run.path)
    assert result is not None
    assert [(call.compiled, call.batch, call.compile_limit) for call in calls] == [
        (True, 1, 5), (False, 1, 5), (False, 8, 5),
    ]  # fmt: skip
    assert [cell.status for cell in result.cells] == ["given up", "given up", "measured", "measured"]
    assert result.cells[1].message == "Compiling for a batch of 1 was given up already."
    assert [cliff.compiled for cliff in result.cliffs] == [False]


def test_a_cell_that_compiles_too_long_says_so_and_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = threading.Event()
    codes: list[int] = []
    monkeypatch.setattr("os._exit", lambda code: (codes.append(code), ended.set()))
    asked = Request(
        source="model.py", image=(3, 32, 32), batch=2, precision="fp32", compiled=True, device="cpu",
        passes="training", repeats=3, seconds=0.2, compile_limit=0.001,
    )  # fmt: skip
    with compiling(unmeasured(asked, "measured", ""), asked, "training"):
        assert ended.wait(60)
    told = read_cell(json.loads(capsys.readouterr().out)["cell"])
    assert (codes, told.status) == ([0], "given up")
    assert told.message.startswith("Compiling for training took longer than 0.001 s and was given up.")


def request(run: Run, **changes: Any) -> Request:
    settings: dict[str, Any] = {
        "source": str(run.path / "model.py"), "image": (3, 32, 32), "batch": 2, "precision": "fp32",
        "compiled": False, "device": "cpu", "passes": "training", "repeats": 3, "seconds": 0.2,
    }  # fmt: skip
    return Request(**{**settings, **changes})


def test_a_cell_is_measured(tmp_path: Path) -> None:
    asked = request(make_run(tmp_path / "run"))
    assert decode(encode(asked)) == asked
    told = answer(asked)
    cell = read_cell(told["cell"])
    assert (cell.status, cell.message) == ("measured", "")
    assert told["device"].startswith("cpu")
    assert cell.forward is not None
    assert cell.step is not None
    assert cell.images_per_second == pytest.approx(2e6 / cell.step.median_us)
    assert 0 < cell.peak_memory_bytes < cell.process_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is the system's")
def test_running_out_of_memory_is_a_result(tmp_path: Path) -> None:
    asked = request(make_run(tmp_path / "run"), batch=4096, limit_bytes=40 * 10**6)
    found = measure_cell(asked, lambda: False)
    assert found is not None
    assert found.cell.status == "out of memory"


def test_a_source_that_fails_is_a_result(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run.path / "model.py").write_text("def build_model():\n    raise ValueError('no such thing')\n")
    cell = read_cell(answer(request(run))["cell"])
    assert (cell.status, cell.message) == ("failed", "ValueError: no such thing.")


def test_a_stop_ends_the_process_at_once(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run.path / "model.py").write_text("import time\ntime.sleep(1000)\n")
    assert measure_cell(request(run), lambda: True) is None


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        (f"import os, signal; os.kill(os.getpid(), {int(getattr(signal, 'SIGKILL', 9))})", "out of memory"),
        ("import sys; sys.exit('std::bad_alloc')", "out of memory"),
        ("import sys; sys.exit('it broke')", "failed"),
    ],
)
def test_the_end_of_a_process_is_understood(
    ends: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "SIGKILL" in ends and sys.platform == "win32":
        pytest.skip("there are no signals")
    fake = tmp_path / "python"
    fake.write_text(f"#!{sys.executable}\n{ends}\n")
    fake.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(fake))
    asked = Request(
        source="model.py", image=(3, 32, 32), batch=2, precision="fp32", compiled=False, device="cpu",
        passes="training", repeats=3, seconds=0.2,
    )  # fmt: skip
    found = measure_cell(asked, lambda: False)
    assert found is not None
    assert found.cell.status == status


def test_a_cell_ends_with_its_sweep() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "hybridgraph.profiler.cell"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2], env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert child.stdin is not None
    slow = Request(
        source="/dev/stdin", image=(3, 32, 32), batch=2, precision="fp32", compiled=False, device="cpu",
        passes="training", repeats=3, seconds=0.2,
    )  # fmt: skip
    child.stdin.write(f"{encode(slow)}\n".encode())
    child.stdin.close()
    assert child.wait(240) in (0, 1)
