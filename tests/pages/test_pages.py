"""Every block has a page that is complete, agrees with the catalogue, and stands in docs/blocks as it is."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hybridgraph import catalog, pages
from hybridgraph.errors import DocumentError
from hybridgraph.pages.page import parse
from hybridgraph.pages.reference import render, write
from hybridgraph.spec import STRUCTURAL, BlockSpec

ROOT = Path(__file__).parents[2]
CATALOGUE = catalog.load()
BLOCKS = [spec for spec in CATALOGUE.values() if spec.id not in {"input", "output"}]
FEW_LETTERS = {"says": 60, "other": 15}


def page_of(spec: BlockSpec) -> pages.Page:
    page = pages.load(spec.id)
    assert page is not None, f"{spec.id} has no page: write hybridgraph/pages/text/{spec.id}.toml"
    return page


def texts(page: pages.Page) -> list[str]:
    return [page.says, page.because, page.pairs_with, page.rather, *page.mistakes]


class Balance(HTMLParser):
    """Remembers which tags are open and refuses those that Markdown or Qt would not show."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag in {"sub", "sup", "i"}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("spec", BLOCKS, ids=lambda spec: spec.id)
def test_every_block_has_a_page_in_full_sentences(spec: BlockSpec) -> None:
    page = page_of(spec)
    assert page.equations
    assert page.mistakes
    assert len(page.says) >= FEW_LETTERS["says"]
    for text in texts(page):
        assert len(text) >= FEW_LETTERS["other"], text
        assert text.endswith((".", ".)")), text
        assert text[0].isupper(), text
        assert "  " not in text


@pytest.mark.parametrize("spec", BLOCKS, ids=lambda spec: spec.id)
def test_pages_hold_only_markup_that_is_shown_everywhere(spec: BlockSpec) -> None:
    page = page_of(spec)
    for text in (*texts(page), *page.equations):
        balance = Balance()
        balance.feed(text)
        assert not balance.open, text


@pytest.mark.parametrize("spec", BLOCKS, ids=lambda spec: spec.id)
def test_the_bias_agrees_with_the_family(spec: BlockSpec) -> None:
    """A family named after a merge is one; glue and heads are none."""
    bias = page_of(spec).bias
    if spec.family in {"extrinsic", "intrinsic"}:
        assert bias in {spec.family, "both"}
    if spec.family in {"glue", "head"}:
        assert bias == "none"


@pytest.mark.parametrize("spec", BLOCKS, ids=lambda spec: spec.id)
def test_the_papers_of_the_catalogue_are_among_those_of_the_page(spec: BlockSpec) -> None:
    assert set(re.findall(r"\d{4}\.\d{4,5}", spec.paper)) <= {paper.arxiv for paper in page_of(spec).papers}


def test_no_page_is_left_of_a_block_that_is_gone() -> None:
    files = {file.stem for file in (ROOT / "hybridgraph" / "pages" / "text").glob("*.toml")}
    assert files <= set(CATALOGUE)


def test_a_block_without_a_page_has_none() -> None:
    assert pages.load("of_tomorrow") is None
    assert pages.load("input") is None
    assert set(STRUCTURAL) - {"input", "output"} == {"image"}


def test_docs_blocks_is_fresh() -> None:
    """`python -m hybridgraph.pages` writes it anew."""
    written = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "docs" / "blocks").iterdir()}
    expected = render(CATALOGUE)
    assert set(written) == set(expected)
    assert {name for name in expected if written[name] != expected[name]} == set()


def test_every_link_of_the_index_leads_to_a_file() -> None:
    files = render(CATALOGUE)
    linked = set(re.findall(r"\]\((\w+\.md)\)", files["README.md"]))
    assert linked == set(files) - {"README.md"}


def test_writing_removes_what_is_stale(tmp_path: Path) -> None:
    (tmp_path / "of_yesterday.md").write_text("gone", encoding="utf-8")
    write({"se": CATALOGUE["se"]}, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"README.md", "se.md"}


GOOD = """
says = "It does."
equations = ["y = x"]
bias = "none"
because = "It is so."
pairs_with = "All."
rather = "None."
mistakes = []
[symbols]
C = "channels"
[params]
"weights" = "C**2"
[macs]
"""


def test_a_page_is_computed_from_names() -> None:
    numbers = parse("toy", GOOD).numbers({"channels": 12})
    assert numbers.symbols == {"C": 12}
    assert numbers.params == {"weights": 144}
    assert numbers.macs == {}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('bias = "none"', 'bias = "some"'), "has the bias 'some'"),
        (('rather = "None."\n', ""), "rather"),
        (("mistakes = []", "mistakes = []\nmore = 1"), "more"),
        (('"C**2"', '"C**"'), "cannot be read"),
        (("[macs]", "[macs"), "cannot be read"),
    ],
)  # fmt: skip
def test_a_page_that_is_not_in_order_says_what_is_wrong(change: tuple[str, str], complaint: str) -> None:
    with pytest.raises(DocumentError, match=re.escape(complaint)):
        parse("toy", GOOD.replace(*change))


@pytest.mark.parametrize(("formula", "channels"), [("C/5", 12), ("C//0", 1), ("D", 1), ("C**99", 2)])
def test_a_formula_without_a_whole_value_says_so(formula: str, channels: int) -> None:
    page = parse("toy", GOOD.replace("C**2", formula))
    with pytest.raises(DocumentError, match=r"formula"):
        page.numbers({"channels": channels})
