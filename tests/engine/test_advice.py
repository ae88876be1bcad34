"""What is legal but unwise is said in the numbers of the design; of the papers' own networks tests/presets has none said."""

from dataclasses import replace

import pytest

from hybridgraph import catalog
from hybridgraph.analysis import Analysis, Finding
from hybridgraph.engine import Engine
from hybridgraph.graph import edits
from hybridgraph.graph.model import Edge, Graph, Group
from hybridgraph.graph.values import First, Ramp, Value
from hybridgraph.presets.lane import block, image, lane, stage
from hybridgraph.repairs import mends, propose

CATALOGUE = catalog.load()
CODES = {"window", "head-dim", "attention", "strides", "narrowing", "drop-path", "batch-norm"}
HEAD = block("head", "classifier", classes=10)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def convs(name: str, repeat: int, **shared: Value) -> Group:
    return stage(name, "conv_norm_act", repeat=repeat, title=name, shared=shared)


def gated(drop_path: Value) -> Graph:
    shared = {"channels": 32, "drop_path": drop_path}
    return design(stage("stage1", "mbconv", repeat=1, title="Stage 1", shared=shared), side=32)


def design(*parts: object, side: int = 224) -> Graph:
    return lane("mine", [image(3, side), *parts, HEAD])  # type: ignore[list-item]


ATTENTIVE = design(block("stem", "conv_norm_act", channels=96, stride=4), block("moat", "moat", channels=96))
CASES = {
    "window": (
        design(block("embed", "patch_embed", channels=96), block("swin", "swin_block", window=7), side=24),
        ["window of 7", "map of 6×6", "cut to 6"],
    ),
    "head-dim": (
        design(block("moat", "moat", channels=96, head_dim=12), side=28),
        ["12 channels of an attention head are no multiple of 8"],
    ),
    "attention": (ATTENTIVE, ["map of 56×56", "3,136 positions", "9.8 million pairs"]),
    "strides": (
        design(convs("stage1", 3, channels=32, stride=2), side=64),
        ["3 of its 3 repeats", "from 64×64 to 8×8"],
    ),
    "narrowing": (
        design(convs("stage1", 1, channels=64), convs("stage2", 1, channels=48), side=32),
        ["from 64 to 48"],
    ),
    "drop-path": (
        gated(0.2),
        ["drop path of 0.2", "20% of the examples"],
    ),
    "batch-norm": (
        design(block("conv", "conv_norm_act", channels=32, stride=4), side=4),
        ["one value of each channel", "32×1×1"],
    ),
}


def told(analysis: Analysis, code: str) -> Finding:
    return next(found for found in analysis.findings if found.code == code)


@pytest.mark.parametrize("code", CASES)
def test_it_is_advice_in_the_numbers_of_the_design(code: str, engine: Engine) -> None:
    graph, words = CASES[code]
    plan, analysis = engine.plan(graph)
    found = told(analysis, code)
    assert plan is not None
    assert found.severity == "advice"
    assert found.hint
    assert all(word in found.message for word in words), found.message


@pytest.mark.parametrize("code", [code for code in CASES if code != "attention"])
def test_a_repair_mends_it(code: str, engine: Engine) -> None:
    graph, _ = CASES[code]
    before = engine.analyze(graph)
    found = told(before, code)
    mended = [
        repair
        for repair in propose(graph, found, before, CATALOGUE)
        if mends(found, before, engine.analyze(repair.edit(graph)))
    ]
    assert mended


def test_a_window_is_offered_for_wide_attention(engine: Engine) -> None:
    before = engine.analyze(ATTENTIVE)
    found = told(before, "attention")
    repairs = propose(ATTENTIVE, found, before, CATALOGUE)
    assert repairs
    assert repairs[0].title.startswith("Set window of")
    assert mends(found, before, engine.analyze(repairs[0].edit(ATTENTIVE)))


@pytest.mark.parametrize("stride", [First(2, 1), 1])
def test_one_stride_in_a_stage_is_fine(stride: Value, engine: Engine) -> None:
    analysis = engine.analyze(design(convs("stage1", 3, channels=32, stride=stride), side=64))
    assert not CODES & {found.code for found in analysis.findings}


def test_a_ramp_over_the_stage_has_nothing_to_rise_over(engine: Engine) -> None:
    found = told(engine.analyze(gated(Ramp(0.0, 0.2))), "drop-path")
    assert "stays at 0." in found.message
    assert not engine.analyze(gated(Ramp(0.0, 0.2, "net"))).findings


# ------------------------------------------------------------------------------------------------- inputs that disagree


def joined(kind: str, **second: Value) -> Graph:
    graph = lane("", [image(3, 64), block("stem", "conv_norm_act", channels=64), block("sum", kind), HEAD])
    graph = edits.add_node(graph, block("fine", "conv_norm_act", **second))
    graph = edits.disconnect(graph, [edge for edge in graph.edges if edge.target == "sum"])
    for edge in (
        Edge("stem", "y", "fine", "x"),
        Edge("stem", "y", "sum", "a"),
        Edge("fine", "y", "sum", "b"),
    ):
        graph = edits.connect(graph, edge, CATALOGUE)
    return edits.set_title(edits.set_title(graph, ("fine",), "Fine"), ("stem",), "Stem")


@pytest.mark.parametrize(
    ("kind", "second", "sentence"),
    [
        ("add", {"channels": 96}, "a comes from Stem (64×64×64), b from Fine (96×64×64): the channels disagree."),
        ("add", {"channels": 96, "stride": 2},
         "a comes from Stem (64×64×64), b from Fine (96×32×32): the channels, height and width disagree."),
        ("concat", {"channels": 96, "stride": 2},
         "a comes from Stem (64×64×64), b from Fine (96×32×32): the height and width disagree."),
    ],
)  # fmt: skip
def test_both_nodes_both_shapes_and_what_disagrees(
    kind: str, second: dict[str, Value], sentence: str, engine: Engine
) -> None:
    found = told(engine.analyze(joined(kind, **second)), "block")
    assert found.severity == "error"
    assert sentence in found.message


def test_inside_a_stage_the_way_in_is_called_so(engine: Engine) -> None:
    inner = convs("stage1", 1, channels=32)
    body = edits.add_node(inner.body, block("sum", "add"))
    body = edits.disconnect(body, [edge for edge in body.edges if edge.target == "y"])
    for edge in (
        Edge("x", "y", "sum", "a"),
        Edge("conv_norm_act", "y", "sum", "b"),
        Edge("sum", "y", "y", "x"),
    ):
        body = edits.connect(body, edge, CATALOGUE)
    found = told(engine.analyze(design(replace(inner, body=body), side=32)), "block")
    assert "a comes from the input of stage1 (3×32×32), b from Conv-norm-act (32×32×32)" in found.message
