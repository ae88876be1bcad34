"""What would make a design faster or smaller, where a rule and what was measured say how much. The module needs no torch.

Few rules, each with its gain worked out from figures of the profile or of a sweep of the same design; what cannot be
worked out from them is not advised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hybridgraph import shapes
from hybridgraph.analysis import NodeReport
from hybridgraph.forecast.values import VALUE_BYTES
from hybridgraph.graph.model import Graph, Node, Path
from hybridgraph.profiler.advised import Advice
from hybridgraph.profiler.cells import SweepResult
from hybridgraph.profiler.film import Film
from hybridgraph.profiler.result import NodeProfile, ProfileResult
from hybridgraph.profiler.settings import settings
from hybridgraph.profiler.sides import picture_us
from hybridgraph.shapes import ImageMap
from hybridgraph.spec import Catalogue

LEAST = 0.03
"""A smaller gain is within what measurements differ by."""
_LEAST_MEMORY = 0.15
"""Keeping less has a price in time, so it has to be worth it."""
_USUAL_WINDOW = 7
_ATTENTION = ("attention", "softmax", "bmm", "fmha", "flash")
"""Parts of the names of operations whose work grows with the number of positions that look at one another."""


def advise(
    result: ProfileResult,
    graph: Graph,
    reports: Mapping[Path, NodeReport],
    catalogue: Catalogue,
    sweep: SweepResult | None = None,
) -> tuple[Advice, ...]:
    """What is worth a try, the largest gain first. `graph` is the design of the profile, `reports` its analysis.

    A sweep of another device, or of other passes than the profile has, is left aside.
    """
    found = [*_windows(result, graph, reports, catalogue)]
    usable = sweep is not None and sweep.device == result.device and _is_training(sweep) == _trains(result)
    if usable and sweep is not None:
        found += settings(result, sweep)
    if not any(one.rule == "batch" for one in found):
        found += _optimizer(result)
    faster = (one for one in found if one.expected <= 1 - LEAST)
    smaller = (one for one in _recompute(result, graph, reports) if one.expected <= 1 - _LEAST_MEMORY)
    return (*sorted(faster, key=_expected), *sorted(smaller, key=_expected))


def _expected(advice: Advice) -> float:
    return advice.expected


def _trains(result: ProfileResult) -> bool:
    return result.training is not None


def _is_training(sweep: SweepResult) -> bool:
    return sweep.passes == "training"


def _windows(
    result: ProfileResult, graph: Graph, reports: Mapping[Path, NodeReport], catalogue: Catalogue
) -> Iterator[Advice]:
    """Attention among all positions of a map costs as many products as it has positions; in windows, as these have."""
    items = dict(graph.walk())
    for node in result.nodes:
        item = items.get(node.path)
        spec = catalogue.get(item.block) if isinstance(item, Node) else None
        parameter = spec.params.get("window") if spec is not None else None
        if not isinstance(item, Node) or parameter is None or not parameter.optional:
            continue
        report = reports.get(node.path)
        if item.params.get("window", parameter.default) is not None or report is None:
            continue
        shape = next(iter(report.outputs.values()), None)
        if not isinstance(shape, ImageMap):
            continue
        side = _window(shape.height, shape.width)
        if side is None:
            continue
        positions = shape.height * shape.width
        saved = (1 - side * side / positions) * _attention_us(node, result)
        whole = picture_us(result, is_training=_trains(result)) * result.batch
        share = _attention_us(node, result) / whole
        yield Advice(
            rule="window",
            path=node.path,
            value=side,
            expected=1 - saved / whole,
            words=(
                f"{node.title}: attention among all {positions} positions takes {100 * share:.0f} % of the time; "
                f"in windows of {side} × {side} it has {positions / (side * side):.0f} times fewer products. "
                "This changes what the network sees, so its accuracy has to be measured again."
            ),
        )


def _window(height: int, width: int) -> int | None:
    """The side of windows that tile the map and are much smaller than it, nearest to the usual one."""
    fitting = [
        side
        for side in range(4, min(height, width))
        if height % side == 0 and width % side == 0 and 4 * side * side <= height * width
    ]
    return min(fitting, key=lambda side: abs(side - _USUAL_WINDOW), default=None)


def _attention_us(node: NodeProfile, result: ProfileResult) -> float:
    """The time of a node's attention: its part of the traced operations, of the time measured without a trace."""
    if _trains(result) and node.training is not None:
        forward = _share(node, ("forward",)) * node.training.forward.median_us
        return forward + _share(node, ("backward",)) * node.training.backward.median_us
    return _share(node, ("inference",)) * node.forward.median_us


