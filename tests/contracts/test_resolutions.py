"""Any picture size for every preset: it builds, or one sentence says what does not divide and which image would."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest

from hybridgraph import presets
from hybridgraph.analysis import Analysis, Finding
from hybridgraph.engine import Engine
from hybridgraph.graph.model import Graph, Node, frozen
from hybridgraph.planner.resolution import reduction
from hybridgraph.shapes import Detections, Vector
from hybridgraph.spec import REGISTRY, Literal_
from tests.core.toys import chain, node
from tests.strategies import is_sentence

ENGINE = Engine()
ENGINE.limit_bytes = 10**15  # what fits into a machine is not the question here
NAMED = re.compile(r"An image of (\d+)×(\d+)(?: or (\d+)×(\d+))? (fits|loses nothing at the edge)\.$")


def builders() -> list[str]:
    """The smallest preset of each builder."""
    smallest: dict[object, str] = {}
    for name, preset in sorted(presets.PRESETS.items(), key=lambda item: item[1].params):
        made = preset.build
        smallest.setdefault(made.func if isinstance(made, partial) else made, name)
    return list(smallest.values())


def on_image(graph: Graph, height: int, width: int) -> Graph:
    """The same design with another image."""
    image = graph.nodes["image"]
    assert isinstance(image, Node)
    params = frozen({**image.params, "height": height, "width": width})
    return replace(graph, nodes=frozen({**graph.nodes, "image": replace(image, params=params)}))


def require_clean_or_explained(graph: Graph, *, verify: bool = True) -> None:
    """No error, or one that names the images that fit; advice names those that divide. Tries them with `verify`."""
    analysis = ENGINE.analyze(graph)
    assert len(analysis.errors) <= 1, [str(found) for found in analysis.errors]
    assert {found.severity for found in analysis.findings} <= {"error", "advice"}
    for found in analysis.findings:
        assert is_sentence(found.message)
        assert found.path
        if found.severity == "advice" and found.code != "stride":
            continue  # about a block at this size; another size is not the only way
        named = NAMED.search(found.hint)
        assert named, str(found)
        if verify:
            require_truth(graph, found, [int(side) for side in named.groups()[:4] if side])
    if not analysis.errors:
        assert isinstance(analysis.output, (Vector, Detections))


def require_truth(graph: Graph, found: Finding, sides: list[int]) -> None:
    """The images that a finding names do what it says."""
    for size in zip(sides[::2], sides[1::2], strict=True):
        other = ENGINE.analyze(on_image(graph, *size))
        assert not other.errors, f"{size} is said to fit: {found}"
        if found.severity == "advice":
            assert found.path not in {advice.path for advice in other.findings}


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_takes_a_smaller_picture(name: str) -> None:
    require_clean_or_explained(presets.build(name, image_size=160, classes=10), verify=False)


@pytest.mark.parametrize("name", builders())
def test_every_builder_takes_small_grey_pictures_or_says_which(name: str) -> None:
    require_clean_or_explained(presets.build(name, image_size=28, channels_in=1, classes=10))


@pytest.mark.parametrize("size", [32, 192, 250, 256, 288, 384])
@pytest.mark.parametrize("name", builders())
def test_every_builder_takes_any_picture_or_says_which(name: str, size: int) -> None:
    require_clean_or_explained(presets.build(name, image_size=size, classes=10))


@pytest.mark.parametrize("name", builders())
def test_pictures_need_not_be_square(name: str) -> None:
    require_clean_or_explained(on_image(presets.build(name, image_size=224, classes=10), 224, 160))


@pytest.mark.parametrize(
    ("name", "size", "image", "message", "hint"),
    [
        (
            "swin-t", 224, (256, 256),
            "Stage 1 › Swin block (repeat 1): A 64×64 map does not divide into windows of 7×7.",
            "Windows of 1, 2, 4, 8, 16, 32 or 64 fit. An image of 224×224 or 448×448 fits.",
        ),
        (
            "swin-t", 224, (224, 160),
            "Stage 1 › Swin block (repeat 1): A 56×40 map does not divide into windows of 7×7.",
            "Windows of 1, 2, 4 or 8 fit. An image of 224×224 fits.",
        ),
        (
            "convnext-t", 28, (28, 28),
            "Stage 4 › ConvNeXt downsampling: A 7×7 map does not divide into patches of 2×2.",
            "Patches of 1 or 7 fit. An image of 24×24 or 32×32 fits.",
        ),
        (
            "cvt-13", 224, (224, 160),
            "Stage 3 › CvT block with class token (repeat 1): 140 tokens do not make a square map.",
            "Give the height of the map. An image of 160×160 or 224×224 fits.",
        ),
    ],
)  # fmt: skip
def test_the_sentence_names_block_map_and_images(
    name: str, size: int, image: tuple[int, int], message: str, hint: str
) -> None:
    (found,) = analyzed(name, size, image).errors
    assert (found.message, found.hint) == (message, hint)


def analyzed(name: str, size: int, image: tuple[int, int]) -> Analysis:
    return ENGINE.analyze(on_image(presets.build(name, image_size=size), *image))


def test_all_strides_that_leave_a_rest_are_advised_the_same_image() -> None:
    findings = ENGINE.analyze(presets.build("moat-0", image_size=97)).findings
    assert len(findings) == 5
    assert {found.hint for found in findings} == {"An image of 96×96 or 128×128 loses nothing at the edge."}


def test_no_image_is_named_where_the_size_is_not_the_reason() -> None:
    design = chain(node("a", "conv_norm_act", channels=6, groups=4), node("head", "classifier"))
    (found,) = ENGINE.analyze(design).errors
    assert "image" not in found.hint


@pytest.mark.parametrize(
    ("side", "cells", "times"),
    [
        (224, 7, 32),
        (28, 7, 4),
        (28, 4, 8),
        (97, 13, 8),
        (97, 97, 1),
        (15, 5, 3),
        (250, 62, 4),
        (250, 15, 16),
        (800, 25, 32),
    ],
)
def test_the_reduction_of_a_map_is_found_from_its_side(side: int, cells: int, times: int) -> None:
    assert reduction(side, cells) == times


# What the tables of a block hold on a grid of h × w with 2 heads: each kind of table by its formula.
TABLES: dict[str, tuple[dict[str, Literal_], str]] = {
    "relative_attention": ({"head_dim": 8}, "2 * (2 * h - 1) * (2 * w - 1)"),
    "moat": ({"channels": 16, "head_dim": 8}, "2 * (2 * h - 1) * (2 * w - 1)"),
    "coatnet_transformer": ({"channels": 16, "head_dim": 8}, "2 * (2 * h - 1) * (2 * w - 1)"),
    "aa_conv": ({"channels": 16, "nu": 0.5, "heads": 2, "key_floor": 8}, "8 * (2 * h - 1 + 2 * w - 1)"),
    "swin_block": ({"head_dim": 8, "window": 64}, "2 * (2 * min(h, w) - 1) ** 2"),
    "position_embedding": ({}, "16 * h * w"),
}


@pytest.mark.parametrize("block", TABLES)
def test_tables_are_made_for_the_grid_at_hand(block: str) -> None:
    params, formula = TABLES[block]
    grids = [(4, 4), (5, 5), (7, 7), (8, 8)] if block == "swin_block" else [(4, 4), (5, 7), (8, 3), (9, 9)]
    rest = {parameters(block, params, grid) - table(formula, grid) for grid in grids}
    assert len(rest) == 1


def table(formula: str, grid: tuple[int, int]) -> int:
    height, width = grid
    return int(eval(formula, {"h": height, "w": width, "min": min}))


def parameters(block: str, params: dict[str, Literal_], grid: tuple[int, int]) -> int:
    """The parameters of a block over 16 channels of a grid."""
    image = Node(
        id="image", block="image", params=frozen({"channels": 16, "height": grid[0], "width": grid[1]})
    )
    items = [node("tokens", "map_to_tokens")] if REGISTRY[block].inputs[0].kind == "tokens" else []
    design = chain(*items, node("block", block, **params))
    analysis = ENGINE.analyze(replace(design, nodes=frozen({**design.nodes, "image": image})))
    assert not analysis.errors
    return analysis.nodes[("block",)].cost.params


@pytest.mark.parametrize("block", ["moat", "coatnet_transformer", "relative_attention"])
def test_a_table_of_a_given_size_stays_and_is_resized_to_the_grid(block: str) -> None:
    params = TABLES[block][0]
    made_for_7 = parameters(block, params, (7, 7))
    grids = [(4, 4), (5, 7), (12, 12)]
    assert {parameters(block, {**params, "bias_size": 7}, grid) for grid in grids} == {made_for_7}


def test_the_preset_tables_follow_the_grid_where_small_pictures_lose_strides() -> None:
    for name, side in (("moat-0", 32), ("coatnet-0", 32)):
        usual = ENGINE.analyze(presets.build(name)).total.params
        small = ENGINE.analyze(presets.build(name, image_size=side)).total.params
        larger = ENGINE.analyze(presets.build(name, image_size=384)).total.params
        assert larger == usual
        assert small < usual  # tables for 8×8 and 4×4 in place of 14×14 and 7×7
