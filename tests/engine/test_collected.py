"""What the source of a stage that collects computes: every repeat's value, in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from hybridgraph import compiler
from hybridgraph.engine import Engine
from hybridgraph.graph.edits import replace_item
from hybridgraph.graph.model import Graph
from hybridgraph.shapes import ImageMap, Stack
from tests.core.toys import graph, group, image, node

ENGINE = Engine()


def design(repeat: int, collected: tuple[str, ...]) -> Graph:
    """A stage that hands on a sum and also gives the convolution in it; `collected` are ports of it."""
    stage = group(
        "stage",
        node("conv", "conv_norm_act", channels=4),
        node("sum", "add"),
        wires="x > conv, conv > sum.a, skip > sum.b, sum > y, conv > seen",
        inputs="x skip",
        outputs="y seen",
        repeat=repeat,
    )
    made = graph(image(4, 8), stage, wires="image > stage.x, image > stage.skip", name="collects")
    for port in collected:
        made = replace_item(made, ("stage", port), node(port, "output", collect=True))
    return made


@pytest.mark.parametrize("standalone", [False, True])
@pytest.mark.parametrize("repeat", [1, 3])
def test_a_collected_output_holds_every_repeat_in_order(repeat: int, standalone: bool) -> None:
    made = design(repeat, ("y",))
    network = compiler.compile(made, engine=ENGINE).eval()
    each: list[torch.Tensor] = []
    for name, part in network.named_modules():
        if name.endswith("sum"):
            part.register_forward_hook(lambda _part, _inputs, value: each.append(value))
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        y = network(x)
    assert len(each) == repeat
    assert torch.equal(y, torch.stack(each, dim=1))
    assert ENGINE.analyze(made).output == Stack(repeat, ImageMap(4, 8, 8))
    text = compiler.source(made, standalone=standalone, engine=ENGINE).text
    scope: dict[str, Callable[[], torch.nn.Module]] = {}
    exec(compile(text, "model.py", "exec"), scope)
    twin = scope["build_model"]().eval()
    twin.load_state_dict(network.state_dict())
    with torch.no_grad():
        assert torch.equal(twin(x), y)


def test_the_second_output_can_be_collected_alone() -> None:
    text = compiler.source(
        graph(
            *design(3, ("seen",)).nodes.values(),
            node("all", "add"),
            wires="image > stage.x, image > stage.skip, stage.seen > all.a, stage.seen > all.b",
        ),
        engine=ENGINE,
    ).text
    assert "x, seen_out = block(x, skip)" in text
    assert "seen_of_each.append(seen_out)" in text
    assert "return x, stack(seen_of_each, dim=1)" in text


def test_a_block_that_wants_a_stack_says_how_to_get_one() -> None:
    made = graph(
        image(16, 8), node("tokens", "map_to_tokens"), node("heads", "detr_heads"),
        wires="image > tokens, tokens > heads",
    )  # fmt: skip
    (found,) = ENGINE.analyze(made).errors
    assert "takes a stack of what each repeat gave" in found.message
    assert "collect" in found.hint
