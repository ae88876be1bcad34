"""A block swapped at equal cost: the width is found at which the design costs what it did."""

from collections.abc import Callable

import pytest

from hybridgraph import catalog, presets
from hybridgraph.analysis import Analysis
from hybridgraph.balance import Balanced, Search, balance
from hybridgraph.engine import Engine
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Node, Path
from hybridgraph.graph.values import Ref

CATALOGUE = catalog.load()
PATH = ("stage2", "moat")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def drive(search: Search, analyse: Callable[[Graph], Analysis]) -> Balanced:
    """Run a search to its end with something that analyses at once."""
    try:
        graph = next(search)
        while True:
            graph = search.send(analyse(graph))
    except StopIteration as end:
        answer: Balanced = end.value
        return answer


def with_block(graph: Graph, path: Path, block: str) -> Graph:
    """The graph with another block in place, its width taken from the stage."""
    node = Node(id=path[-1], block=block, params={"channels": Ref("channels"), "stride": Ref("stride")})
    return graph.with_body(path[:-1], graph.at(path[:-1]).with_item(node))


@pytest.mark.parametrize("measure", ["params", "macs"])
@pytest.mark.parametrize("block", ["mbconv", "resnet_basic", "conv_norm_act"])
def test_the_cost_is_as_near_as_the_step_of_the_width_allows(
    engine: Engine, block: str, measure: str
) -> None:
    before = presets.build("pocket-moat")
    target = getattr(engine.analyze(before).total, measure)
    swapped = with_block(before, PATH, block)
    found = drive(balance(swapped, PATH, target, measure, CATALOGUE), engine.analyze)  # type: ignore[arg-type]
    assert found.graph.item(("stage2",)).params["channels"] == found.width
    assert found.width % 8 == 0

    off = abs(getattr(found.cost, measure) - target)
    for width in (found.width - 8, found.width + 8):
        if width > 0:
            beside = edits.set_param(swapped, ("stage2",), "channels", width, CATALOGUE)
            assert abs(getattr(engine.analyze(beside).total, measure) - target) >= off


def test_heads_are_kept_whole(engine: Engine) -> None:
    graph = presets.build("pocket-moat")
    target = engine.analyze(graph).total.params * 3
    found = drive(balance(graph, PATH, target, "params", CATALOGUE), engine.analyze)
    head_dim = graph.item(("stage2",)).params["head_dim"]
    assert isinstance(head_dim, int)
    assert found.width % head_dim == 0
    assert abs(found.cost.params - target) < target / 4


def test_a_block_without_a_width_is_refused_in_a_sentence(engine: Engine) -> None:
    graph = with_block(presets.build("pocket-moat"), PATH, "se")
    with pytest.raises(GraphError, match="no width of its own"):
        drive(balance(graph, PATH, 100, "params", CATALOGUE), engine.analyze)
