"""What the engine counts agrees with formulas and real runs, and it runs no more than an edit needs."""

from math import prod

import psutil
import pytest
import torch
from torch import Tensor, nn

from hybridgraph import compiler, presets
from hybridgraph.engine import Engine, block_class
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph
from hybridgraph.graph.values import Ramp
from hybridgraph.shapes import ImageMap, Shape, Tokens, Vector, size
from hybridgraph.spec import REGISTRY
from tests.core.toys import chain, finding, graph, group, image, node
from tests.strategies import is_sentence

ENGINE = Engine()


def test_an_analysis_ends_with_what_the_network_gives():
    known, analysis = presets.info(presets.SAMPLE), ENGINE.analyze(presets.build(presets.SAMPLE))
    assert analysis.output == Vector(known.classes)
    assert analysis.total.params == known.params


# -- counts against formulas


def cost(block: str, x: Shape, **params):
    spec = REGISTRY[block]
    wired = {name: getattr(x, origin.split(".")[1]) for name, origin in spec.wired.items()}
    measured = ENGINE.measure(spec, {**wired, **spec.defaults(), **params}, {"x": x})
    assert not measured.error, measured.error
    return measured.cost


@pytest.mark.parametrize(("kernel", "stride", "groups"), [(1, 1, 1), (3, 1, 1), (3, 2, 4), (5, 2, 8)])
def test_a_convolution_costs_what_its_formula_says(kernel: int, stride: int, groups: int):
    x = ImageMap(8, 15, 22)
    made = cost("conv_norm_act", x, channels=16, kernel=kernel, stride=stride, groups=groups)
    weights = 16 * (8 // groups) * kernel**2
    assert made.params == weights + 2 * 16
    assert made.macs == weights * -(-15 // stride) * -(-22 // stride)


@pytest.mark.parametrize(("hidden", "macs"), [(False, 24 * 7), (True, 24 * 7 + 24 * 24)])
def test_linear_layers_cost_what_their_formula_says(hidden: bool, macs: int):
    made = cost("classifier", ImageMap(24, 5, 5), classes=7, norm="none", hidden=hidden)
    assert made.macs == macs
    assert made.params == macs + 7 + 24 * hidden


@pytest.mark.parametrize(("length", "channels", "head_dim"), [(49, 64, 32), (50, 64, 16), (196, 32, 32)])
def test_attention_costs_what_its_formula_says(length: int, channels: int, head_dim: int):
    made = cost("transformer", Tokens(length, channels), head_dim=head_dim, expansion=4)
    projections = 4 * length * channels**2
    products = 2 * length**2 * channels
    feed_forward = 8 * length * channels**2
    assert made.macs == projections + products + feed_forward


def test_attention_in_windows_costs_what_its_formula_says():
    made = cost("swin_block", ImageMap(64, 14, 14), window=7, shift=3, head_dim=32, expansion=4)
    assert made.macs == 12 * 196 * 64**2 + 2 * 196 * 49 * 64


def test_two_convolutions_cost_the_sum():
    conv = [node(name, "conv_norm_act", channels=5, kernel=3) for name in "ab"]
    analysis = ENGINE.analyze(chain(*conv, node("head", "classifier", classes=2)))
    assert analysis.total.macs == sum(report.cost.macs for report in analysis.nodes.values())
    assert analysis.nodes["b",].cost.macs == 5 * 5 * 9 * 32 * 32


@pytest.mark.parametrize(
    ("block", "x", "params"),
    [
        ("conv_norm_act", ImageMap(3, 12, 12), {"channels": 8}),
        ("mbconv", ImageMap(16, 12, 12), {"channels": 16}),
        ("se", ImageMap(16, 6, 6), {"reduction": 4}),
        ("moat", ImageMap(32, 8, 8), {"channels": 32}),
        ("transformer", Tokens(20, 32), {"head_dim": 16}),
        ("swin_block", ImageMap(32, 8, 8), {"head_dim": 16, "window": 4, "shift": 2}),
    ],
)
def test_activation_bytes_are_what_autograd_keeps_in_a_real_run(block: str, x: Shape, params):
    """Attention in one operation included, which recomputes its weights."""
    spec = REGISTRY[block]
    wired = {name: getattr(x, origin.split(".")[1]) for name, origin in spec.wired.items()}
    measured = ENGINE.measure(spec, {**wired, **spec.defaults(), **params}, {"x": x})
    ends = [x for _ in measured.kept.inputs] + [measured.outputs[port] for port in measured.kept.outputs]
    counted = measured.cost.activation_bytes + sum(4 * size(shape) for shape in ends)
    assert counted == pytest.approx(kept_bytes(torch_block(block, x, **params), x), rel=KERNELS_DIFFER)


@pytest.mark.parametrize("name", ["pocket-moat", "se-resnet-20-cifar", "coatnet-0", "skips"])
def test_the_activations_of_the_nodes_are_those_of_the_network(name: str):
    """A tensor that the blocks at both ends of a wire keep is there once."""
    design = skips() if name == "skips" else presets.build(name, **SMALL.get(name, {}))
    analysis = ENGINE.analyze(design)
    network = compiler.compile(design, engine=ENGINE)
    assert analysis.input is not None
    kept = kept_bytes(network, analysis.input, grad=False)
    assert analysis.total.activation_bytes == pytest.approx(kept, rel=KERNELS_DIFFER)
    for path, report in analysis.nodes.items():
        inside = [r.cost.activation_bytes for p, r in analysis.nodes.items() if p[:-1] == path]
        assert not inside or sum(inside) == report.cost.activation_bytes


KERNELS_DIFFER = 0.01
"""Kernels on the processor keep a statistic or a mask more or less than those of the meta device."""
SMALL: dict[str, dict[str, int]] = {"coatnet-0": {"image_size": 32, "classes": 5}}


def skips() -> Graph:
    """Values that two blocks keep, that go around a block, into a stage and out of one in a stage."""
    inner = group("inner", node("p", "mbconv", channels=8), wires="x > p, p > y", repeat=2)
    outer = group("outer", inner, node("q", "se", reduction=2), wires="x > inner, inner > q, q > y", repeat=2)
    return graph(
        image(), node("a", "conv_norm_act", channels=8), outer, node("b", "conv_norm_act", channels=8),
        node("add", "add"), node("head", "classifier", classes=5),
        wires="image > a, a > outer, outer > add.a, a > b, b > add.b, add > head",
    )  # fmt: skip


def torch_block(block: str, x: Shape, **params) -> nn.Module:
    spec = REGISTRY[block]
    wired = {name: getattr(x, origin.split(".")[1]) for name, origin in spec.wired.items()}
    return block_class(spec)(**{**wired, **spec.defaults(), **params})


def kept_bytes(module: nn.Module, x: Shape, *, grad: bool = True) -> float:
    """Bytes of distinct storages that autograd keeps of a real run, for one image."""
    own = {t.untyped_storage().data_ptr() for t in (*module.parameters(), *module.buffers())}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if (place := tensor.untyped_storage().data_ptr()) not in own:
            kept[place] = max(kept.get(place, tensor), tensor, key=Tensor.numel)
        return tensor

    given = torch.randn(2, *x.dims, requires_grad=grad)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = module(given)
    assert result.requires_grad
    return sum(prod(tensor.shape) * tensor.element_size() for tensor in kept.values()) / 2


@pytest.mark.parametrize("name", ["moat-0", "coatnet-0", "swin-t", "cbam-resnet-50"])
def test_what_is_answered_for_torch_is_what_torch_answers(name: str, monkeypatch: pytest.MonkeyPatch):
    quick = ENGINE.analyze(presets.build(name))
    monkeypatch.setattr("hybridgraph.counting.operations.QUICK", {})
    assert Engine().analyze(presets.build(name)) == quick


# -- what is remembered


def staged(channels: int = 8, rate: float = 0.0) -> Graph:
    return chain(
        node("stem", "conv_stem", channels=8),
        group(
            "one", node("p", "mbconv", channels=8, drop_path=Ramp(rate, rate)), wires="x > p, p > y", repeat=4
        ),
        group("two", node("p", "mbconv", channels=channels), wires="x > p, p > y", repeat=3),
        node("head", "classifier", classes=5),
    )


def test_the_same_design_again_runs_nothing():
    engine = Engine()
    first = engine.analyze(staged())
    runs = engine.runs
    assert engine.analyze(staged()) == first
    assert engine.runs == runs


def test_equal_repeats_run_once():
    engine = Engine()
    engine.analyze(staged())
    assert engine.runs == 3  # the stem, one MBConv for both stages, the head


def test_an_inert_parameter_runs_nothing():
    engine = Engine()
    before = engine.analyze(staged())
    runs = engine.runs
    after = engine.analyze(staged(rate=0.3))
    assert engine.runs == runs
    assert after.total == before.total


def test_a_changed_channel_runs_only_what_it_reaches():
    engine = Engine()
    engine.analyze(staged())
    runs = engine.runs
    engine.analyze(edits.set_param(staged(), ("two", "p"), "channels", 12, REGISTRY))
    assert engine.runs == runs + 3  # the first repeat from 8, the others from 12, the head


def test_moving_and_renaming_runs_nothing():
    engine = Engine()
    engine.analyze(staged())
    runs = engine.runs
    moved = edits.set_title(edits.move(staged(), {"stem": (9.0, 9.0)}), ("one",), "Renamed")
    engine.analyze(moved)
    assert engine.runs == runs


def test_a_fault_is_remembered_too():
    engine = Engine()
    broken = chain(node("a", "conv_norm_act", kernel=2), node("head", "classifier"))
    found, runs = engine.analyze(broken).errors, engine.runs
    assert engine.analyze(broken).errors == found
    assert engine.runs == runs


# -- complaints


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (node("a", "conv_norm_act", kernel=2), "Conv-norm-act"),
        (node("a", "conv_norm_act", channels=6, groups=4), "do not divide into 4 groups"),
        (node("a", "se", reduction=64), "Squeeze-and-excitation"),
        (node("a", "moat", channels=48, head_dim=32), "MOAT block"),
        (node("a", "swin_block", window=7), "Swin block"),
    ],
)
def test_what_a_block_cannot_do_is_found_at_the_node(item, words: str):
    analysis = ENGINE.analyze(chain(item, node("head", "classifier")))
    found = finding(analysis, "block")
    assert found.path == ("a",)
    assert words in found.message
    assert is_sentence(found.message)
    assert analysis.nodes["a",].state == "error"
    assert analysis.nodes["head",].state == "waiting"


