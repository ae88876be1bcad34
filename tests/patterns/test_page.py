"""docs/patterns.md says what the code does: its grammar, its table of letters, its examples and its mistakes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hybridgraph import catalog
from hybridgraph.cli import run
from hybridgraph.engine import Engine
from hybridgraph.patterns import LETTERS, Letter, build, parser, pattern_of
from hybridgraph.patterns.hints import range_of
from hybridgraph.patterns.letters import LAYOUTS, REFERENCES
from hybridgraph.patterns.parser import option_parameters

PAGE = (Path(__file__).parents[2] / "docs" / "patterns.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its own."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def row_of(letter: Letter) -> list[str]:
    """What the page has to say of a letter."""
    block = catalog.load()[letter.block].title
    last = (
        f", {catalog.load()[letter.last].title} in the last stage"
        if letter.last and letter.role == "stage"
        else ""
    )
    counts = f"{letter.counts}: {range_of(letter.numbers)}" if letter.numbers else "none"
    return [
        f"`{letter.name}`",
        letter.role,
        letter.meaning if letter.role == "head" else f"{letter.meaning} ({block}{last})",
        counts,
        range_of(letter.strides),
        f"`{letter.preset}`" if letter.preset else "that of the last stage",
    ]


def test_the_grammar_is_the_parsers() -> None:
    grammar = [line[4:] for line in (parser.__doc__ or "").splitlines() if line.startswith("    ")]
    assert blocks("ebnf") == ["\n".join(grammar) + "\n"]


def test_the_table_has_every_letter() -> None:
    assert rows("Letters") == [row_of(letter) for letter in LETTERS]


def test_the_options_it_names_are_options() -> None:
    for letter in LETTERS:
        named = re.search(rf"^- `{letter.name}`: (.*)$", PAGE, re.MULTILINE)
        assert named is None or set(re.findall(r"`([a-z_]+)`", named[1])) <= set(option_parameters(letter))


@pytest.mark.parametrize(("typed", "printed", "params"), [row[:3] for row in rows("Examples")])
def test_each_example_prints_and_counts_as_it_says(typed: str, printed: str, params: str) -> None:
    graph = build(typed.strip("`"))
    assert pattern_of(graph) == printed.strip("`")
    assert f"{Engine().analyze(graph).total.params:,}" == params


def test_the_layouts_it_names_are_those_there_are() -> None:
    section = PAGE.split("\n## What is left out\n")[1].split("\n## ")[0]
    named = {tuple(text.split("-")) for text in re.findall(r"`([A-Z]+(?:-[A-Z]+)+|E|T)`", section)}
    assert named == set(REFERENCES) | set(LAYOUTS)


def test_its_mistakes_look_like_that(capsys: pytest.CaptureFixture[str]) -> None:
    shown = "".join(blocks("console"))
    commands = re.findall(r"^\$ hybridgraph pattern \"(.*)\"$", shown, re.MULTILINE)
    assert len(commands) >= 4
    expected = ""
    for text in commands:
        run(["pattern", text])
        told = capsys.readouterr()
        expected += f'$ hybridgraph pattern "{text}"\n{told.out}{told.err}'
    assert shown == expected
