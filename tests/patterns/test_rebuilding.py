"""Typing a pattern is an edit: what the string says happens, what stayed is left as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from hybridgraph import catalog, presets
from hybridgraph.errors import PatternError
from hybridgraph.graph import edits, regroup
from hybridgraph.graph.model import Graph, Group, Item, Node, frozen
from hybridgraph.graph.values import Cycle
from hybridgraph.patterns import Pattern, build, canonical, numbered, pattern_of, rebuild, write
from tests.patterns.strategies import sound
from tests.strategies import graphs

CATALOGUE = catalog.load()


def design() -> Graph:
    """CoAtNet's best layout with places, a title and things that no pattern writes."""
    graph = build("C-C-T-T", image_size=96, channels_in=1, classes=7)
    graph = edits.move(graph, {name: (100.0 * index, 10.0) for index, name in enumerate(graph.nodes)})
    graph = edits.set_title(graph, ("stage3",), "Deep")
    graph = edits.set_collapsed(graph, ("stage4",), True)
    third = graph.nodes["stage3"]
    return graph.with_item(replace(third, extra=frozen({"note": "mine"})))


def stages(graph: Graph) -> list[str]:
    return [name for name, item in graph.nodes.items() if isinstance(item, Group)]


@pytest.mark.parametrize(
    "name", ["moat-0", "layout-vit-rel", "swin-t", "cvt-13", "resnet-50", "pocket-moat", "vit-b-16"]
)
def test_its_own_string_leaves_a_design_as_it_is(name: str) -> None:
    graph = presets.build(name)
    text = pattern_of(graph)
    assert text is not None
    assert rebuild(graph, text) is graph


def test_a_longer_stage_is_the_same_stage_with_another_repeat() -> None:
    before = design()
    after = rebuild(before, "C-C-T9-T")
    assert list(after.nodes) == list(before.nodes)
    assert {name for name in after.nodes if after.nodes[name] != before.nodes[name]} == {"stage3"}
    assert after.nodes["stage3"] == replace(before.nodes["stage3"], repeat=9)
    assert after.edges == before.edges


def test_another_letter_takes_the_place_and_the_rest_stays() -> None:
    before = design()
    after = rebuild(before, "C-C-M-T")
    assert stages(after) == ["stage1", "stage2", "stage3", "stage4"]
    for name in ("image", "stem", "stage1", "stage2", "stage4", "classifier"):
        assert after.nodes[name] == before.nodes[name]
    third = after.nodes["stage3"]
    assert isinstance(third, Group)
    assert third.title == "Stage 3"
    assert third.body.nodes.keys() == {"x", "moat", "y"}
    assert before.nodes["stage2"].x < third.x < before.nodes["stage4"].x


def test_an_added_letter_moves_nobody() -> None:
    before = design()
    after = rebuild(before, "C-C-C-T-T")
    assert stages(after) == ["stage1", "stage2", "stage3_2", "stage3", "stage4"]
    for name in before.nodes:
        assert (after.nodes[name].x, after.nodes[name].y) == (before.nodes[name].x, before.nodes[name].y)
    assert after.nodes["stage3"].title == "Deep"
    assert after.nodes["stage3"].extra == {"note": "mine"}
    assert after.nodes["stage4"].title == "Stage 5"


def test_a_letter_that_goes_takes_its_stage_along() -> None:
    after = rebuild(design(), "C-T-T")
    assert stages(after) == ["stage1", "stage3", "stage4"]
    assert pattern_of(after) == "S2 C2·96 T5·384 T2·768"


def test_bare_letters_keep_numbers_options_stem_and_rate() -> None:
    text = "S2·32 C2·16 C3·40(kernel=5) M4·64/1(window=2) drop=0.3"
    graph = build(text, image_size=64)
    assert pattern_of(graph) == text
    assert rebuild(graph, "C-C-M") is graph
    assert pattern_of(rebuild(graph, "C-C-M-M")) == text.replace(" drop", " M2·128 drop")


