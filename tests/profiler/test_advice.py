"""Advice: few rules, each with a gain that follows from measured figures. And which figures an edit makes stale."""

from dataclasses import replace

import pytest

from hybridgraph import catalog, presets
from hybridgraph.analysis import Cost, NodeReport
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Group, Node
from hybridgraph.profiler.advice import advise
from hybridgraph.profiler.cells import Cell, SweepResult
from hybridgraph.profiler.film import Film, Frame, Held, Holder
from hybridgraph.profiler.freshness import changed
from hybridgraph.profiler.result import (
    NodeProfile,
    Operation,
    ProfileResult,
    Spread,
    StepTimes,
    WarmUp,
    Whole,
)
from hybridgraph.profiler.roofline import Rate, Rates
from hybridgraph.shapes import ImageMap

CATALOGUE = catalog.load()
MOAT = ("stage2", "moat")


def _spread(us: float) -> Spread:
    return Spread(median_us=us, p10_us=us, p90_us=us)


def _times(forward: float, backward: float, optimizer: float) -> StepTimes:
    return StepTimes(
        forward=_spread(forward), backward=_spread(backward), optimizer=_spread(optimizer),
        total=_spread(forward + backward + optimizer),
    )  # fmt: skip


def _node(path: tuple[str, ...], item: object, *, attention: float) -> NodeProfile:
    """Of 100 µs in each pass, `attention` in attention."""
    operations = tuple(
        Operation(name=name, phase=phase, calls=1, time_us=time)
        for phase in ("inference", "forward", "backward")
        for name, time in (
            ("aten::_scaled_dot_product_flash_attention_for_cpu", 50 * attention),
            ("aten::addmm", 50 * (1 - attention)),
        )
    )
    return NodeProfile(
        path=path, title=path[-1], is_group=isinstance(item, Group), params=10, macs=10, activation_bytes=10, calls=1,
        forward=_spread(100), share=0.5, training=_times(100, 200, 100), operations=operations,
    )  # fmt: skip


