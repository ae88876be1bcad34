"""The store of runs: how a run stands, processes that outlive their starter, stopping and deleting."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hybridgraph.errors import DocumentError, RunError
from hybridgraph.events import EventLog, Failed, Finished, Note, RunStarted, Step, Stopped
from hybridgraph.runs import Run, create_run, default_root, list_runs, open_run, start_process
from hybridgraph.runs.lock import hold, holder

MakeRun = Callable[..., Run]
STARTED = RunStarted(kind="train", device="cpu", precision="fp32", params=1, pid=1)


def _log(run: Run, *events: object) -> None:
    with EventLog(run.events_path) as log:
        for event in events:
            log.append(event)  # type: ignore[arg-type]


def test_the_status_is_read_from_log_and_lock(make_run: MakeRun) -> None:
    run = make_run()
    assert (run.status, run.pid) == ("new", None)
    _log(run, STARTED, Note(message="on its way"))
    with hold(run.path):
        assert (run.status, run.pid) == ("running", os.getpid())
    assert run.status == "interrupted"
    steps = [Step(epoch=0, step=step, loss=1.0, lr=0.1, images_per_second=1.0) for step in range(2000)]
    _log(run, *steps)
    assert run.status == "interrupted"  # the start lies far before the end of the log
    for event, status in (
        (Stopped(), "stopped"),
        (STARTED, "interrupted"),
        (Failed(message="No."), "failed"),
        (Finished(top1=1, loss=0, epochs=1, images_per_second=1), "finished"),
    ):
        _log(run, event, Note(message="afterwards"))
        assert run.status == status


def test_a_run_is_an_open_book(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(directory=tmp_path / "book")
    assert open_run(tmp_path / "book") == run
    assert run.name == "book"
    assert run.job.batch == 16
    assert sorted(path.name for path in run.path.iterdir()) == [
        "checkpoints",
        "graph.hybrid.json",
        "job.json",
        "model.py",
    ]


def test_runs_are_listed_youngest_first_and_strangers_left_out(make_run: MakeRun, tmp_path: Path) -> None:
    runs = [make_run(directory=tmp_path / "runs" / name) for name in ("b", "c", "a")]
    for age, run in enumerate(reversed(runs)):
        os.utime(run.path / "job.json", (1000 - age, 1000 - age))
    (tmp_path / "runs" / "thesis").mkdir()
    assert [run.name for run in list_runs(tmp_path / "runs")] == ["a", "c", "b"]
    assert list_runs(tmp_path / "nowhere") == []


def test_deleting_takes_a_run_and_nothing_else(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    with hold(run.path), pytest.raises(RunError, match="is running"):
        run.delete()
    run.delete()
    assert not run.path.exists()
    (tmp_path / "thesis").mkdir()
    with pytest.raises(RunError, match="is no run folder"):
        Run(tmp_path / "thesis").delete()


def test_a_run_that_is_not_at_work_cannot_be_stopped(make_run: MakeRun) -> None:
    run = make_run()
    with pytest.raises(RunError, match="is not running"):
        run.request_stop()
    assert not (run.path / "stop").exists()


def test_the_root_lies_in_the_users_folder() -> None:
    assert default_root().name == "runs"
    assert default_root().parent.name == "HybridGraph"


def test_the_lock_ends_with_its_process(make_run: MakeRun) -> None:
    run = make_run()
    code = "import sys, pathlib\nfrom hybridgraph.runs.lock import hold\n"
    code += "with hold(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(run.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert holder(run.path) == process.pid
        with pytest.raises(RunError, match=f"in use by process {process.pid}"), hold(run.path):
            pytest.fail("two processes hold one run")
        process.send_signal(signal.SIGKILL)
    assert holder(run.path) is None
    with hold(run.path):
        assert holder(run.path) == os.getpid()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python 3.12 warns of fork beside threads
def test_a_worker_made_by_fork_does_not_keep_the_lock(make_run: MakeRun) -> None:
    run = make_run()
    ends = (*os.pipe(), *os.pipe())
    reader, writer, alive, living = ends
    with hold(run.path):
        child = os.fork()
        if not child:
            os.close(writer)
            os.write(living, b"!")
            os.read(reader, 1)  # until the parent has let go and looked
            os._exit(0)
        os.read(alive, 1)
    assert holder(run.path) is None
    for end in ends:
        os.close(end)
    os.waitpid(child, 0)


def test_a_started_process_outlives_its_starter_and_finishes(make_run: MakeRun) -> None:
    run = make_run(epochs=1)
    code = "import sys\nfrom hybridgraph.runs import open_run, start_process\n"
    code += "print(start_process(open_run(sys.argv[1]), 'train'))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pid = int(subprocess.check_output([sys.executable, "-c", code, str(run.path)], env=environment))
    if psutil.pid_exists(pid):
        process = psutil.Process(pid)
        assert os.getsid(pid) == pid  # a session of its own: no hang-up reaches it
        psutil.wait_procs([process], timeout=240)
    assert run.status == "finished", (run.path / "log.txt").read_text()
    assert (run.path / "log.txt").read_text() == ""


def test_a_process_that_fails_says_so_in_one_line(make_run: MakeRun) -> None:
    run = make_run()
    (run.path / "job.json").write_text("{}")
    process = psutil.Process(start_process(run, "train"))
    assert process.nice() > psutil.Process().nice()  # the window goes first
    psutil.wait_procs([process], timeout=240)
    assert run.status == "failed"
    assert (
        run.path / "log.txt"
    ).read_text() == f"The file {run.path / 'job.json'} is not a HybridGraph job.\n"


def test_a_running_run_is_not_started_twice(make_run: MakeRun) -> None:
    run = make_run()
    with hold(run.path), pytest.raises(RunError, match=f"already running in process {os.getpid()}"):
        start_process(run, "train")


def test_a_finished_run_is_not_started_again(make_run: MakeRun) -> None:
    run = make_run()
    _log(run, STARTED, Finished(top1=1, loss=0, epochs=1, images_per_second=1))
    with pytest.raises(RunError, match="is finished"):
        start_process(run, "train")


def test_a_run_that_cannot_be_made_leaves_nothing_in_the_way(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise DocumentError("Cannot write job.json: the disk is full.", "Free some space.")

    with monkeypatch.context() as patch:
        patch.setattr("hybridgraph.runs.store.save_job", refuse)
        with pytest.raises(RunError, match=r"cannot be made. Cannot write job.json: the disk is full"):
            make_run(directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert make_run(directory=tmp_path / "run").status == "new"


def test_the_runs_graph_text_and_source_are_kept_to_the_letter(make_run: MakeRun, tmp_path: Path) -> None:
    job = make_run().job
    run = create_run(tmp_path / "letters", graph_text='{"ü": 1}\n', source="# ü\r\n", job=job)
    assert (run.path / "graph.hybrid.json").read_bytes() == '{"ü": 1}\n'.encode()
    assert (run.path / "model.py").read_bytes() == "# ü\r\n".encode()
