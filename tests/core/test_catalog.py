"""The catalogue file says what the blocks say, and a search finds what people call things."""

import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from hybridgraph import catalog, catalog_writer, spec
from hybridgraph.spec import FAMILIES

ROOT = Path(__file__).parents[2]


def test_the_catalogue_file_is_fresh():
    """`python -m hybridgraph.catalog_writer` writes it anew."""
    text = (resources.files("hybridgraph") / "catalog.json").read_text(encoding="utf-8")
    assert text == catalog_writer.render()
    assert catalog.load() == spec.REGISTRY


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("squeeze", "se"),
        ("SE", "se"),
        ("senet", "se"),
        ("Squeeze-and-excitation", "se"),
        ("mobilenet", "mbconv"),
        ("inverted bottleneck", "mbconv"),
        ("residual", "add"),
        ("concat", "concat"),
        ("shifted window", "swin_block"),
        ("moat", "moat"),
        ("conv stem", "conv_stem"),
    ],
)
def test_a_search_finds_the_block_people_mean(words: str, first: str):
    assert catalog.find(catalog.load(), words)[0].id == first


def test_a_search_offers_no_ports_and_nothing_for_nonsense():
    offered = {entry.id for entry in catalog.find(catalog.load(), "")}
    assert offered == {entry.id for entry in catalog.load().values() if not entry.structural}
    assert catalog.find(catalog.load(), "zzz") == []


def test_channel_attention_offers_every_block_that_has_it():
    assert {entry.id for entry in catalog.find(catalog.load(), "channel attention")[:2]} == {"se", "cbam"}


@pytest.mark.parametrize("entry", catalog.load().values(), ids=lambda entry: entry.id)
def test_every_block_is_introduced(entry: spec.BlockSpec):
    assert entry.family in FAMILIES
    assert entry.title
    assert entry.symbol
    assert entry.summary.endswith(".")
    assert all(parameter.doc.endswith(".") for parameter in entry.params.values())
    entry.card.format(
        **entry.defaults(), **dict.fromkeys(entry.wired, 1)
    )  # raises on a name it does not have


def test_the_window_can_read_everything_it_shows_without_torch():
    names = ["graph.model", "graph.edits", "graph.regroup", "graph.files", "graph.topology", "graph.values", "spec",
             "shapes", "analysis", "catalog", "presets", "runs", "jobs", "events", "errors", "plan", "planner",
             "codegen", "storage", "verbs"]  # fmt: skip
    code = "; ".join(f"import hybridgraph.{name}" for name in names)
    use = "import hybridgraph as h; h.catalog.load(); h.presets.build('moat-0')"
    check = "import sys; print(sorted({name.partition('.')[0] for name in sys.modules} & {'torch', 'PySide6', 'app'}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {use}; {check}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout == "[]\n"
