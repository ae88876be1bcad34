"""The command line takes patterns wherever it takes a design, and shows a mistake under its character."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hybridgraph
from hybridgraph import presets
from hybridgraph.cli import run
from hybridgraph.errors import DocumentError, PatternError
from hybridgraph.graph import files
from hybridgraph.graph.model import digest


def test_a_pattern_is_printed_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pattern", "s2 c2x96 c3.192 m7*384 m2·768"]) == 0
    assert capsys.readouterr().out == "S2 C2·96 C3·192 M7·384 M2·768\n"
    assert run(["pattern", "swin-t"]) == 0
    assert capsys.readouterr().out == "W2·96 W2·192 W6·384 W2·768 drop=0.2\n"


def test_a_pattern_becomes_a_design_file_and_prints_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "design.hybrid.json"
    sizes = ["--image-size", "32", "--channels-in", "1", "--classes", "10"]
    assert run(["pattern", "C-C-T-T", "-o", str(file), *sizes]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"Wrote {file}.\n")
    preset = presets.build("layout-c-c-t-t", image_size=32, channels_in=1, classes=10)
    assert digest(files.load(file)) == digest(preset)
    assert run(["pattern", str(file)]) == 0
    assert capsys.readouterr().out == "C-C-T-T\n"


def test_json_has_what_the_string_leaves_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pattern", "S2 C2·96 T4·128(head_dim=64) drop=0.1", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["pattern"] == "S2 C2·96 T4·128(head_dim=64) drop=0.1"
    assert data["stem"] == {"letter": "S", "block": "conv_stem", "width": 64, "stride": 2, "options": {}}
    assert data["stages"][1] == {
        "letter": "T", "block": "coatnet_transformer", "depth": 4, "width": 128, "stride": 2, "options": {"head_dim": 64},
    }  # fmt: skip
    assert data["drop"] == 0.1


def test_a_mistake_has_a_caret_under_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pattern", "C-C-Q-T"]) == 1
    string, caret, sentence = capsys.readouterr().err.splitlines()
    assert (string, caret) == ("C-C-Q-T", "    ^")
    assert sentence.startswith("“Q” is no letter of a pattern.")


def test_a_design_without_a_pattern_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pattern", "bam-resnet-18"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "bam-resnet-18 has no pattern. bam1: no letter stands for the block bam.\n"


def test_new_and_check_take_patterns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "design.hybrid.json"
    assert run(["new", "S2 C1·16 M1·32", "--classes", "5", "-o", str(file)]) == 0
    assert hybridgraph.pattern_of(hybridgraph.load(file)) == "S2 C1·16 M1·32"
    capsys.readouterr()
    assert run(["check", "S2 C1·16 M1·32/2", "--image-size", "32", "--classes", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["output"] == {"kind": "vector", "channels": 5}
    assert run(["check", "C1·16 M1·32/9"]) == 1
    assert capsys.readouterr().err.splitlines()[:2] == ["C1·16 M1·32/9", "            ^"]


def test_a_wrong_name_is_still_a_wrong_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "moat-9"]) == 1
    assert "Did you mean moat-" in capsys.readouterr().err
    assert run(["pattern", "gone.hybrid.json"]) == 1
    assert "gone.hybrid.json cannot be read" in capsys.readouterr().err


def test_a_file_goes_before_a_pattern_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    files.save(presets.build("swin-t"), "C-C-T-T")
    assert run(["pattern", "C-C-T-T"]) == 0
    assert capsys.readouterr().out.startswith("W2·96")


def test_the_python_verbs_do_the_same() -> None:
    graph = hybridgraph.pattern("C-C-T-T", image_size=32)
    assert digest(graph) == digest(presets.build("layout-c-c-t-t", image_size=32))
    assert hybridgraph.pattern_of(graph) == "C-C-T-T"
    assert hybridgraph.load("C-C-T-T") == hybridgraph.pattern("C-C-T-T")
    assert hybridgraph.load("T2·64/4") == hybridgraph.pattern("T2·64/4")
    with pytest.raises(PatternError):
        hybridgraph.load("C-C-Q-T")
    with pytest.raises(DocumentError):
        hybridgraph.load("swin-x")