def test_anything_more_than_a_letter_says_all_options() -> None:
    graph = build("S2·32 C2·16 M4·64(window=2) drop=0.3", image_size=64)
    assert pattern_of(rebuild(graph, "S2·32 C2·16 M4·64 drop=0.3")) == "S2·32 C2·16 M4·64 drop=0.3"
    assert pattern_of(rebuild(graph, "C M5")) == "S2 C2·16 M5·64"


def test_what_a_string_cannot_say_of_a_stage_is_kept() -> None:
    before = edits.set_param(design(), ("stage2",), "expansion", Cycle((4, 6)), CATALOGUE)
    assert pattern_of(before) is None
    after = rebuild(before, "C-C5-T-T")
    second = after.nodes["stage2"]
    assert isinstance(second, Group)
    assert (second.repeat, second.params["expansion"]) == (5, Cycle((4, 6)))
    assert rebuild(before, "C-C-M-M").nodes["stage2"].params["expansion"] == Cycle((4, 6))


@pytest.mark.parametrize(
    "together",
    [["stem", "stage1"], ["stage2", "stage3"], ["stage4", "classifier"], ["tokens", "class_token"]],
)
def test_groups_of_several_parts_are_taken_apart(together: list[str]) -> None:
    graph = build("S2 C1·16 C1·16 T1·32 E2·32", image_size=64)
    grouped, name = regroup.group(graph, together)
    assert pattern_of(grouped) == pattern_of(graph)
    after = rebuild(grouped, "S2 C2·16 C2·16 T2·32 E3·32")
    assert pattern_of(after) == "S2 C2·16 C2·16 T2·32 E3·32"
    assert name not in after.nodes
    assert len({item.id for item in after.nodes.values()}) == len(after.nodes) == len(graph.nodes)


def test_pictures_and_classes_stay_whatever_the_net_becomes() -> None:
    before = design()
    for text in ("W-W", "V-V", "E", "C-C-T-T"):
        after = rebuild(before, text)
        assert after.nodes["image"] is before.nodes["image"]
        assert after.nodes["classifier"].params["classes"] == 7


def test_a_design_that_is_no_lane_is_replaced_but_for_image_and_classes() -> None:
    before = presets.build("detr-r50", classes=9)
    after = rebuild(before, "C-T")
    assert pattern_of(after) == "S2 C2·96 T2·192"
    assert after.nodes["image"] == before.nodes["image"]
    assert rebuild(Graph(), "C-T") == replace(build("C-T"), name="")


def test_a_design_called_by_its_letters_is_called_by_the_new_ones() -> None:
    assert rebuild(build("C-T"), "C-C-T").name == "C-C-T"
    assert rebuild(edits.set_name(build("C-T"), "Mine"), "C-C-T").name == "Mine"


def test_a_mistake_changes_nothing_and_has_a_place() -> None:
    with pytest.raises(PatternError) as caught:
        rebuild(design(), "C-C-Q-T")
    assert caught.value.position == 4


@settings(max_examples=50)
@given(sound(), sound())
def test_the_design_that_results_prints_the_string_that_was_typed(one: Pattern, other: Pattern) -> None:
    graph = build(one, image_size=64)
    full = numbered(canonical(other, 64))
    typed = write(full)
    after = rebuild(graph, typed)
    assert pattern_of(after) == write(canonical(other, 64))
    assert rebuild(after, typed) is after
    assert len({item.id for item in after.nodes.values()}) == len(after.nodes)
    assert all(name == item.id for name, item in after.nodes.items())


@settings(max_examples=30)
@given(graphs(), sound())
def test_any_graph_can_be_rebuilt(graph: Graph, pattern: Pattern) -> None:
    after = rebuild(graph, write(pattern))
    kept: list[Item] = [
        item for item in graph.nodes.values() if isinstance(item, Node) and item.block == "image"
    ]
    assert len(kept) != 1 or after.nodes[kept[0].id] is kept[0]
    assert after.extra == graph.extra
    assert pattern_of(after) is not None
