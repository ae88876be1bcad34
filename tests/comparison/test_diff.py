"""`hybridgraph diff`: what it takes, what it prints, and the page it writes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path as File

import pytest
from hypothesis import HealthCheck, given, settings

from hybridgraph import catalog, cli, presets
from hybridgraph.comparison import compare
from hybridgraph.comparison.costs import costs
from hybridgraph.comparison.drawing import CARD, draw
from hybridgraph.comparison.page import page
from hybridgraph.figures.drawing import Box, Text
from hybridgraph.figures.svg import svg
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph
from tests.comparison.test_costs import TIMED, a_run
from tests.strategies import graphs, is_sentence

POCKET = presets.build("pocket-moat")
CATALOGUE = catalog.load()


def changed() -> Graph:
    after = edits.set_repeat(POCKET, ("stage2",), 5)
    return edits.set_title(after, ("stage2",), 'Stage <b>"2"</b> & more')


@pytest.fixture
def designs(tmp_path: File) -> tuple[str, str]:
    files.save(changed(), tmp_path / "mine.hybrid.json")
    return "pocket-moat", str(tmp_path / "mine.hybrid.json")


def test_differing_designs_are_told_apart_with_exit_code_0(
    designs: tuple[str, str], capsys: pytest.CaptureFixture[str]
):
    assert cli.run(["diff", *designs]) == 0
    text = capsys.readouterr().out
    assert text.startswith("pocket-moat → mine.hybrid.json: 1 changed\n")
    lines = [line.split() for line in text.splitlines()]
    assert any(line[-4:] == ["repeat", "2", "→", "5"] for line in lines)
    (parameters,) = [line for line in lines if line[:1] == ["parameters"]]
    assert parameters[5].startswith("+")
    assert any(line[:2] == ["~", "Stage"] for line in lines)


def test_the_same_designs_are_called_the_same(capsys: pytest.CaptureFixture[str]):
    assert cli.run(["diff", "pocket-moat", "pocket-moat"]) == 0
    assert capsys.readouterr().out.startswith("pocket-moat → pocket-moat: the same\n")


def test_json_holds_every_difference(designs: tuple[str, str], capsys: pytest.CaptureFixture[str]):
    assert cli.run(["diff", *designs, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (difference,) = found["differences"]
    assert (difference["sign"], difference["before"], difference["after"]) == ("changed", "stage2", "stage2")
    assert {one["name"]: (one["before"], one["after"]) for one in difference["changes"]}["repeat"] == (2, 5)
    assert found["total"]["params"]["difference"] > 0
    assert not found["same"]


def test_a_run_folder_is_a_design_with_results(tmp_path: File, capsys: pytest.CaptureFixture[str]):
    run = a_run(tmp_path / "fast", POCKET, *TIMED[:1], *TIMED[3:])
    other = a_run(tmp_path / "slow", POCKET, *TIMED[:1], replace(TIMED[3], total_us_median=1600))
    arguments = ["diff", str(run.path), "pocket-moat", "--run-b", str(other.path), "--json"]
    assert cli.run(arguments) == 0
    latency = json.loads(capsys.readouterr().out)["total"]["latency_us"]
    assert latency == {"before": 200, "after": 400, "difference": 200}


@pytest.mark.parametrize(
    "arguments",
    [
        ["pocket-moat", "no-such-preset"],
        ["pocket-moat", "missing.hybrid.json"],
        ["pocket-moat", "."],
        ["pocket-moat", "C-" * 300 + "?"],
        ["pocket-moat", "pocket-moat", "--run-a", "no/run"],
        ["pocket-moat", "pocket-moat", "--html", "no/such/folder/page.html"],
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: File, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert cli.run(["diff", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert is_sentence(said.err.strip().splitlines()[-1])  # a pattern and its carets come before


class Reader(HTMLParser):
    """Collects the tags, what they load, and the text."""

    VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [
            value or "" for name, value in attrs if name in ("src", "href", "srcset", "data", "action")
        ]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_needs_nothing_else_and_shows_foreign_text_as_text(designs: tuple[str, str], tmp_path: File):
    assert cli.run(["diff", *designs, "--html", str(tmp_path / "page.html")]) == 0
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    read = Reader(text)
    assert read.open == []
    assert read.loads == []
    assert not read.tags & {"script", "link", "img", "iframe", "b ", "object"}
    assert text.count("url(") == text.count("url(#")
    assert "@import" not in text
    assert text.count("http") == text.count("http://www.w3.org/") + text.count("http-equiv")  # names of SVG
    assert 'Stage <b>"2"</b> & more' in read.text
    assert "prefers-color-scheme: dark" in text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(), graphs())
def test_any_two_designs_make_a_sound_page(one: Graph, other: Graph):
    found = compare(one, other)
    costing = costs(found)
    assert Reader(page(found, costing, (one.name, other.name), CATALOGUE)).open == []
    drawings = [draw(found, costing.stages, CATALOGUE, colours) for colours in ("light", "dark")]
    assert len(drawings[0].marks) == len(drawings[1].marks)
    cards = [mark for mark in drawings[0].marks if isinstance(mark, Box) and mark.w == CARD[0]]
    assert len(cards) == len(one.nodes) + len(other.nodes)
    ET.fromstring(svg(drawings[0]))


def test_colour_is_not_the_only_mark_in_the_drawing():
    found = compare(POCKET, edits.remove(changed(), ["stem"]))
    drawing = draw(found, costs(found).stages, CATALOGUE, "light")
    texts = {mark.text for mark in drawing.marks if isinstance(mark, Text)}
    assert {"−", "~"} <= texts
    assert "(removed)" in drawing.description
