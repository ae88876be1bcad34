"""What a training step is said to take is what it takes: multiply-adds by formula, memory by a real step."""

import pytest
import torch

from benchmarks.forecast import living
from hybridgraph import forecast, pages, presets
from hybridgraph.counting.modes import Quick
from hybridgraph.counting.tracing import trace
from hybridgraph.engine import Engine, block_class
from hybridgraph.errors import GraphError
from hybridgraph.forecast.forecaster import Forecaster
from hybridgraph.forecast.values import Entering, Format, Trace
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph
from hybridgraph.pages.cases import bind
from hybridgraph.shapes import ImageMap
from hybridgraph.spec import REGISTRY, BlockSpec
from tests.contracts.cases import SPECS, Case, small
from tests.core.toys import chain, graph, group, image, node
from tests.strategies import is_sentence

ENGINE = Engine()
FORECASTER = Forecaster(ENGINE)
KERNELS_DIFFER = 0.01
"""A log-softmax and some statistics that the forecast leaves out weigh more in nets as small as these."""


def traced(case: Case, *, needs_gradient: bool = True, is_frozen: bool = False) -> Trace:
    with torch.device("meta"), Quick():
        module = block_class(case.spec)(**case.arguments)
    given = {
        name: Entering(shape=shape, needs_gradient=needs_gradient) for name, shape in case.shapes.items()
    }
    return trace(
        module, case.spec, given, case.measured.outputs, precision="fp32", device="cpu", is_frozen=is_frozen
    )


def by_formula(case: Case) -> int:
    page = pages.load(case.spec.id)
    assert page is not None
    return sum(page.numbers(bind(case.spec, case.params, case.shapes)).macs.values())


# -- multiply-adds


@pytest.mark.parametrize(
    "spec", [pytest.param(spec, id=id_) for id_, spec in SPECS.items() if pages.load(id_)]
)
def test_training_multiplies_three_times_what_the_forward_pass_does(spec: BlockSpec):
    """Each product has a gradient for either side, but for what has none: the offsets that SwinV2's biases come from."""
    case = small(spec.id)
    expected = 3 * by_formula(case)
    if spec.id == "swin_v2_block":
        offsets = (2 * int(case.arguments["window"]) - 1) ** 2
        expected -= offsets * 2 * int(case.arguments["bias_hidden"])
    assert traced(case).macs.at(1) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("groups", [1, 4, 16])
def test_convolutions_in_groups_are_not_counted_too_high(groups: int):
    case = Case(
        spec=REGISTRY["conv_norm_act"],
        params={"channels": 16, "kernel": 3, "groups": groups},
        shapes={"x": ImageMap(16, 9, 7)},
    )
    assert traced(case).macs.at(1) == 3 * 9 * 16 * (16 // groups) * 9 * 7


def test_a_picture_gets_no_gradient_and_a_frozen_block_gives_its_weights_none():
    case = small("conv_norm_act")
    forward = by_formula(case)
    assert traced(case, needs_gradient=False).macs.at(1) == 2 * forward
    assert traced(case, is_frozen=True).macs.at(1) == 2 * forward
    still = traced(case, needs_gradient=False, is_frozen=True)
    assert (still.macs.at(1), still.kept.at(1), still.backward, still.trained) == (forward, 0, (), 0)


def test_the_training_of_a_design_is_the_sum_of_its_nodes():
    design = presets.build("pocket-moat")
    told, analysis = FORECASTER.forecast(design), ENGINE.analyze(design)
    tops = [node.training_macs for path, node in told.nodes.items() if len(path) == 1]
    assert sum(tops) == told.training_macs
    first = 42_336
    assert told.training_macs == 3 * analysis.total.macs - first  # the picture gets no gradient


# -- memory


def around() -> Graph:
    """Values that go around blocks and stages, a stage in a stage, and one that is frozen."""
    inner = group("inner", node("p", "mbconv", channels=8), wires="x > p, p > y", repeat=2)
    outer = group("outer", inner, node("q", "se", reduction=2), wires="x > inner, inner > q, q > y", repeat=2)
    return graph(
        image(), node("a", "conv_norm_act", channels=8), outer, node("b", "conv_norm_act", channels=8),
        node("add", "add"), node("head", "classifier", classes=5),
        wires="image > a, a > outer, outer > add.a, a > b, b > add.b, add > head",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "size", "batch", "precision"),
    [
        ("pocket-moat", 28, 8, "fp32"),
        ("pocket-moat", 28, 5, "bf16"),
        ("se-resnet-20-cifar", 32, 3, "fp32"),
        ("around", 32, 6, "fp32"),
    ],
)
def test_the_most_that_is_alive_is_what_was_forecast(name: str, size: int, batch: int, precision: Format):
    design = around() if name == "around" else presets.build(name, image_size=size)
    told, real = (
        FORECASTER.forecast(design, batch=batch, precision=precision),
        living(design, batch, precision, ENGINE),
    )
    assert told.inference.bytes == pytest.approx(real.inference, rel=KERNELS_DIFFER)
    assert told.training.bytes == pytest.approx(real.training, rel=KERNELS_DIFFER)


