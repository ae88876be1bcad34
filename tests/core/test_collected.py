"""Outputs of a stage that are collected over its repeats: shapes, findings, edits, files."""

import pytest

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, files, regroup
from hybridgraph.graph.model import Graph, Group, digest
from hybridgraph.graph.values import First
from hybridgraph.plan import Stage
from hybridgraph.shapes import (
    Detections,
    ImageMap,
    Pyramid,
    Shape,
    Stack,
    Tokens,
    Vector,
    decode,
    encode,
    from_dims,
)
from tests.core.toys import TOYS, analyzed, finding, graph, group, image, node, planned
from tests.strategies import is_sentence

AT = ("stage", "y")


def staged(*, repeat: int = 3, collect: object = True, channels: object = 4, block: str = "paint") -> Graph:
    """The image, a stage of one block whose output is collected, and nothing behind it."""
    stage = group("stage", node("a", block, channels=channels), wires="x > a, a > y", repeat=repeat)
    made = graph(image(), stage, wires="image > stage")
    port = node("y", "output", collect=collect)
    return edits.replace_item(made, AT, port)


def test_a_collected_output_is_a_stack_of_what_each_repeat_gives():
    made, analysis = planned(staged())
    assert analysis.findings == ()
    stack = Stack(3, ImageMap(4, 32, 32))
    assert analysis.output == analysis.nodes["stage",].outputs["y"] == stack
    assert (stack.dims, stack.channels, str(stack)) == ((3, 4, 32, 32), 4, "3 of 4×32×32")
    assert made is not None
    (stage,) = made.body.steps
    assert isinstance(stage, Stage)
    assert (stage.collected, stage.given) == ({"y"}, {"y": ImageMap(4, 32, 32)})


def test_one_repeat_gives_a_stack_of_one():
    assert analyzed(staged(repeat=1)).output == Stack(1, ImageMap(4, 32, 32))


def test_repeats_of_different_shapes_cannot_be_collected():
    found = finding(analyzed(staged(channels=First(8, 4))), "collect")
    assert found.path == AT
    assert is_sentence(found.message)
    assert "repeat 1 gives 8×32×32, the last one 4×32×32" in found.message


def test_a_stack_cannot_be_collected_again():
    inner = staged().nodes["stage"]
    outer = group("outer", inner, wires="x > stage, stage > y")
    made = edits.replace_item(
        graph(image(), outer, wires="image > outer"), ("outer", "y"), node("y", "output", collect=True)
    )
    found = finding(analyzed(made), "collect")
    assert (found.path, is_sentence(found.message)) == (("outer", "y"), True)
    assert "3 of 4×32×32 is a stack" in found.message


def test_collecting_is_the_same_for_every_repeat():
    found = finding(analyzed(staged(collect=First(True, False))), "collect")
    assert (found.path, is_sentence(found.message)) == (AT, True)


def test_a_stage_that_collects_is_not_dissolved():
    with pytest.raises(GraphError, match="stack of what it collects") as refused:
        regroup.ungroup(staged(repeat=1), "stage")
    assert is_sentence(refused.value.message)


def test_the_switch_is_a_parameter_of_the_port_and_part_of_the_network():
    plain = staged(collect=False)
    switched = edits.set_param(plain, AT, "collect", True, TOYS)
    assert digest(switched) != digest(plain)
    assert files.loads(files.dumps(switched)) == switched
    stage = switched.nodes["stage"]
    assert isinstance(stage, Group)
    assert stage.collected == {"y"}
    with pytest.raises(GraphError, match="neither true nor false"):
        edits.set_param(plain, AT, "collect", 3, TOYS)


@pytest.mark.parametrize(
    "shape",
    [
        ImageMap(3, 4, 5), Tokens(6, 7), Vector(8), Stack(6, Tokens(100, 256)), Stack(2, Vector(3)),
        Stack(4, ImageMap(1, 2, 3)), Detections(queries=100, classes=91, layers=6),
    ],
    ids=str,
)  # fmt: skip
def test_shapes_come_back_from_their_sizes_and_from_json(shape: Shape):
    assert from_dims(shape.kind, shape.dims) == shape
    assert decode(encode(shape)) == shape


def test_a_pyramid_comes_back_from_json():
    pyramid = Pyramid((ImageMap(8, 4, 4), ImageMap(16, 2, 2)))
    assert decode(encode(pyramid)) == pyramid


def test_detections_are_scores_and_a_box_for_each_query_and_layer():
    found = Detections(queries=100, classes=91, layers=6)
    assert (found.dims, str(found)) == ((6, 100, 96), "6×100×(92+4)")
