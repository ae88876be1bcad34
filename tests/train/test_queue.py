"""The queue: files that keep an order, a process that takes run after run, and what is told of it."""

import contextlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hybridgraph.cli import run as command
from hybridgraph.errors import HybridGraphError, RunError
from hybridgraph.events import EventLog, RunStarted, Step
from hybridgraph.graph import files
from hybridgraph.jobs import TrainJob
from hybridgraph.queue import Entry, Queue, listing, look, worker
from hybridgraph.queue.expectation import expect, seconds_of
from hybridgraph.runs import Run, open_run
from hybridgraph.runs.lock import hold
from hybridgraph.runs.summary import Summary
from hybridgraph.train import train

MakeRun = Callable[..., Run]


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs that were started; each trains here instead of in a process."""
    names: list[str] = []

    def start(run: Run, kind: str) -> int:
        assert kind == "train"
        names.append(run.name)
        with contextlib.suppress(HybridGraphError):  # it is in the log
            train(run.path)
        return 2**22 + 1  # no process has this id

    monkeypatch.setattr(worker, "start_process", start)
    return names


def _states(queue: Queue) -> list[tuple[str, str]]:
    return [(item.run.name, item.state) for item in look(queue).items]


def test_runs_are_taken_in_order_and_a_failed_one_stops_nobody(
    make_run: MakeRun, queue: Queue, taken: list[str]
) -> None:
    runs = [make_run(epochs=1), make_run("def build_model(): return 3", epochs=1), make_run(epochs=1)]
    for run in runs:
        queue.add(run)
    queue.move(queue.find("run2"), 0)
    worker.work(queue)
    assert taken == ["run2", "run0", "run1"]
    first, second, third = look(queue).items
    assert [item.state for item in (first, second, third)] == ["finished", "finished", "failed"]
    assert "gives a int, not a torch module" in third.entry.message
    assert first.begins_at < first.ends_at <= second.begins_at < second.ends_at <= third.begins_at
    assert [item.fraction for item in (first, second)] == [1, 1]
    with pytest.raises(RunError, match="is finished"):
        queue.add(runs[0])
    assert queue.clear() == 3
    assert queue.entries() == []
    assert all(run.path.exists() for run in runs)


def test_what_comes_while_the_last_run_ends_is_taken_too(
    make_run: MakeRun, queue: Queue, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, late = make_run(epochs=1), make_run(epochs=1)
    queue.add(first)
    held = worker.hold

    def hold_and_add(folder: Path):
        if taken:
            return held(folder)
        context = held(folder)
        leave = context.__exit__

        class Held:
            def __enter__(self) -> None:
                context.__enter__()

            def __exit__(self, *reason: object) -> None:
                queue.add(late)  # the queue looks taken to whoever adds it
                leave(*reason)

        return Held()

    monkeypatch.setattr(worker, "hold", hold_and_add)
    worker.work(queue)
    assert taken == ["run0", "run1"]


def test_a_paused_queue_begins_nothing_and_a_run_that_was_begun_goes_first(
    make_run: MakeRun, queue: Queue, taken: list[str]
) -> None:
    entries = [queue.add(make_run(epochs=1)) for _ in range(2)]
    queue.pause()
    worker.work(queue)
    assert taken == []
    queue.save(replace(entries[1], started_at=time.time()))  # its process and the machine went down
    assert _states(queue) == [("run1", "interrupted"), ("run0", "waiting")]
    queue.go_on()
    worker.work(queue)
    assert taken == ["run1", "run0"]


def test_a_stopped_queue_goes_on_with_the_run_it_stopped(
    make_run: MakeRun, queue: Queue, taken: list[str]
) -> None:
    stopping = 'import pathlib, sys\nHERE = pathlib.Path(__file__).parent\n(HERE / "stop").touch()\n(HERE.parent / ".queue" / "paused").touch()\n'
    source = Path(__file__).with_name("small_net.py").read_text()
    run = make_run(stopping + source, epochs=1)
    queue.add(run)
    worker.work(queue)
    assert run.outcome == "stopped"
    assert _states(queue) == [("run0", "interrupted")]
    queue.go_on()
    assert worker._next(queue).run == str(run.path)


def test_a_run_stopped_by_somebody_is_over_and_the_queue_goes_on(
    make_run: MakeRun, queue: Queue, taken: list[str]
) -> None:
    source = Path(__file__).with_name("small_net.py").read_text()
    stopped = make_run(
        f'import pathlib\n(pathlib.Path(__file__).parent / "stop").touch()\n{source}', epochs=1
    )
    queue.add(stopped)
    queue.add(make_run(epochs=1))
    worker.work(queue)
    assert _states(queue) == [("run0", "stopped"), ("run1", "finished")]


def test_a_run_that_vanished_is_a_sentence(make_run: MakeRun, queue: Queue, taken: list[str]) -> None:
    run = make_run()
    queue.add(run)
    run.delete()
    worker.work(queue)
    [item] = look(queue).items
    assert item.state == "failed"
    assert "There is no run folder" in item.entry.message


def test_two_processes_never_take_one_queue(make_run: MakeRun, queue: Queue) -> None:
    queue.add(make_run())
    with hold(queue.folder):
        assert look(queue).worker == os.getpid()
        with pytest.raises(RunError, match="in use by process"):
            worker.work(queue)


def test_moving_many_times_keeps_the_order_that_was_asked_for(queue: Queue) -> None:
    names = list("abcd")
    for place, name in enumerate(names):
        queue.save(Entry(name=name, run=name, place=place, added_at=1))
    for turn in range(70):  # a float between two others ends after some fifty halvings
        name, place = names[2 + turn % 2], 1
        queue.move(queue.find(name), place)
        names.remove(name)
        names.insert(place, name)
        assert [entry.name for entry in queue.entries()] == names


def test_times_are_told_one_after_the_other(
    make_run: MakeRun, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, next_, unknown = (queue.add(make_run()) for _ in range(3))
    queue.save(replace(running, started_at=900.0))
    queue.save(replace(next_, expected_s=60.0))
    with EventLog(Path(running.run) / "events.jsonl") as log:
        log.append(
            RunStarted(
                kind="train", device="cpu", precision="fp32", params=1, pid=1, epochs=2, steps_per_epoch=20
            )
        )
        for step in range(10):
            log.append(Step(epoch=0, step=step, loss=1, lr=1, images_per_second=1, at=990.0 + step))
    monkeypatch.setattr(Queue, "worker", 1)
    first, second, third = look(queue, now=1000.0).items
    assert (first.state, first.fraction, first.begins_at, first.ends_at) == ("running", 0.25, 900, 1030)
    assert (second.begins_at, second.ends_at) == (1030, 1090)
    assert (third.begins_at, third.ends_at) == (1090, None)
    queue.pause()
    assert look(queue, now=1000.0).items[1].begins_at is None
    assert unknown.expected_s == 0


def test_how_long_it_takes_is_known_from_its_like(make_run: MakeRun, queue: Queue) -> None:
    before, same, longer = make_run(epochs=2), make_run(epochs=2), make_run(epochs=8)
    train(before.path)
    for run in (same, longer):
        queue.add(run)
    expect(queue)
    one, other = queue.entries()
    assert one.expected_s > 0
    assert other.expected_s == pytest.approx(4 * one.expected_s)


def test_the_best_of_what_is_known_is_taken(tmp_path: Path) -> None:
    mine = Summary(name="mine", kind="train", digest="d", data="x", batch=8, image_size=8, epochs_asked=10)
    other = replace(mine, name="other", batch=16, epochs=2, seconds=4.0, speed=50.0, pictures=100)
    alike = replace(other, name="alike", batch=8, epochs=2, seconds=6.0)
    stranger = replace(alike, name="stranger", digest="e", seconds=1.0)
    assert seconds_of(mine, [stranger], tmp_path) is None
    assert seconds_of(mine, [stranger, other], tmp_path) == 10 * 100 / 50
    assert seconds_of(mine, [stranger, other, alike], tmp_path) == 30
    assert seconds_of(replace(mine, epochs=4, seconds=8.0), [alike], tmp_path) == 12
    assert seconds_of(replace(mine, kind="profile"), [alike], tmp_path) is None


@pytest.mark.parametrize("values", [{}, {"run": 3}, {"place": float("nan")}, {"outcome": "gone"}])
def test_a_file_that_is_no_entry_is_passed_over(make_run: MakeRun, queue: Queue, values: dict) -> None:
    entry = queue.add(make_run())
    whole = {"format": "hybridgraph-queue", "run": "x", "place": 1, "added_at": 1}
    (queue.folder / "stray.json").write_text(json.dumps({**whole, **values} if values else []))
    (queue.folder / "torn.json").write_text("{")
    assert queue.entries() == [entry]


def test_a_training_is_put_in_with_all_that_makes_it(
    idx_folder: Path, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hybridgraph.queue.starting.start_detached", lambda *_given: 77)
    words = ["--data", f"idx:{idx_folder}", "--image-size", "16", "--device", "cpu", "--precision", "fp32"]
    marks = ["--freeze", "stem", "--recompute", "stage1"]
    assert command(["queue", "add", "pocket-moat", *words, *marks, "--root", str(queue.root)]) == 0
    (entry,) = queue.entries()
    made = open_run(entry.run)
    assert isinstance(made.job, TrainJob)
    assert (made.job.device, made.job.precision, made.job.image_size) == ("cpu", "fp32", 16)
    graph = files.load(made.path / "graph.hybrid.json")
    assert (graph.nodes["stem"].freeze, graph.nodes["stage1"].recompute) == (True, True)
    assert (
        command(["queue", "add", "pocket-moat", *words, "--freeze", "nobody", "--root", str(queue.root)]) == 1
    )


def test_the_commands_do_it_all(
    make_run: MakeRun, queue: Queue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr(
        "hybridgraph.queue.starting.start_detached", lambda *given: started.append(given) or 77
    )

    def do(*words: str) -> object:
        assert command(["queue", words[0], *words[1:], "--root", str(queue.root), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    first, second = do("add", str(make_run().path)), do("add", str(make_run().path))
    assert len(started) == 2
    do("move", "run1", "1")
    do("pause")
    told = do("list")
    assert [item["name"] for item in told["items"]] == [second["name"], first["name"]]
    assert (told["paused"], told["items"][0]["state"]) == (True, "waiting")
    do("remove", "run0")
    assert [entry.name for entry in queue.entries()] == [second["name"]]
    assert do("run") == {"worker": 77}
    assert not queue.is_paused
    do("stop")
    assert queue.is_paused
    assert do("clear") == {"count": 0}
    assert command(["queue", "--root", str(queue.root)]) == 0
    assert command(["queue", "--root", str(queue.root), "list"]) == 2  # not another queue than the one named
    shown = capsys.readouterr()
    assert second["name"] in shown.out
    assert "paused" in shown.err
    assert command(["queue", "remove", "nobody", "--root", str(queue.root)]) == 1
    assert "no entry 'nobody'" in capsys.readouterr().err
    assert command(["queue", "add", str(make_run().path / "graph.hybrid.json"), "--epochs", "0"]) == 2
    assert listing.look(queue).waiting == 1