@pytest.mark.parametrize("name", ["pocket-moat", "around"])
def test_what_is_computed_twice_is_kept_once(name: str) -> None:
    whole = around() if name == "around" else presets.build(name)
    stage = "outer" if name == "around" else "stage2"
    design = edits.set_recompute(whole, (stage,), True)
    told, real = FORECASTER.forecast(design, batch=8), living(design, 8, "fp32", ENGINE)
    assert told.training.bytes == pytest.approx(real.training, rel=KERNELS_DIFFER)
    assert told.inference == FORECASTER.forecast(whole, batch=8).inference
    assert told.training.activations < FORECASTER.forecast(whole, batch=8).training.activations


def test_a_peak_is_the_sum_of_its_parts_and_stands_at_a_node():
    design = presets.build("pocket-moat")
    told = FORECASTER.forecast(design, batch=4)
    for peak in (told.inference, told.training):
        parts = (peak.weights, peak.gradients, peak.optimizer, peak.activations, peak.workspace)
        assert sum(parts) == peak.bytes
        assert peak.path in told.nodes
    params = 4 * ENGINE.analyze(design).total.params
    assert told.training.optimizer == 2 * params
    assert max(node.training_bytes for node in told.nodes.values()) == told.training.bytes
    assert max(node.inference_bytes for node in told.nodes.values()) == told.inference.bytes
    assert told.nodes["stage2",].training_bytes == max(
        node.training_bytes for path, node in told.nodes.items() if path[:1] == ("stage2",)
    )


def test_the_largest_batch_just_fits():
    design = presets.build("pocket-moat")
    largest = FORECASTER.forecast(design, limit_bytes=200_000_000).largest_batch
    assert FORECASTER.forecast(design, batch=largest).training.bytes <= 200_000_000
    assert FORECASTER.forecast(design, batch=largest + 1).training.bytes > 200_000_000
    assert FORECASTER.forecast(design, limit_bytes=1000).largest_batch == 0


def test_a_frozen_stage_has_no_gradients():
    design = presets.build("pocket-moat")
    whole = FORECASTER.forecast(design, batch=8).training
    part = FORECASTER.forecast(edits.set_freeze(design, ("stage2",), True), batch=8).training
    assert part.optimizer < whole.optimizer
    assert part.bytes < whole.bytes


def test_blocks_are_followed_once(monkeypatch: pytest.MonkeyPatch):
    forecaster = Forecaster(ENGINE)
    design = presets.build("pocket-moat")
    first = forecaster.forecast(design, batch=3)
    monkeypatch.setattr("hybridgraph.forecast.forecaster.trace", None)
    assert forecaster.forecast(design, batch=3) == first
    assert forecaster.forecast(design, batch=64).training.bytes > first.training.bytes


def test_a_forecast_survives_json():
    told = FORECASTER.forecast(presets.build("pocket-moat"), batch=2)
    assert forecast.decode(forecast.encode(told)) == told


def test_what_cannot_be_forecast_is_one_sentence():
    with pytest.raises(GraphError) as of_batch:
        FORECASTER.forecast(presets.build("pocket-moat"), batch=0)
    with pytest.raises(GraphError) as of_design:
        FORECASTER.forecast(chain(node("a", "conv_norm_act", kernel=2), node("head", "classifier")))
    assert is_sentence(of_batch.value.message)
    assert is_sentence(of_design.value.message)
