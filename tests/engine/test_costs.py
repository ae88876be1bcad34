"""Costs are counted twice; where both agree it is said, and where they do not, both numbers are shown."""

import json
from dataclasses import replace
from typing import Any

import pytest

from hybridgraph import analysis, cli, pages
from hybridgraph.analysis import Cost, Second
from hybridgraph.engine import Engine
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.pages.formula import Formula
from tests.core.toys import chain, group, node


def design() -> Graph:
    return chain(
        node("stem", "conv_norm_act", channels=8),
        group("stage", node("p", "mbconv", channels=8), wires="x > p, p > y", repeat=3),
        node("head", "classifier", classes=5),
    )


@pytest.fixture
def wrong_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of MBConv says twice the multiply-adds that there are."""
    right = pages.load

    def load(block: str) -> pages.Page | None:
        page = right(block)
        if page is None or block != "mbconv":
            return page
        told = {part: Formula(f"2*({formula.text})") for part, formula in page.macs.items()}
        return replace(page, macs=told)

    monkeypatch.setattr("hybridgraph.pages.load", load)


@pytest.fixture
def no_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    right = pages.load
    monkeypatch.setattr("hybridgraph.pages.load", lambda block: None if block == "mbconv" else right(block))


def test_both_counts_agree_for_each_node_and_the_whole():
    found = Engine().analyze(design())
    assert {report.cost.verdict for path, report in found.nodes.items() if path != ("image",)} == {"agree"}
    assert found.total.verdict == "agree"
    assert found.total.by_formula == (found.total.params, found.total.macs)
    assert found.total.second.blocks == 5
    assert found.nodes["image",].cost.verdict == "none"


@pytest.mark.usefixtures("wrong_formula")
def test_a_wrong_formula_is_shown_with_both_numbers():
    found = Engine().analyze(design())
    cost = found.nodes["stage", "p"].cost
    assert cost.verdict == "differ"
    assert cost.by_formula == (cost.params, cost.macs * 2)
    assert cost.second.gap == 0.5
    assert {found.nodes["stage",].cost.verdict, found.total.verdict} == {"differ"}
    assert found.nodes["stem",].cost.verdict == "agree"


@pytest.mark.usefixtures("no_formula")
def test_a_block_without_a_formula_is_counted_once():
    found = Engine().analyze(design())
    assert found.nodes["stage", "p"].cost.verdict == "once"
    assert found.total.verdict == "partly"
    assert found.total.second.lone == 3
    assert found.total.by_formula == (found.total.params, found.total.macs)


def test_an_error_upwards_does_not_hide_one_downwards():
    more, less = Second(macs=110, blocks=1, gap=0.1), Second(macs=90, blocks=1, gap=0.1)
    both = Cost(macs=100, second=more) + Cost(macs=100, second=less)
    assert both.by_formula[1] == both.macs
    assert both.verdict == "differ"


def test_an_analysis_survives_json():
    found = Engine().analyze(design())
    assert analysis.decode(json.loads(json.dumps(analysis.encode(found)))) == found


# -- the command


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.run(["check", *arguments]) == 0
    return capsys.readouterr().out


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(capsys, *arguments, "--json"))
    return told


def test_check_tells_costs_and_forecast(capsys: pytest.CaptureFixture[str]):
    told = checked(capsys, "pocket-moat", "--batch", "4")
    assert told["flops"] == 2 * told["macs"]
    assert told["formula"] == {
        "verdict": "agree", "params": told["params"], "macs": told["macs"], "gap": 0.0, "blocks": 5, "counted_once": 0,
    }  # fmt: skip
    assert told["forecast"]["batch"] == 4
    parts = ("weights", "gradients", "optimizer", "activations", "workspace")
    peak = told["forecast"]["training"]
    assert sum(peak[part] for part in parts) == peak["bytes"]
    nodes = {entry["path"]: entry for entry in told["nodes"]}
    assert peak["path"] in nodes
    tops = [entry for path, entry in nodes.items() if "/" not in path]
    assert sum(entry["training_macs"] or 0 for entry in tops) == told["training_macs"]
    assert max(entry["training_bytes"] or 0 for entry in tops) == peak["bytes"]


def test_flops_are_twice_the_macs(capsys: pytest.CaptureFixture[str]):
    macs, flops = run(capsys, "pocket-moat"), run(capsys, "pocket-moat", "--unit", "flops")
    assert "12.26 M" in macs
    assert "24.51 M" in flops
    assert "✓ Counted from operations and by closed formulas" in macs


@pytest.mark.usefixtures("wrong_formula")
def test_check_names_the_block_that_does_not_agree(capsys: pytest.CaptureFixture[str], tmp_path: Any):
    files.save(design(), tmp_path / "wrong.hybrid.json")
    told = run(capsys, str(tmp_path / "wrong.hybrid.json"))
    (line,) = [line for line in told.splitlines() if line.startswith("≠")]
    assert "stage › p" in line
    assert "50.0% apart" in line
    assert "✓ Counted" not in told


@pytest.mark.usefixtures("no_formula")
def test_check_says_what_was_counted_once(capsys: pytest.CaptureFixture[str]):
    assert "1× 1 block without a formula, counted once." in run(capsys, "pocket-moat")


def test_the_summary_of_torchinfo_is_a_text_file(capsys: pytest.CaptureFixture[str], tmp_path: Any):
    target = tmp_path / "layers.txt"
    assert cli.run(["export", "pocket-moat", "--format", "summary", "-o", str(target), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "summary"
    text = target.read_text(encoding="utf-8")
    assert "ConvStem" in text
    assert "12,257,184" in text.splitlines()[-1]
