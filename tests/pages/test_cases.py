"""The numbers of a node are found in every repeat of its stage, and their sum is the engine's count."""

import pytest

from hybridgraph import catalog, pages, presets
from hybridgraph.analysis import Analysis
from hybridgraph.engine import Engine
from hybridgraph.graph.model import Graph, Node, Path
from hybridgraph.pages.cases import cases
from hybridgraph.shapes import ImageMap, Stack, Tokens
from hybridgraph.spec import BlockSpec

ENGINE = Engine()
CATALOGUE = catalog.load()


def nodes(graph: Graph) -> list[tuple[Path, BlockSpec]]:
    found = []
    for path, item in graph.walk():
        if isinstance(item, Node) and not CATALOGUE[item.block].structural:
            found.append((path, CATALOGUE[item.block]))
    return found


@pytest.mark.parametrize(
    "name", ["pocket-moat", "swin-t", "coatnet-0", "cvt-13", "aa-resnet-34", "vit-c-1gf"]
)
def test_the_formulas_of_each_node_add_up_to_what_the_engine_counts(name: str) -> None:
    graph = presets.build(name)
    analysis = ENGINE.analyze(graph)
    for path, spec in nodes(graph):
        page, report = pages.load(spec.id), analysis.nodes[path]
        assert page is not None
        found = [(case.count, page.numbers(case.names)) for case in cases(graph, path, spec, analysis)]
        assert sum(count for count, _ in found) == report.repeats
        assert sum(count * sum(numbers.params.values()) for count, numbers in found) == report.cost.params
        macs = sum(count * sum(numbers.macs.values()) for count, numbers in found)
        assert macs == pytest.approx(report.cost.macs, rel=1e-3)


def test_repeats_that_differ_are_cases_of_their_own() -> None:
    graph = presets.build("moat-0")
    found = cases(graph, ("stage3", "moat"), CATALOGUE["moat"], ENGINE.analyze(graph))
    assert [case.count for case in found] == [1, 6]
    assert [case.names["in_channels"] for case in found] == [192, 384]
    assert [case.names["stride"] for case in found] == [2, 1]


def test_an_entry_part_runs_once() -> None:
    graph = presets.build("swin-t")
    analysis = ENGINE.analyze(graph)
    assert [
        case.count for case in cases(graph, ("stage3", "merge"), CATALOGUE["patch_merging"], analysis)
    ] == [1]
    blocks = cases(graph, ("stage3", "swin_block"), CATALOGUE["swin_block"], analysis)
    assert [(case.count, case.names["shift"], case.names["channels"]) for case in blocks] == [
        (3, 0, 384),
        (3, 3, 384),
    ]


def test_what_the_engine_does_not_know_yet_has_no_case() -> None:
    graph = presets.build("pocket-moat")
    nothing = Analysis(digest="", nodes={})
    assert cases(graph, ("stem",), CATALOGUE["conv_stem"], nothing) == []
    assert cases(graph, ("stage2",), CATALOGUE["moat"], nothing) == []


def test_names_come_from_parameters_wires_and_shapes() -> None:
    from hybridgraph.pages.cases import bind

    names = bind(CATALOGUE["conv_stem"], {"channels": 5}, {"x": ImageMap(3, 8, 9)})
    assert {name: names[name] for name in ("channels", "kernel", "in_channels", "x.height", "x.width")} == {
        "channels": 5, "kernel": 3, "in_channels": 3, "x.height": 8, "x.width": 9,
    }  # fmt: skip
    stacked = bind(CATALOGUE["detr_heads"], {}, {"x": Stack(6, Tokens(100, 256))})
    assert (stacked["x.count"], stacked["x.length"], stacked["channels"]) == (6, 100, 256)
    added = bind(
        CATALOGUE["add"], {}, {"a": ImageMap(3, 8, 9), "b": ImageMap(3, 8, 9), "c": ImageMap(3, 8, 9)}
    )
    assert (added["c"], added["d"]) == (True, False)
