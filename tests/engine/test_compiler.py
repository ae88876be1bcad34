"""The compiled network computes what the wires of the design say, with the shapes the engine foretold."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from hybridgraph import compiler, presets
from hybridgraph.engine import Engine
from hybridgraph.errors import GraphError
from hybridgraph.graph import regroup
from hybridgraph.graph.model import Graph, Group
from hybridgraph.graph.values import Cycle, First, Ramp, Ref
from hybridgraph.plan import identifier
from tests.core.toys import chain, graph, group, image, node
from tests.engine.naive import Interpreter, fits
from tests.strategies import is_sentence, networks

ENGINE = Engine()  # one for all: the tests ask for results, not for what is remembered
HEAD = node("head", "classifier", classes=5)


def check(value: Graph) -> str:
    """Compile, run both ways, compare every value and every shape; the source is answered."""
    analysis = ENGINE.analyze(value)
    assert analysis.errors == ()
    rendered = compiler.source(value, engine=ENGINE)
    torch.manual_seed(0)
    network = compiler.compile(value, engine=ENGINE).eval()
    assert sum(p.numel() for p in network.parameters()) == analysis.total.params
    assert analysis.input is not None
    assert analysis.output is not None
    x = torch.randn(2, *analysis.input.dims)
    naive = Interpreter(network, rendered.modules)
    with torch.no_grad():
        y = network(x)
        assert torch.equal(y, naive.run(value, x, "head"))
    assert fits(y, analysis.output)
    for (path, port), values in naive.seen.items():
        assert fits(values[-1], analysis.nodes[path].outputs[port]), path
    return rendered.text


def conv(name: str, channels: int = 4, **more) -> object:
    return node(name, "conv_norm_act", channels=channels, kernel=1, **more)


BRANCHES = {
    "a residual": graph(image(3, 8), conv("a"), conv("b"), node("s", "add"), HEAD,
                        wires="image > a, a > b, a > s.a, b > s.b, s > head"),
    "a residual drawn backwards": graph(image(3, 8), conv("a"), conv("b"), node("s", "add"), HEAD,
                                        wires="s > head, b > s.a, a > s.b, a > b, image > a"),
    "a concat": graph(image(3, 8), conv("a"), conv("b", 6), node("s", "concat"), HEAD,
                      wires="image > a, image > b, b > s.a, a > s.b, s > head"),
    "the image used late": graph(image(4, 8), conv("a"), conv("b"), node("s", "add"), HEAD,
                                 wires="image > a, a > b, b > s.a, image > s.b, s > head"),
    "a value used twice by one node": graph(image(3, 8), conv("a"), node("s", "add"), HEAD,
                                            wires="image > a, a > s.a, a > s.b, s > head"),
    "a value used three times": graph(image(3, 8), conv("a"), conv("b"), node("s", "concat"), HEAD,
                                      wires="image > a, a > b, a > s.a, b > s.b, a > s.c, s > head"),
    "an optional port left out": graph(image(4, 8), conv("a"), conv("b"), node("s", "concat"), HEAD,
                                       wires="image > a, image > b, a > s.a, b > s.b, image > s.d, s > head"),
    "a skip over a stage": graph(
        image(3, 8), conv("a"), group("stage", conv("p"), wires="x > p, p > y", repeat=2), node("s", "add"), HEAD,
        wires="image > a, a > stage, a > s.a, stage > s.b, s > head"),
    "an idle branch": graph(image(3, 8), conv("a"), conv("idle"), HEAD, wires="image > a, a > head, a > idle"),
    "four branches": graph(
        image(3, 8), conv("a", 1), conv("b", 2), conv("c", 3), conv("d", 4), node("s", "concat"), HEAD,
        wires="image > a, image > b, image > c, image > d, d > s.a, c > s.b, b > s.c, a > s.d, s > head"),
}  # fmt: skip


@pytest.mark.parametrize("case", BRANCHES)
def test_branches_meet_where_the_wires_lead(case: str):
    check(BRANCHES[case])


def test_names_are_reused_and_released():
    text = check(BRANCHES["a concat"])
    assert "x = self.s(" in text or "x = self.head(" in text
    assert text.count("_out =") == 1  # the second branch needs a name of its own, and nothing else
    assert text.count("del ") == 1  # concat uses up two values and gives one


def test_an_output_that_nobody_uses_is_released_at_once():
    stage_ = group("stage", conv("p"), conv("q", 6), wires="x > q, x > p, q > z, p > y", outputs="y z")
    text = check(graph(image(3, 8), stage_, conv("a"), HEAD, wires="image > stage, stage.z > a, a > head"))
    network = text[text.index("class Network") :]
    assert "x, z = self.stage(x)" in network
    assert "del x" in network


def stage(*items, wires: str, **more) -> Group:
    return group("stage", *items, wires=wires, **more)


TWO = {"inputs": "x skip"}
STAGES = {
    "repeated once": chain(stage(conv("p"), wires="x > p, p > y"), HEAD),
    "repeated": chain(stage(conv("p", stride=First(2, 1)), wires="x > p, p > y", repeat=3), HEAD),
    "of a changing body": chain(
        stage(conv("p", stride=First(2, 1)), conv("q", Cycle((2, 4))), wires="x > p, p > q, q > y", repeat=3), HEAD),
    "with a parameter": chain(
        stage(node("p", "mbconv", channels=Ref("c"), drop_path=Ref("r")), wires="x > p, p > y", repeat=3, c=8,
              r=Ramp(0.0, 0.2)), HEAD),
    "with an entry part": chain(
        stage(node("pool", "pool", once=True), conv("p"), wires="x > pool, pool > p, p > y", repeat=3), HEAD),
    "with an entry part, once": chain(
        stage(node("pool", "pool", once=True), conv("p"), wires="x > pool, pool > p, p > y"), HEAD),
    "with a longer entry part": chain(
        stage(node("pool", "pool", once=True), conv("e", once=True), conv("p"), wires="x > pool, pool > e, e > p, p > y",
              repeat=2), HEAD),
    "with two inputs": graph(
        image(3, 8), conv("a"), stage(conv("p"), node("s", "add"), wires="x > p, p > s.a, skip > s.b, s > y", repeat=2,
                                      **TWO), HEAD,
        wires="image > a, a > stage.x, a > stage.skip, stage > head"),
    "with two inputs, the second drawn first": graph(
        image(3, 8), conv("a"), conv("b"),
        stage(conv("p"), node("s", "concat"), wires="skip > s.b, x > p, p > s.a, s > y", repeat=2, **TWO), HEAD,
        wires="image > a, image > b, b > stage.skip, a > stage.x, stage > head"),
    "with an input of a forbidden name": graph(
        image(3, 8), conv("a"), conv("b"),
        stage(conv("p"), node("s", "add"), wires="x > p, p > s.a, block > s.b, s > y", repeat=2, inputs="x block"), HEAD,
        wires="image > a, a > b, a > stage.x, b > stage.block, stage > head"),
    "with an entry part and two inputs": graph(
        image(3, 8), conv("a"), stage(conv("e", once=True), node("s", "add"),
                                      wires="x > e, e > s.a, skip > s.b, s > y", repeat=3, **TWO), HEAD,
        wires="image > a, image > stage.x, a > stage.skip, stage > head"),
    "with two outputs": graph(
        image(3, 8), conv("a"),
        stage(conv("p"), conv("q", 6), wires="x > q, x > p, q > z, p > y", repeat=2, outputs="y z"),
        node("s", "concat"), HEAD,
        wires="image > a, a > stage, stage.z > s.a, stage.y > s.b, s > head"),
    "with two outputs, once": graph(
        image(3, 8), stage(conv("p"), conv("q", 6), wires="x > q, x > p, q > z, p > y", outputs="y z"),
        node("s", "concat"), HEAD,
        wires="image > stage, stage.z > s.a, stage.y > s.b, s > head"),
    "with one of two outputs used": graph(
        image(3, 8), stage(conv("p"), conv("q", 6), wires="x > q, x > p, q > z, p > y", outputs="y z"), HEAD,
        wires="image > stage, stage.z > head"),
    "within a stage": chain(
        stage(group("inner", conv("p", Ref("c")), wires="x > p, p > y", repeat=2, c=Ref("c")), conv("q", 3),
              wires="x > inner, inner > q, q > y", repeat=3, c=Cycle((2, 5))), HEAD),
    "within a stage, each with an entry part": chain(
        stage(node("pool", "pool", once=True),
              group("inner", conv("e", 6, once=True), conv("p", 6), wires="x > e, e > p, p > y", repeat=2),
              wires="x > pool, pool > inner, inner > y", repeat=2), HEAD),
    "within a stage, with ramps": chain(
        stage(group("inner", node("p", "mbconv", channels=8, drop_path=Ramp(0.0, 0.3)), wires="x > p, p > y", repeat=2),
              node("q", "mbconv", channels=8, drop_path=Ramp(0.1, 0.2)), wires="x > inner, inner > q, q > y", repeat=2),
        HEAD),
    "that hands its input through": graph(
        image(3, 8), stage(conv("p", 3), wires="x > p, p > y, skip > z", outputs="y z", **TWO), node("s", "add"), HEAD,
        wires="image > stage.x, image > stage.skip, stage.y > s.a, stage.z > s.b, s > head"),
    "with awkward names": graph(
        image(3, 8), conv("for"), conv("for_"), conv("forward"), conv("forward_"), conv("x"), conv("T"),
        group("blocks", conv("self"), wires="x > self, self > y", repeat=2), HEAD,
        wires="image > for, for > for_, for_ > forward, forward > forward_, forward_ > x, x > T, T > blocks, blocks > head"),
}  # fmt: skip


@pytest.mark.parametrize("case", STAGES)
def test_stages_do_what_their_bodies_say(case: str):
    check(STAGES[case])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_any_small_network_computes_what_its_wires_say(value: Graph):
    check(value)


@pytest.mark.parametrize("case", ["a residual", "a concat", "a value used three times"])
def test_a_stage_made_of_a_branch_computes_the_same(case: str):
    value = BRANCHES[case]
    grouped, _ = regroup.group(value, ["a", "b", "s"])
    torch.manual_seed(0)
    plain = compiler.compile(value, engine=ENGINE).eval()
    torch.manual_seed(0)
    within = compiler.compile(grouped, engine=ENGINE).eval()
    x = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(plain(x), within(x))


SMALL = [("moat-0", 16), ("tiny-moat-0", 32), ("coatnet-0", 16), ("swin-t", 16), ("se-resnet-50", 16),
         ("cbam-resnet-50", 17), ("resnet-50", 16), ("pocket-moat", 28)]  # fmt: skip


@pytest.fixture
def blank_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the drawing of initial values, which takes most of the time and changes no shape."""
    for name in (
        "normal_",
        "trunc_normal_",
        "uniform_",
        "kaiming_normal_",
        "kaiming_uniform_",
        "xavier_uniform_",
    ):
        monkeypatch.setattr(nn.init, name, lambda tensor, *_, **__: nn.init.zeros_(tensor))


