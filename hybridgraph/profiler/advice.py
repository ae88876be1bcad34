"""What would make a design faster, where a rule and what was measured say how much. The module needs no torch.

Few rules, each with its gain worked out from figures of the profile or of a sweep of the same design; what cannot be
worked out from them is not advised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hybridgraph.analysis import NodeReport
from hybridgraph.graph.model import Graph, Node, Path
from hybridgraph.profiler.cells import Cell, SweepResult
from hybridgraph.profiler.result import NodeProfile, ProfileResult
from hybridgraph.profiler.sides import picture_us
from hybridgraph.shapes import ImageMap
from hybridgraph.spec import Catalogue

LEAST = 0.03
"""A smaller gain is within what measurements differ by."""
_USUAL_WINDOW = 7
_ATTENTION = ("attention", "softmax", "bmm", "fmha", "flash")
"""Parts of the names of operations whose work grows with the number of positions that look at one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One change: `expected` is the time of a picture afterwards over that of now, below 1.

    `rule` "window" is an edit, which sets the parameter `window` of the node at `path` to `value`; "batch" and
    "precision" are settings of what runs the design, and `value` is the one to take.
    """

    rule: Literal["window", "batch", "precision"]
    expected: float
    words: str
    value: int | str
    path: Path = ()


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
        found += _settings(result, sweep)
    if not any(one.rule == "batch" for one in found):
        found += _optimizer(result)
    return tuple(sorted((one for one in found if one.expected <= 1 - LEAST), key=lambda one: one.expected))


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


def _settings(result: ProfileResult, sweep: SweepResult) -> Iterator[Advice]:
    """What a sweep has measured beside the setting of the profile."""
    measured = [
        cell
        for cell in sweep.cells
        if cell.status == "measured" and cell.images_per_second > 0 and not cell.compiled
        and cell.image_size == result.image[1]
    ]  # fmt: skip
    line = [cell for cell in measured if cell.precision == result.precision]
    here = max((cell for cell in line if cell.batch <= result.batch), key=lambda one: one.batch, default=None)
    if here is None:
        return
    batch = max((cell for cell in line if cell.batch > result.batch), key=_speed, default=None)
    if batch is not None:
        yield Advice(
            rule="batch",
            value=batch.batch,
            expected=here.images_per_second / batch.images_per_second,
            words=(
                f"Batch {batch.batch} in place of {result.batch}: the sweep measured {batch.images_per_second:.0f} "
                f"pictures a second, and {here.images_per_second:.0f} with batch {here.batch}."
            ),
        )
    others = (cell for cell in measured if cell.batch == here.batch and cell.precision != result.precision)
    other = max(others, key=_speed, default=None)
    if other is not None:
        yield Advice(
            rule="precision",
            value=other.precision,
            expected=here.images_per_second / other.images_per_second,
            words=(
                f"{other.precision} in place of {result.precision}: the sweep measured {other.images_per_second:.0f} "
                f"pictures a second, and {here.images_per_second:.0f} as it is, both with batch {here.batch}."
            ),
        )


def _speed(cell: Cell) -> float:
    return cell.images_per_second


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
