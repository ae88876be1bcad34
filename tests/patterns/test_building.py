"""Patterns become designs: the presets where they name them, sound ones for any picture, mistakes where nothing fits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridgraph import catalog, presets
from hybridgraph.engine import Engine
from hybridgraph.errors import PatternError
from hybridgraph.graph.model import Graph, Group, digest
from hybridgraph.graph.values import Cycle, First
from hybridgraph.patterns import Pattern, build, parse, resolve, write
from hybridgraph.patterns.steps import Step, steps_of
from hybridgraph.shapes import Vector
from tests.patterns.strategies import sound
from tests.strategies import is_sentence

ENGINE = Engine()


def steps(graph: Graph) -> list[Step]:
    return steps_of(graph, catalog.load())


def depths(pattern: str) -> list[tuple[int, int, int]]:
    """Depth, width and stride of each stage, read off the design."""
    return [(part.depth, part.width, part.stride) for part in resolve(parse(pattern), 224).stages]


@pytest.mark.parametrize(
    ("text", "preset"),
    [
        ("C-C-C-C", "layout-c-c-c-c"),
        ("C-C-C-T", "layout-c-c-c-t"),
        ("C-C-T-T", "layout-c-c-t-t"),
        ("C-T-T-T", "layout-c-t-t-t"),
        ("P-T", "layout-vit-rel"),
        ("P16 T14·384", "layout-vit-rel"),
        ("S2 C2·96 C3·192 M7·384 M2·768", "moat-0"),
        ("C-C-M-M", "moat-0"),
    ],
)
def test_strings_of_the_papers_have_the_papers_parameters(text: str, preset: str) -> None:
    total, known = ENGINE.analyze(build(text)).total, presets.info(preset)
    assert total.params == known.params
    assert total.macs == pytest.approx(known.macs, rel=0.005)


@pytest.mark.parametrize("side", [224, 97, 64, 32])
@pytest.mark.parametrize(
    ("text", "preset"),
    [
        ("C-C-C-C", "layout-c-c-c-c"),
        ("C-C-C-T", "layout-c-c-c-t"),
        ("C-C-T-T", "layout-c-c-t-t"),
        ("C-T-T-T", "layout-c-t-t-t"),
        ("C-C-T-T drop=0.2", "coatnet-0"),
        ("C-C-M-M drop=0.2", "moat-0"),
        ("W-W-W-W drop=0.2", "swin-t"),
        ("X-X-X-X drop=0.1", "convnext-t"),
        ("R-R-R-R", "resnet-50"),
        ("RB-RB-RB-RB", "resnet-34"),
        ("SE-SE-SE-SE", "se-resnet-50"),
        ("CBAM-CBAM-CBAM-CBAM", "cbam-resnet-50"),
        ("V-V-V(drop_path=0:0.1)", "cvt-13"),
    ],
)
def test_they_are_the_presets_themselves_at_any_size(text: str, preset: str, side: int) -> None:
    sizes = {"image_size": side, "channels_in": 1, "classes": 10}
    assert digest(build(text, **sizes)) == digest(presets.build(preset, **sizes))


@pytest.mark.parametrize(
    ("text", "preset"),
    [
        ("P-T", "layout-vit-rel"),
        ("R-AA(pool)-AA-AA", "aa-resnet-50"),
        ("E drop=0.1", "deit-s"),
        ("E12·768", "vit-b-16"),
    ],
)
def test_others_are_the_same_networks_in_another_drawing(text: str, preset: str) -> None:
    assert steps(build(text)) == steps(presets.build(preset))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C-M", [(2, 96, 2), (2, 192, 2)]),
        ("C-C-V-T-E", [(2, 96, 2), (3, 192, 2), (5, 384, 2), (5, 768, 2), (2, 1536, 2)]),
        ("C2·64 C T5 T", [(2, 64, 2), (3, 128, 2), (5, 256, 2), (2, 512, 2)]),
        ("V1·32 V V", [(1, 32, 4), (2, 96, 2), (10, 192, 2)]),
        ("C-C·100-T/1-T", [(2, 96, 2), (3, 100, 2), (5, 200, 1), (2, 400, 2)]),
        ("W-M", [(2, 96, 1), (2, 192, 2)]),
        ("R-T", [(2, 96, 1), (2, 192, 2)]),
        ("C-E-E·192/1", [(2, 96, 2), (3, 192, 2), (2, 192, 1)]),
    ],
)
def test_what_is_left_out_follows_from_what_is_written(
    text: str, expected: list[tuple[int, int, int]]
) -> None:
    assert depths(text) == expected


def test_stages_are_groups_whose_parameters_can_be_edited() -> None:
    graph = build("S2 C2·96 W4·192(window=6)", image_size=96, classes=7)
    first, second = graph.nodes["stage1"], graph.nodes["stage2"]
    assert isinstance(first, Group) and isinstance(second, Group)  # noqa: PT018
    assert (first.repeat, first.params["channels"], first.params["stride"]) == (2, 96, First(2, 1))
    assert (second.params["window"], second.params["shift"]) == (6, Cycle((0, 3)))
    assert [node.block for node in second.body.nodes.values() if node.once] == ["patch_merging"]
    assert graph.name == "C-W"
    assert ENGINE.analyze(graph).output == Vector(7)


@pytest.mark.parametrize("side", [28, 97, 160])
@pytest.mark.parametrize("text", ["C-C-T-T", "V-M", "P-C-E", "X-M", "RS-SE-AA-T", "W-E"])
def test_mixed_ones_take_any_picture_or_say_what_does_not_fit(text: str, side: int) -> None:
    analysis = ENGINE.analyze(build(text, image_size=side, channels_in=1, classes=10))
    assert analysis.output == Vector(10) or analysis.errors
    for found in analysis.findings:
        assert is_sentence(found.message)
        assert found.path


def test_a_legal_string_that_does_not_fit_is_the_analysis_to_say() -> None:
    analysis = ENGINE.analyze(build("W2·96(window=5) W2·192"))
    assert analysis.errors[0].path[0] == "stage1"
    assert "5×5" in analysis.errors[0].message


@settings(max_examples=60)
@given(sound(), st.sampled_from([16, 32, 64, 97, 224, 384]))
def test_sound_patterns_build_lanes_of_known_blocks(pattern: Pattern, side: int) -> None:
    graph = build(pattern, image_size=side)
    assert len(graph.edges) == len(graph.nodes) - 1
    assert steps(graph) == steps(build(write(pattern), image_size=side))


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("W2·96 W2·‹100›", "100 is not possible. The nearest is 96."),
        ("W2·96 W2·‹191›", "The nearest is 192."),
        ("W2·96 W2·‹192›/1", "Write W·96 or W·192/2."),
        ("E ‹C›", "C needs a map, but E leaves tokens."),
        ("E12·384 E·‹192›", "the width has to be 384"),
        ("E12·384 E·384/‹2›", "the stride has to be 1"),
        ("E H(‹norm=none›)", "The head behind E has no option 'norm'. It has pool"),
        ("C H(‹pool=mean›)", "The head behind C has no option 'pool'. It has norm"),
    ],
)
def test_stages_that_cannot_follow_are_shown_at_their_place(marked: str, said: str) -> None:
    start, end = marked.index("‹"), marked.index("›") - 1
    with pytest.raises(PatternError) as caught:
        build(marked.replace("‹", "").replace("›", ""))
    assert said in str(caught.value)
    assert (caught.value.position, caught.value.length) == (start, end - start)


def test_a_pattern_made_in_code_has_its_mistakes_in_its_string() -> None:
    with pytest.raises(PatternError) as caught:
        build(Pattern(stages=parse("W2·96 W2·100").stages))
    assert (caught.value.text, caught.value.position) == ("W2·96 W2·100", 9)