@pytest.mark.usefixtures("blank_weights")
@pytest.mark.parametrize(("name", "side"), SMALL)
def test_shapes_of_a_preset_are_those_of_the_real_network(name: str, side: int):
    value = presets.build(name, image_size=side, classes=7)
    analysis = ENGINE.analyze(value)
    rendered = compiler.source(value, engine=ENGINE)
    network = compiler.compile(value, engine=ENGINE).eval()
    shapes: dict[str, tuple[int, ...]] = {}
    for module_name, module in network.named_modules():
        module.register_forward_hook(
            lambda _m, _i, out, key=module_name: shapes.__setitem__(key, tuple(out.shape[1:]))
        )
    channels = presets.info(name).channels_in
    with torch.no_grad():
        y = network(torch.randn(1, channels, side, side))
    assert analysis.output is not None
    assert tuple(y.shape[1:]) == analysis.output.dims == (7,)
    for path, module_name in rendered.modules.items():
        report = analysis.nodes[path]
        (shape,) = report.outputs.values()
        last = module_name.replace("{i}", str(report.repeats - 1))
        assert shapes[last] == shape.dims, path
    ports = [
        path for path, item in value.walk() if getattr(item, "block", "") in ("image", "input", "output")
    ]
    assert set(rendered.modules) == {path for path, _ in value.walk()} - set(ports)


@given(st.lists(st.sampled_from(["for", "type", "forward", "T", "block", "i", "a"]), min_size=2, max_size=2),
       st.integers(0, 3), st.integers(0, 3))  # fmt: skip
def test_different_ids_get_different_names(words: list[str], first: int, second: int):
    ids = {words[0] + "_" * first, words[1] + "_" * second}
    assert len({identifier(name) for name in ids}) == len(ids)


def test_no_node_takes_the_name_of_what_a_module_has():
    own = [
        name
        for name in dir(nn.Module())
        if not name.startswith("_")
        # other libraries that a test before this one loaded may have added names of theirs
        and getattr(getattr(nn.Module, name, None), "__module__", "torch").startswith("torch")
    ]
    assert "forward" in own
    assert [name for name in own if identifier(name) == name] == []


def test_a_design_with_a_fault_is_not_compiled():
    broken = graph(image(), conv("a"), HEAD, wires="image > a, head > a, a > head")
    with pytest.raises(GraphError) as caught:
        compiler.compile(broken)
    assert is_sentence(caught.value.message)


def test_a_design_without_an_end_is_not_compiled():
    with pytest.raises(GraphError) as caught:
        compiler.compile(graph(image(), wires=""))
    assert is_sentence(caught.value.message)
