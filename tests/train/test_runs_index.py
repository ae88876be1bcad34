"""The index of runs: the files are the truth, whatever happens to the index."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from hybridgraph.errors import RunError
from hybridgraph.events import Failed, Stopped
from hybridgraph.runs import Run
from hybridgraph.runs.index import RunIndex
from hybridgraph.runs.index.database import INDEX_FILE
from hybridgraph.runs.index.disks import kind_of_disk
from hybridgraph.runs.labels import Labels, annotate, load_labels, retag
from hybridgraph.runs.lock import hold
from hybridgraph.runs.story import Story
from hybridgraph.runs.summary import Summary, read_summary
from tests.train.runs_store import environment, epoch, log, opened, profile, started, step, training


def _seen(root: Path) -> dict[str, Summary]:
    with RunIndex(root) as index:
        index.refresh()
        return {run.name: run for run in index.summaries}


def test_a_summary_says_what_the_folder_holds(tmp_path: Path) -> None:
    training(tmp_path, "a", 0.8, seed=3)
    profile(tmp_path, "p")
    seen = _seen(tmp_path)
    run = seen["a"]
    assert (run.kind, run.status, run.design, run.recipe, run.seed) == (
        "train",
        "finished",
        "moat-0",
        "small-data",
        3,
    )
    assert (run.top1, run.best_top1, run.loss, run.gap, run.epochs, run.seconds) == (
        0.8,
        0.8,
        0.5,
        0.25,
        2,
        4.0,
    )
    assert (run.data_digest, run.held_back, run.torch, run.machine) == (
        "pictures",
        100,
        "2.13",
        "a processor",
    )
    assert run.size_bytes > 0
    assert (seen["p"].latency_us, seen["p"].batch, seen["p"].digest) == (2000.0, 2, run.digest)


def test_only_what_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        training(tmp_path, name, 0.5)
    before = _seen(tmp_path)
    read: list[str] = []

    def counting(folder: Path, story: Story) -> Summary:
        read.append(folder.name)
        return read_summary(folder, story)

    monkeypatch.setattr("hybridgraph.runs.index.index.read_summary", counting)
    assert _seen(tmp_path) == before
    assert read == []
    retag(tmp_path / "b", add=["leaf"])
    log(Run(tmp_path / "c"), started(epoch=1, step=4), epoch(1, 0.9), Stopped())
    Run(tmp_path / "a").delete()
    seen = _seen(tmp_path)
    assert sorted(read) == ["b", "c"]
    assert sorted(seen) == ["b", "c"]
    assert seen["b"].tags == ("leaf",)
    assert (seen["c"].top1, seen["c"].best_top1, seen["c"].status) == (0.9, 0.9, "stopped")


def test_a_log_is_read_on_from_where_it_was_left(tmp_path: Path) -> None:
    run = training(tmp_path, "a")
    log(run, started(), opened(), *map(step, range(5)), epoch(0, 0.9))
    story = Story()
    story.read_on(run.events_path)
    assert (story.steps, story.outcome, len(story.epochs)) == (5, "interrupted", 1)
    kept = Story.of(story.content())
    log(run, started(epoch=0, step=2), step(2), epoch(0, 0.4))  # killed, and taken up at step 2
    kept.read_on(run.events_path)
    fresh = Story()
    fresh.read_on(run.events_path)
    assert kept == fresh
    assert (kept.steps, [each[4] for each in kept.epochs]) == (3, [0.4])
    run.events_path.unlink()
    log(run, started())
    kept.read_on(run.events_path)
    assert (kept.starts, kept.epochs) == (1, [])


@pytest.mark.parametrize("damage", [b"", b"no database at all, " * 300, "cut", "rows", "version"])
def test_a_lost_or_damaged_index_is_made_anew(tmp_path: Path, damage: bytes | str) -> None:
    for name in "abc":
        retag(training(tmp_path, name, 0.5).path, add=["kept"])
    before = _seen(tmp_path)
    file = tmp_path / INDEX_FILE
    if isinstance(damage, bytes):
        file.write_bytes(damage)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:5000])
    else:
        with sqlite3.connect(file) as connection:
            connection.execute(
                "UPDATE runs SET made_at = 'x'" if damage == "rows" else "PRAGMA user_version = 9999"
            )
        connection.close()
    assert _seen(tmp_path) == before
    assert _seen(tmp_path) == before
    with RunIndex(tmp_path) as index:
        index.rebuild()
        assert {run.name: run for run in index.summaries} == before


def test_where_no_index_can_be_kept_the_folders_are_read(tmp_path: Path) -> None:
    training(tmp_path, "a", 0.5)
    (tmp_path / INDEX_FILE).mkdir()  # root may write anywhere, but not into this
    with RunIndex(tmp_path) as index:
        index.refresh()
        assert [run.top1 for run in index.summaries] == [0.5]
        assert not index.is_kept
        assert not index.refresh()


def test_several_processes_share_one_index(tmp_path: Path) -> None:
    for number in range(6):
        training(tmp_path, f"r{number}", number / 6)
    code = (
        "import sys\nfrom pathlib import Path\nfrom hybridgraph.runs.index import RunIndex\n"
        "for again in range(4):\n"
        "    index = RunIndex(Path(sys.argv[1]))\n"
        "    index.rebuild() if again % 2 else index.refresh()\n"
        "    assert sorted(one.top1 for one in index.summaries) == [n / 6 for n in range(6)]\n"
        "    index.close()\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    processes = [subprocess.Popen(command, env=environ, stderr=subprocess.PIPE) for _ in range(3)]
    errors = [process.communicate()[1].decode() for process in processes]
    assert errors == ["", "", ""]
    with sqlite3.connect(tmp_path / INDEX_FILE) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (6,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_run_at_work_is_seen_to_begin_and_to_be_killed(tmp_path: Path) -> None:
    run = log(training(tmp_path, "a"), started(), step(0))
    with RunIndex(tmp_path) as index:
        index.refresh()
        assert index.summaries[0].status == "interrupted"
        with hold(run.path):
            assert index.refresh()
            assert index.summaries[0].is_running
            assert _seen(tmp_path)["a"].is_running
            assert not index.look(["a"])
        assert index.look(["a"])
        assert index.summaries[0].status == "interrupted"
    assert _seen(tmp_path)["a"].status == "interrupted"


def test_runs_that_cannot_be_read_are_listed_with_a_sentence(tmp_path: Path) -> None:
    newer = training(tmp_path, "newer", 0.5).path / "job.json"
    newer.write_text(newer.read_text().replace('"version": 1', '"version": 99'))
    torn = training(tmp_path, "torn", 0.5).path / "job.json"
    torn.write_text(torn.read_text()[:40])
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "job.json").write_text('{"name": "of another program"}')
    design = training(tmp_path, "design", 0.5).path / "graph.hybrid.json"
    design.write_text(design.read_text()[:100])
    log(training(tmp_path, "failed"), started(), Failed(message="The pictures are gone."))
    seen = _seen(tmp_path)
    assert {name: run.status for name, run in seen.items()} == {
        "newer": "unreadable", "torn": "unreadable", "foreign": "unreadable", "design": "finished", "failed": "failed",
    }  # fmt: skip
    assert "has version 99" in seen["newer"].problem
    assert seen["newer"].top1 == 0.5
    assert "is not valid JSON" in seen["torn"].problem
    assert "is not a HybridGraph job" in seen["foreign"].problem
    assert seen["design"].problem
    assert seen["failed"].problem == "The pictures are gone."


def test_seeds_of_one_experiment_share_a_group(tmp_path: Path) -> None:
    training(tmp_path, "a", 0.5, seed=1)
    training(tmp_path, "b", 0.5, seed=2)
    training(tmp_path, "recipe", 0.5, seed=1, learning_rate=0.5)
    training(tmp_path, "design", 0.5, seed=1, design="coatnet-0")
    log(training(tmp_path, "data", seed=1), started(), environment(), opened("others"), epoch(0, 0.5))
    groups = {name: run.group for name, run in _seen(tmp_path).items()}
    assert groups["a"] == groups["b"]
    assert len(set(groups.values())) == 4


def test_labels_are_files_and_bad_ones_are_refused(tmp_path: Path) -> None:
    run = training(tmp_path, "a").path
    assert retag(run, add=["#leaf", "night", "leaf"]).tags == ("leaf", "night")
    assert annotate(run, "  cloudy pictures\nleft out ").note == "cloudy pictures\nleft out"
    assert retag(run, add=["x"], remove=["night"]) == Labels(
        tags=("leaf", "x"), note="cloudy pictures\nleft out"
    )
    for bad in ("two words", "", "a,b", "-x", "a:b", "t" * 65):
        with pytest.raises(RunError, match="cannot be a tag"):
            retag(run, add=[bad])
    assert load_labels(run).tags == ("leaf", "x")
    (run / "labels.json").write_text("[]")
    with pytest.raises(RunError, match="holds no labels"):
        load_labels(run)
    assert "holds no labels" in _seen(tmp_path)["a"].problem


def test_names_that_are_no_text_are_listed(tmp_path: Path) -> None:
    training(tmp_path, os.fsdecode(b"caf\xe9"), 0.5)
    training(tmp_path, "plain", 0.5)
    for _ in range(2):
        with RunIndex(tmp_path) as index:
            index.refresh()
            assert len(index.summaries) == 2
            assert index.is_kept


def test_a_first_look_can_be_left_and_taken_up(tmp_path: Path) -> None:
    for number in range(5):
        training(tmp_path, f"r{number}")
    with RunIndex(tmp_path) as index:
        index.refresh(lambda done, _count: done < 2)
        assert len(index.summaries) == 2
        index.refresh()
        assert len(index.summaries) == 5


def test_disks_of_other_machines_are_known_by_their_mounts() -> None:
    mounts = [
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
        "40 22 0:44 / /home/me/net\\040disk rw shared:2 - nfs4 server:/export rw",
        "damaged",
    ]
    assert kind_of_disk("/home/me/net disk/runs", mounts) == "nfs4"
    assert kind_of_disk("/home/me/net", mounts) == "ext4"


def test_numbers_of_any_size_in_a_log_do_no_harm(tmp_path: Path) -> None:
    run = training(tmp_path, "a")
    run.events_path.write_text(
        json.dumps(
            {
                "type": "run_started",
                "kind": "train",
                "device": "cpu",
                "precision": "fp32",
                "params": 10**30,
                "pid": 1,
            }
        )
        + "\n"
    )
    assert _seen(tmp_path)["a"].params == 10**30
    assert _seen(tmp_path)["a"].params == 1e30


def test_the_youngest_runs_are_read_first(tmp_path: Path) -> None:
    for age, name in enumerate(("old", "young", "older")):
        run = training(tmp_path, name)
        os.utime(run.path / "job.json", (made := 1e9 - (1, 0, 2)[age], made))
    told: list[list[str]] = []
    with RunIndex(tmp_path) as index:
        index.refresh(lambda *_: told.append([run.name for run in index.summaries]) or True)
        assert told == [[], ["young"], ["young", "old"]]
        assert len(index.summaries) == 3
