"""A design prints its pattern exactly when the pattern builds the same network."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hybridgraph import catalog, presets
from hybridgraph.graph import edits, regroup
from hybridgraph.graph.model import Edge, Graph, Group, Node, essence, frozen, image
from hybridgraph.graph.values import Ramp
from hybridgraph.patterns import Pattern, build, canonical, parse, pattern_of, read, write
from hybridgraph.patterns.steps import steps_of
from tests.patterns.strategies import sound
from tests.strategies import attempted, edited, graphs, is_sentence

CATALOGUE = catalog.load()

# Every family that has a pattern prints it; these are some of each.
PRINTED = [
    ("layout-c-c-c-c", "C-C-C-C"),
    ("layout-c-c-c-t", "C-C-C-T"),
    ("layout-c-c-t-t", "C-C-T-T"),
    ("layout-c-t-t-t", "C-T-T-T"),
    ("layout-vit-rel", "P16 T14·384"),
    ("coatnet-0", "S2 C2·96 C3·192 T5·384 T2·768 drop=0.2"),
    ("coatnet-6", "S2·192 C2·192 C4·384 C8·768 T42·1536/1(head_dim=128) T2·3072(head_dim=128) drop=0.2"),
    ("moat-0", "S2 C2·96 C3·192 M7·384 M2·768 drop=0.2"),
    ("tiny-moat-0", "S2·32 C2·32 C3·64 M7·128 M2·256"),
    ("swin-t", "W2·96 W2·192 W6·384 W2·768 drop=0.2"),
    ("resnet-18", "RB2·64 RB2·128 RB2·256 RB2·512"),
    ("resnet-50", "R3·256 R4·512 R6·1024 R3·2048"),
    ("se-resnet-50", "SE3·256 SE4·512 SE6·1024 SE3·2048"),
    ("se-resnet-20-cifar", "RS3·16 SEB3·16 SEB3·32 SEB3·64"),
    ("cbam-resnet-18", "CBAMB2·64 CBAMB2·128 CBAMB2·256 CBAMB2·512"),
    ("aa-resnet-50", "R3·256 AA4·512(pool) AA6·1024 AA3·2048"),
    ("cvt-13", "V1·64 V2·192 V10·384(drop_path=0:0.1)"),
    ("convnext-t", "X3·96 X3·192 X9·384 X3·768 drop=0.1"),
    ("vit-b-16", "E12·768"),
    ("pocket-moat", "S2·24 C1·48/1(expansion=2) M2·96(expansion=2) drop=0.05"),
]
FAMILIES = ("moat", "tiny-moat", "coatnet", "layout", "swin-", "resnet", "se-resnet-", "cbam", "aa-resnet", "vit-p", "vit-b", "deit",
            "convnext", "pocket")  # fmt: skip


@pytest.mark.parametrize(("name", "text"), PRINTED)
def test_presets_print_their_pattern(name: str, text: str) -> None:
    assert read(presets.build(name)).text == text


def test_whole_families_have_patterns() -> None:
    special = (
        "se-resnet-110-cifar",
        "se-resnet-164-cifar",
        "pocket-coatnet",
    )  # a plain convolution for a stem
    named = [name for name in presets.names() if name.startswith(FAMILIES) and name not in special]
    assert len(named) >= 60
    assert [name for name in named if pattern_of(presets.build(name)) is None] == []


@pytest.mark.parametrize("side", [28, 97, 256])
@pytest.mark.parametrize("name", [name for name, _ in PRINTED])
def test_the_string_of_a_design_builds_its_network_at_its_size(name: str, side: int) -> None:
    graph = presets.build(name, image_size=side, channels_in=1, classes=10)
    text = pattern_of(graph)
    assert text is not None
    again = build(text, image_size=side, channels_in=1, classes=10)
    assert steps_of(again, CATALOGUE) == steps_of(graph, CATALOGUE)


@settings(max_examples=60)
@given(sound(), st.sampled_from([28, 64, 97, 224, 384]))
@example(parse("C-C-T-T"), 28)
@example(parse("C·8 M(bias_size=none)-M"), 224)
@example(parse("P16(norm) W·32 E"), 64)
def test_what_a_pattern_builds_prints_the_pattern(pattern: Pattern, side: int) -> None:
    graph = build(pattern, image_size=side)
    plain = canonical(pattern, side)
    text = pattern_of(graph)
    assert text == write(plain)
    assert steps_of(build(plain, image_size=side), CATALOGUE) == steps_of(graph, CATALOGUE)
    assert canonical(plain, side) == plain == parse(text)


@settings(max_examples=60)
@given(st.data(), st.sampled_from(["C2·16 M2·32", "W2·32 W1·64", "X2·16-E3·32", "V1·16-V2·32", "RB-AAB"]))
def test_an_edited_design_prints_what_it_is_or_a_reason(data: st.DataObject, text: str) -> None:
    graph = build(text, image_size=64)
    for _ in range(data.draw(st.integers(1, 3))):
        graph = attempted(data.draw(edited(graph, CATALOGUE)))[0] or graph
    reading = read(graph)
    if reading.pattern is None:
        assert is_sentence(reading.reason)
    else:
        picture = image(graph)
        assert picture is not None
        side = picture.params["height"]
        assert isinstance(side, int)
        made = steps_of(build(write(reading.pattern), image_size=side), CATALOGUE)
        assert made[:-1] == steps_of(graph, CATALOGUE)[:-1]


@settings(max_examples=30)
@given(graphs())
def test_any_graph_has_a_pattern_or_a_reason(graph: Graph) -> None:
    reading = read(graph)
    assert reading.pattern is not None or is_sentence(reading.reason)


def test_ids_titles_places_and_the_way_it_is_drawn_do_not_matter() -> None:
    graph = presets.build("swin-t")
    text = pattern_of(graph)
    assert pattern_of(edits.set_title(graph, ("stage3",), "Deep")) == text
    assert pattern_of(edits.move(graph, {"stage2": (5.0, 7.0)})) == text
    explicit = edits.set_param(graph, ("stage1",), "relative_bias", True, CATALOGUE)
    assert pattern_of(explicit) == text
    body = graph.nodes["stage1"]
    assert isinstance(body, Group)
    literal = edits.set_param(graph, ("stage1", "swin_block"), "head_dim", 32, CATALOGUE)
    assert pattern_of(literal) == text


def test_a_single_block_is_a_stage_of_depth_one() -> None:
    graph = build("C1·16 T1·32", image_size=64)
    first = graph.nodes["stage1"]
    assert isinstance(first, Group)
    flat = regroup.ungroup(graph, "stage1")
    assert "stage1" not in flat.nodes
    assert pattern_of(flat) == pattern_of(graph) == "S2 C1·16 T1·32"


def test_stages_in_groups_are_read_unless_a_ramp_over_the_net_counts_them_as_one() -> None:
    graph = build("C2·16 M2·32 M2·64", image_size=64)
    assert pattern_of(regroup.group(graph, ["stage1", "stage2"])[0]) == pattern_of(graph)
    ramped = build("C2·16 M2·32 M2·64 drop=0.3", image_size=64)
    reason = read(regroup.group(ramped, ["stage1", "stage2"])[0]).reason
    assert "holds several stages, whose ramps over the net no pattern writes." in reason


def test_edits_show_in_the_string() -> None:
    graph = edits.set_repeat(build("C-C-T-T"), ("stage3",), 6)
    assert pattern_of(graph) == "S2 C2·96 C3·192 T6·384 T2·768"
    graph = edits.set_param(graph, ("stage3",), "head_dim", 64, CATALOGUE)
    assert pattern_of(graph) == "S2 C2·96 C3·192 T6·384(head_dim=64) T2·768"
    graph = edits.set_param(graph, ("classifier",), "hidden", False, CATALOGUE)
    assert pattern_of(graph) == "S2 C2·96 C3·192 T6·384(head_dim=64) T2·768 H(hidden=no)"


def wired(graph: Graph, *edges: Edge) -> Graph:
    return replace(graph, edges=(*graph.edges, *edges))


def with_node(graph: Graph, node: Node) -> Graph:
    return replace(graph, nodes=frozen({**graph.nodes, node.id: node}))


def spliced(graph: Graph, block: str) -> Graph:
    edge = next(edge for edge in graph.edges if edge.source == "stage1")
    return edits.splice(graph, edge, Node(id="new", block=block, title="Newcomer"), CATALOGUE)


PLAIN = build("C2·16 T2·32", image_size=64)
REASONS = [
    (presets.build("bam-resnet-18"), "no letter stands for the block bam"),
    (presets.build("detr-r50"), "a pattern is one lane"),
    (Graph(), "A pattern has one image node; there are 0."),
    (with_node(PLAIN, Node(id="alone", block="se", title="Alone")), "Alone is not in the lane"),
    (spliced(PLAIN, "se"), "Newcomer: no letter stands for the block se."),
    (edits.remove(PLAIN, ["classifier"]), "The lane does not end in a classifier."),
    (edits.remove(PLAIN, ["stem"], heal=True), "The net begins without a stem."),
    (edits.set_param(PLAIN, ("image",), "height", 32, CATALOGUE), "square pictures; these have 32×64"),
    (
        edits.set_param(PLAIN, ("stage1",), "drop_path", Ramp(0.1, 0.3, "net"), CATALOGUE),
        "Stage 1: drop_path is 0.1 → 0.3 over the net, which no pattern writes there",
    ),
    (edits.set_param(PLAIN, ("stage2",), "stride", 2, CATALOGUE), "Stage 2: stride is 2, which no pattern writes"),
    (wired(PLAIN, Edge("stem", "y", "stage2", "x")), "several wires out"),
]  # fmt: skip


@pytest.mark.parametrize(("graph", "said"), REASONS)
def test_a_design_without_a_pattern_says_why(graph: Graph, said: str) -> None:
    reading = read(graph)
    assert reading.text is None
    assert said in reading.reason
    assert is_sentence(reading.reason)


def test_reading_changes_nothing() -> None:
    before = essence(PLAIN)
    read(PLAIN)
    assert essence(PLAIN) == before