def _share(node: NodeProfile, phases: tuple[str, ...]) -> float:
    times = [(one.name, one.time_us) for one in node.operations if one.phase in phases]
    whole = sum(time for _, time in times)
    part = sum(time for name, time in times if any(word in name.lower() for word in _ATTENTION))
    return part / whole if whole > 0 else 0.0


def _optimizer(result: ProfileResult) -> Iterator[Advice]:
    """The optimizer's work is the same for any batch, so a larger one shares it among more pictures."""
    step = result.step
    if step is None or result.training is None:
        return
    whole = step.forward.median_us + step.backward.median_us + step.optimizer.median_us
    if whole <= 0:
        return
    share = step.optimizer.median_us / whole
    yield Advice(
        rule="batch",
        value=2 * result.batch,
        expected=1 - share / 2,
        words=(
            f"Batch {2 * result.batch} in place of {result.batch}: updating the weights takes {100 * share:.0f} % of a "
            "step, whatever the batch. It needs more memory, and training may want another learning rate."
        ),
    )


def _recompute(result: ProfileResult, graph: Graph, reports: Mapping[Path, NodeReport]) -> Iterator[Advice]:
    """What a stage's blocks hold at the worst moment of a step, but for what they give: that the next ones read."""
    film, step = result.training_film, result.step
    if film is None or step is None or not film.peak_bytes:
        return
    nodes = {node.path: node for node in result.nodes}
    held: dict[Path, int] = {}
    for holder in film.holders:
        if holder.kind == "activations":
            held[holder.path] = held.get(holder.path, 0) + holder.bytes
    whole = step.forward.median_us + step.backward.median_us + step.optimizer.median_us
    for path, item in graph.nodes.items():
        stage = nodes.get((path,))
        inner = [node for node in result.nodes if node.path[0] == path and not node.is_group]
        if stage is None or stage.training is None or any(graph.item(node.path).recompute for node in inner):
            continue
        if item.recompute or item.freeze:
            continue
        saved = {
            node.path: max(held.get(node.path, 0) - _given(node, reports, result), 0) // max(node.calls, 1)
            for node in inner
        }
        longer = stage.training.forward.median_us / whole if whole > 0 else 0.0
        share = sum(held.get(node.path, 0) for node in inner) / film.peak_bytes
        yield Advice(
            rule="recompute",
            path=(path,),
            expected=_peak_without(film, saved) / film.peak_bytes,
            words=(
                f"{stage.title}: its activations are {100 * share:.0f} % of what a step holds at its peak. Computed again in "
                f"the backward pass they are not kept; a step takes about {100 * longer:.0f} % longer, its result is the same."
            ),
        )


def _given(node: NodeProfile, reports: Mapping[Path, NodeReport], result: ProfileResult) -> int:
    """The bytes of a node's outputs, of all its repeats, for the batch that was measured."""
    report = reports.get(node.path)
    values = sum(shapes.size(shape) for shape in report.outputs.values()) if report is not None else 0
    return values * VALUE_BYTES.get(result.precision, 4) * result.batch * max(node.calls, 1)


def _peak_without(film: Film, saved: Mapping[Path, int]) -> int:
    """The peak of a step in which each call of these nodes holds so many bytes less until its own backward pass."""
    without: set[tuple[Path, tuple[int, ...]]] = set()
    less = peak = 0
    for frame in film.frames:
        call, bytes_ = (frame.path, frame.index), saved.get(frame.path, 0)
        if frame.phase == "backward" and call in without:
            without.remove(call)
            less -= bytes_
        peak = max(peak, frame.held.total - less)
        if frame.phase == "forward" and call not in without:
            without.add(call)
            less += bytes_
    return peak
