"""torchinfo's table of a design."""

import re

import pytest
import torchinfo

from hybridgraph.engine import Engine
from hybridgraph.errors import GraphError
from hybridgraph.export import summary_text
from hybridgraph.graph.model import Graph
from tests.export.designs import DESIGNS, tiny_moat, tiny_vit


@pytest.mark.parametrize("family", DESIGNS)
def test_the_table_counts_the_parameters_that_the_engine_counts(family: str) -> None:
    graph = DESIGNS[family]()
    total = Engine().analyze(graph).total
    text = summary_text(graph, 2)
    assert f"Total params: {total.params:,}" in text
    assert f"{total.macs:,}" in text.splitlines()[-1]
    assert "[2, 3, 32, 32]" in text
    assert "Units." not in text


def test_the_depth_decides_how_many_levels_are_shown() -> None:
    rows = [len(summary_text(tiny_moat(), depth=depth).splitlines()) for depth in (1, 2, 3)]
    assert rows == sorted(set(rows))


def test_a_table_is_never_that_of_another_design() -> None:
    first = summary_text(tiny_moat())
    summary_text(tiny_vit())
    assert summary_text(tiny_moat()) == first
    assert re.search(r"ConvStem", first)
    assert torchinfo.torchinfo._cached_forward_pass == {}


def test_a_design_without_a_path_is_refused() -> None:
    with pytest.raises(GraphError, match="no image"):
        summary_text(Graph(name="empty"))