def test_a_huge_block_is_refused_without_being_allocated():
    """Fault 13: a million channels, twice."""
    value = chain(
        node("a", "conv_norm_act", channels=1_000_000),
        node("b", "conv_norm_act", channels=1_000_000),
        node("head", "classifier"),
    )
    before = psutil.Process().memory_info().rss
    analysis = Engine().analyze(value)
    assert psutil.Process().memory_info().rss - before < 200e6
    found = [f for f in analysis.errors if f.path == ("b",)]
    assert len(found) == 1
    assert "needs 36 TB" in found[0].message
    assert "limit of this machine" in found[0].message
    assert is_sentence(found[0].message)


@pytest.mark.parametrize(
    "block", ["mbconv", "moat", "swin_block", "relative_attention", "resnet_bottleneck", "conv_stem"]
)
def test_no_block_allocates_what_it_cannot_have(block: str):
    spec = REGISTRY[block]
    most = {name: int(p.maximum) for name, p in spec.params.items() if name == "channels" and p.maximum}
    x = ImageMap(1 << 20, 1024, 1024)
    wired = {name: getattr(x, origin.split(".")[1]) for name, origin in spec.wired.items()}
    before = psutil.Process().memory_info().rss
    measured = Engine().measure(spec, {**wired, **spec.defaults(), **most}, {"x": x})
    assert psutil.Process().memory_info().rss - before < 500e6
    assert is_sentence("It: " + measured.error)


def test_a_size_beyond_any_number_is_a_sentence():
    value = chain(*(node(f"n{i}", "conv_norm_act", channels=1 << 20, kernel=31) for i in range(3)))
    value = edits.set_param(value, ("image",), "height", 16384, REGISTRY)
    for found in Engine().analyze(value).errors:
        assert is_sentence(found.message)


def test_kinds_that_do_not_fit_are_found_before_anything_runs():
    engine = Engine()
    value = graph(image(), node("t", "transformer"), node("head", "classifier"), wires="image > t, t > head")
    analysis = engine.analyze(value)
    assert (finding(analysis, "kind").path, finding(analysis, "kind").port) == (("t",), "x")
    assert engine.runs == 0