def _result(graph: Graph, *, attention: float = 0.0, **more: object) -> ProfileResult:
    film = Film(frames=(Frame(phase="forward", path=(), index=(), held=Held()),), peak=0, holders=())
    rate = Rate(median=1, p10=1, p90=1)
    whole = Whole(times=_spread(1000), covered=1, repeats=3, warm_up=WarmUp(passes=2, seconds=1))
    nodes = tuple(
        _node(path, item, attention=attention if path == MOAT else 0.0)
        for path, item in graph.walk()
        if not isinstance(item, Node) or item.block not in ("input", "output", "image")
    )
    made = ProfileResult(
        device="cpu", precision="fp32", batch=8, image=(1, 28, 28), nodes=nodes, inference=whole, inference_film=film,
        rates=Rates(bandwidth=rate, matmul=rate, copied_bytes=1, matmul_side=1), roofline=(),
        training=whole, training_film=film, step=_times(300, 600, 100),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def _reports(side: int) -> dict[tuple[str, ...], NodeReport]:
    return {MOAT: NodeReport(path=MOAT, outputs={"y": ImageMap(channels=96, height=side, width=side)})}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return presets.build(presets.SAMPLE)


def _windows(result: ProfileResult, graph: Graph, side: int) -> list:
    return [one for one in advise(result, graph, _reports(side), CATALOGUE) if one.rule == "window"]


def test_windows_are_advised_where_attention_over_a_large_map_takes_time(graph: Graph) -> None:
    (one,) = _windows(_result(graph, attention=0.8), graph, 28)
    # 0.8 of 300 µs of a step of 1000 µs, of which a sixteenth stays
    assert one.expected == pytest.approx(1 - 0.24 * 15 / 16)
    assert (one.path, one.value) == (MOAT, 7)
    assert "all 784 positions takes 24 % of the time" in one.words
    edited = edits.set_param(graph, one.path, "window", one.value, CATALOGUE)
    assert edited.item(MOAT).params["window"] == 7
    assert not _windows(_result(edited, attention=0.8), edited, 28)


@pytest.mark.parametrize(("attention", "side"), [(0.8, 7), (0.05, 28), (0.8, 29)])
def test_no_windows_where_they_gain_nothing_or_tile_nothing(
    graph: Graph, attention: float, side: int
) -> None:
    assert not _windows(_result(graph, attention=attention), graph, side)


def test_windows_without_training_are_judged_by_inference(graph: Graph) -> None:
    result = _result(graph, attention=0.8, training=None, step=None)
    result = replace(result, nodes=tuple(replace(node, training=None) for node in result.nodes))
    (one,) = _windows(result, graph, 28)
    assert one.expected == pytest.approx(1 - 0.08 * 15 / 16)


def _cell(batch: int, speed: float, precision: str = "fp32", **more: object) -> Cell:
    return Cell(
        batch=batch, image_size=28, precision=precision, compiled=False, status="measured",
        images_per_second=speed, **more,
    )  # fmt: skip


def _sweep(*cells: Cell, **more: object) -> SweepResult:
    values = {"device": "cpu", "passes": "training", "memory_limit_bytes": None, "cells": cells, **more}
    return SweepResult(**values)  # type: ignore[arg-type]


def test_a_sweep_tells_of_batches_and_precisions(graph: Graph) -> None:
    cells = (_cell(4, 90), _cell(8, 100), _cell(32, 125), _cell(64, 120), _cell(8, 200, "bf16"),
             replace(_cell(128, 900), compiled=True), replace(_cell(256, 900), image_size=56),
             replace(_cell(512, 900), status="out of memory"))  # fmt: skip
    found = advise(_result(graph), graph, {}, CATALOGUE, _sweep(*cells))
    assert [(one.rule, one.value, one.expected) for one in found] == [
        ("precision", "bf16", 0.5),
        ("batch", 32, 0.8),
    ]
    assert found[1].words == (
        "Batch 32 in place of 8: the sweep measured 125 pictures a second, and 100 with batch 8."
    )


def test_compiling_is_advised_where_a_sweep_measured_a_gain_and_says_when_it_is_won_back(
    graph: Graph,
) -> None:
    compiled = replace(_cell(8, 250), compiled=True, compile_seconds=60)
    found = advise(_result(graph), graph, {}, CATALOGUE, _sweep(_cell(8, 100), compiled))
    (one,) = [advice for advice in found if advice.rule == "compile"]
    assert (one.expected, one.value, one.measure) == (0.4, 8, "time")
    assert "250 pictures a second, and 100 as it is, both with batch 8." in one.words
    assert "took 60 s, which 10,000 pictures win back." in one.words  # 60 s over 10 ms less 4 ms
    for slower in (_cell(8, 90), _cell(16, 900), _cell(8, 900, "bf16")):
        sweep = _sweep(_cell(8, 100), replace(slower, compiled=True))
        assert not [
            advice
            for advice in advise(_result(graph), graph, {}, CATALOGUE, sweep)
            if advice.rule == "compile"
        ]


@pytest.mark.parametrize("other", [{"device": "cuda:0"}, {"passes": "inference"}])
def test_a_sweep_of_something_else_is_left_aside(graph: Graph, other: dict) -> None:
    found = advise(_result(graph), graph, {}, CATALOGUE, _sweep(_cell(8, 100), _cell(32, 900), **other))
    assert [(one.rule, one.value) for one in found] == [("batch", 16)]  # by the optimizer's share


def test_a_larger_batch_shares_the_optimizers_work(graph: Graph) -> None:
    (one,) = advise(_result(graph), graph, {}, CATALOGUE)
    assert (one.value, one.expected) == (16, pytest.approx(0.95))
    small = _result(graph, step=_times(500, 480, 20))
    assert not advise(small, graph, {}, CATALOGUE)


def test_a_stage_that_holds_much_is_advised_to_be_computed_again(graph: Graph) -> None:
    def frame(phase: str, path: tuple[str, ...], repeat: int, activations: int) -> Frame:
        return Frame(
            phase=phase, path=path, index=(repeat,), held=Held(parameters=100, activations=activations)
        )  # type: ignore[arg-type]

    film = Film(
        frames=(
            *(frame("forward", MOAT, repeat, 300 * (repeat + 1)) for repeat in range(3)),
            *(frame("backward", MOAT, repeat, 300 * (repeat + 1)) for repeat in (2, 1, 0)),
        ),
        peak=3,
        holders=(
            Holder(path=MOAT, kind="activations", bytes=900),
            Holder(path=(), kind="parameters", bytes=100),
        ),
    )
    nodes = tuple(replace(node, calls=3) for node in _result(graph).nodes)
    result = _result(graph, training_film=film, nodes=nodes, step=_times(500, 480, 20))
    (one,) = advise(result, graph, {}, CATALOGUE)
    assert (one.rule, one.path, one.measure) == ("recompute", ("stage2",), "memory")
    assert one.expected == pytest.approx(0.4)  # one repeat at a time, and what is held anyway
    assert "90 % of what a step holds" in one.words
    assert "about 10 % longer" in one.words
    marked = edits.set_recompute(graph, MOAT, True)
    assert not advise(result, marked, {}, CATALOGUE)


# -------------------------------------------------------------------------------------------------- stale figures


def test_what_an_edit_changes_is_stale_with_the_stages_around_it(graph: Graph) -> None:
    result = _result(graph)

    def stale(edited: Graph, reports: dict | None = None) -> frozenset:
        return changed(result.nodes, graph, edited, reports)

    assert stale(graph) == frozenset()
    assert stale(edits.move(graph, {"stem": (9.0, 9.0)})) == frozenset()
    assert stale(edits.set_title(graph, ("stem",), "First")) == frozenset()
    windowed = edits.set_param(graph, MOAT, "window", 7, CATALOGUE)
    assert stale(windowed) == {MOAT, MOAT[:1]}
    assert stale(edits.set_repeat(graph, ("stage2",), 3)) == {MOAT, MOAT[:1]}
    assert stale(edits.remove(graph, ["stem"])) == {("stem",)}
    dearer = {("stem",): NodeReport(path=("stem",), cost=Cost(params=11, macs=10, activation_bytes=10))}
    assert stale(graph, dearer) == {("stem",)}
