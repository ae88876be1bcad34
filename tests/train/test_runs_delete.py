"""Deleting runs frees the disk, whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from hybridgraph.errors import RunError
from hybridgraph.runs import Run, list_runs
from hybridgraph.runs.deletion import delete_run, size_of_run
from hybridgraph.runs.index import RunIndex
from hybridgraph.runs.lock import hold
from tests.train.runs_store import training


def test_it_says_how_much_it_frees(tmp_path: Path) -> None:
    run = training(tmp_path, "a", 0.5)
    (run.checkpoints / "best.safetensors").write_bytes(os.urandom(1_000_000))
    (run.path / "twice").hardlink_to(run.checkpoints / "best.safetensors")
    assert size_of_run(run.path) < 1_000_000  # a file with two names is not freed by taking one away
    (run.path / "twice").unlink()
    size = size_of_run(run.path)
    assert 1_000_000 <= size < 1_200_000
    assert run.delete() == size
    assert not run.path.exists()
    assert not [entry for entry in tmp_path.iterdir() if not entry.name.startswith(".index")]


def test_a_kill_in_the_middle_leaves_no_half_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = training(tmp_path, "a", 0.5)

    def killed(folder: Path) -> None:
        (folder / "graph.hybrid.json").unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        delete_run(run.path)
    monkeypatch.undo()
    assert list_runs(tmp_path) == []
    assert len(list(tmp_path.iterdir())) == 1
    with RunIndex(tmp_path) as index:
        index.refresh()
        assert index.summaries == []
    assert not [entry for entry in tmp_path.iterdir() if not entry.name.startswith(".index")]


def test_what_is_refused_stays_whole(tmp_path: Path) -> None:
    run = training(tmp_path / "runs", "a", 0.5)
    with hold(run.path), pytest.raises(RunError, match="is running"):
        run.delete()
    link = tmp_path / "link"
    link.symlink_to(run.path)
    with pytest.raises(RunError, match="is a link to"):
        delete_run(link)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "job.json").write_text("{}")
    (foreign / "thesis.tex").write_text("ten years")
    with pytest.raises(RunError, match="was not made by HybridGraph"):
        delete_run(foreign)
    assert (foreign / "thesis.tex").exists()
    assert run.status == "finished"


def test_a_damaged_run_can_be_deleted(tmp_path: Path) -> None:
    run = training(tmp_path, "a", 0.5)
    (run.path / "job.json").write_text("")
    Run(run.path).delete()
    assert not run.path.exists()
