"""`hybridgraph runs`: what it prints, what it asks, how it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hybridgraph.cli import run as command
from hybridgraph.runs import Run
from hybridgraph.runs.lock import hold
from tests.train.runs_store import profile, training


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four runs."""
    training(tmp_path, "a", 0.9, seed=0)
    training(tmp_path, "b", 0.8, seed=1)
    training(tmp_path, "c", 0.4, design="coatnet-0", learning_rate=0.5)
    profile(tmp_path, "p")
    return tmp_path


@pytest.fixture
def ask(root: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command on the store; answers its exit code, what it printed and what it said."""

    def asked(*words: str) -> tuple[int, str, str]:
        code = command(["runs", *words, "--root", str(root)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return asked


def test_runs_are_listed_filtered_and_sorted(ask: Any) -> None:
    code, out, _ = ask("--json")
    assert code == 0
    assert {row["name"] for row in json.loads(out)} == {"a", "b", "c", "p"}
    _, out, _ = ask("list", "top1>0.5 -name:b", "--json")
    (row,) = json.loads(out)
    assert (row["name"], row["top1"], row["design"], row["seed"]) == ("a", 90.0, "moat-0", 0)
    _, out, _ = ask("kind:train", "--sort", "top1", "--reverse", "--columns", "name,top1,lr", "--limit", "2")
    assert [line.split() for line in out.splitlines()] == [
        ["Run", "Top-1", "Learning", "rate"], ["a", "90.00", "%", "0.001"], ["b", "80.00", "%", "0.001"],
    ]  # fmt: skip
    assert ask("top1>2%", "top1<1%")[1] == "None of 4 runs passes.\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("top2>1",), "Runs have no 'top2'. Did you mean top1?"),
        (("--sort", "nonsense"), "Runs have no 'nonsense'."),
        (("show", "nowhere"), "There is no run folder"),
        (("compare", "a"), "Only one run is named."),
        (("compare", "a", "a"), "Only one run is named."),
        (("delete",), "No run is named to be deleted."),
        (("delete", "--where", "name:nothing"), "No run that could be deleted passes"),
        (("delete", "a"), "Nothing was deleted, because nobody can be asked here. Give --yes."),
        (("tag", "a", "two words"), "cannot be a tag"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(ask: Any, words: tuple[str, ...], sentence: str) -> None:
    code, out, error = ask(*words)
    assert (code, out) == (1, "")
    assert sentence in error
    assert "Traceback" not in error


def test_a_run_is_shown_by_name_and_by_folder(
    ask: Any, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = ask("show", "a")
    assert "recipe small-data, seed 0" in out
    assert "fingerprint pictures" in out
    assert "epoch 2: loss 0.2500, validation loss 0.5000, top-1 90.00 %" in out
    assert command(["runs", str(root / "a"), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["name"], shown["job"]["seed"], shown["status"]) == ("a", 0, "finished")


def test_tags_and_notes_are_kept(ask: Any) -> None:
    assert ask("tag", "a", "leaf", "night")[1] == "a: leaf night\n"
    assert json.loads(ask("untag", "a", "night", "--json")[1])["tags"] == ["leaf"]
    assert ask("note", "a", "the good one")[1] == "a: the good one\n"
    assert [row["name"] for row in json.loads(ask("tag:leaf", "good", "--json")[1])] == ["a"]


def test_two_runs_are_compared(ask: Any) -> None:
    _, out, _ = ask("compare", "a", "b", "c", "--json")
    found = json.loads(out)
    assert found["results"]["top1"] == [0.9, 0.8, 0.4]
    assert {(one["section"], one["name"]): one["values"] for one in found["differences"]} == {
        ("job", "seed"): [0, 1, 0],
        ("recipe", "learning_rate"): [0.001, 0.001, 0.5],
    }
    (seeds,) = found["seeds"]
    assert (seeds["runs"], seeds["seeds"]) == (["a", "b"], [0, 1])
    assert seeds["best"]["mean"] == pytest.approx(0.85)
    assert seeds["best"]["high"] - 0.85 == pytest.approx(
        12.7062 * 0.05, rel=1e-4
    )  # t with one degree of freedom
    assert found["designs"][0]["summary"] == "The same network."
    assert found["designs"][1]["differences"]
    _, out, _ = ask("compare", "a", "b")
    assert "best top-1 85.00 ± 63.53 % (95 %, t over seeds)" in out


def test_designs_are_ranked(ask: Any) -> None:
    code, out, _ = ask("bakeoff", "--json")
    assert code == 0
    first, second = json.loads(out)
    assert (first["design"], first["rank"], first["seeds"], first["is_best"]) == ("moat-0", 1, 2, True)
    assert (first["trainings"], first["over"]) == (["b", "a"], "seeds")
    assert first["accuracy"] == pytest.approx(85)
    assert first["low"] < 85 < first["high"]
    assert (second["design"], second["accuracy"]) == ("coatnet-0", pytest.approx(40))
    lines = ask("bakeoff", "--by", "latency_us")[1].splitlines()
    assert lines[0].split()[:2] == ["rank", "design"]
    assert lines[1].startswith("   1  moat-0 ★")
    assert "2 seeds" in lines[1]
    assert lines[-1].startswith("Latency: batch")
    assert "Nothing in" in ask("bakeoff", "name:none")[1]


def test_deleting_asks_says_how_much_and_spares_what_runs(ask: Any, root: Path) -> None:
    with hold(root / "b"):
        code, _, error = ask("delete", "a", "b", "--yes")
        assert (code, "nothing was deleted" in error) == (1, True)
        assert (root / "a").exists()
        code, out, _ = ask("delete", "--where", "kind:train", "--yes", "--json")
    assert code == 0
    gone = json.loads(out)
    assert sorted(Path(one).name for one in gone["deleted"]) == ["a", "c"]
    assert gone["freed_bytes"] > 0
    assert Run(root / "b").status == "finished"
    assert ask("delete", "b", "-y")[1].startswith("Deleted b and freed ")


def test_the_index_is_made_anew(ask: Any) -> None:
    assert ask("rebuild")[1].startswith("Indexed 4 runs in ")


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["runs", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ("list", "show", "untag", "note", "compare", "delete", "rebuild"))
    assert command(["runs", "delete", "--nonsense"]) == 2
