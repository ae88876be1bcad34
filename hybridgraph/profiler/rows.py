"""From times of single spots to the figures of nodes, of their repeats, and of groups."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hybridgraph.graph.model import Graph, Group, Path
from hybridgraph.graph.wiring import title_of
from hybridgraph.places import Spot
from hybridgraph.profiler.passes import StepParts
from hybridgraph.profiler.result import NodeProfile, Operation, RepeatProfile, StepTimes
from hybridgraph.profiler.spreads import spread
from hybridgraph.profiler.subject import Subject
from hybridgraph.spec import REGISTRY

Forward = Sequence[Mapping[Spot, float]]
Steps = Sequence[Mapping[Spot, StepParts]]
PARTS: Mapping[str, Callable[[StepParts], float]] = {
    "forward": lambda parts: parts.forward,
    "backward": lambda parts: parts.backward,
    "optimizer": lambda parts: parts.optimizer,
    "total": lambda parts: parts.total,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What passes told of each spot: forward passes, steps of training, bytes moved, operations of paths."""

    forward: Forward
    steps: Steps = ()
    moved: Mapping[Spot, int] = field(default_factory=dict)
    operations: Mapping[Path, tuple[Operation, ...]] = field(default_factory=dict)


def rows(subject: Subject, measured: Measured) -> tuple[NodeProfile, ...]:
    """The figures of all nodes and groups in the order of the design; a group is added up pass by pass."""
    everything = list(subject.spots)
    whole = _forward_us(measured.forward, everything) or 1.0  # a clock may be too coarse for a net of no work
    whole_step = _step_us(measured.steps, everything) or 1.0
    known = REGISTRY
    result = []
    for path, item in subject.graph.walk():
        inside = [spot for spot in everything if spot[0][: len(path)] == path]
        if not inside:
            continue  # the image, ports, and what the output does not depend on
        report = subject.analysis.nodes[path]
        result.append(
            NodeProfile(
                path=path,
                title=title_of(item, known),
                is_group=isinstance(item, Group),
                params=report.cost.params,
                macs=report.cost.macs,
                activation_bytes=report.cost.activation_bytes,
                calls=report.repeats,
                forward=spread([sum(one[spot] for spot in inside) for one in measured.forward]),
                share=_forward_us(measured.forward, inside) / whole,
                training=step_times(measured.steps, inside),
                training_share=_step_us(measured.steps, inside) / whole_step if measured.steps else 0.0,
                moved_bytes=sum(measured.moved.get(spot, 0) for spot in inside),
                repeats=_repeats(subject.graph, path, inside, measured),
                operations=measured.operations.get(path, ()),
            )
        )
    return tuple(result)


def step_times(steps: Steps, spots: Sequence[Spot]) -> StepTimes | None:
    """The parts of steps, summed over spots step by step; None without steps."""
    if not steps:
        return None
    return StepTimes(
        **{
            name: spread([sum(part(one[spot]) for spot in spots) for one in steps])
            for name, part in PARTS.items()
        }
    )


def _forward_us(forward: Forward, spots: Sequence[Spot]) -> float:
    return sum(statistics.median(one[spot] for one in forward) for spot in spots)


def _step_us(steps: Steps, spots: Sequence[Spot]) -> float:
    return sum(statistics.median(one[spot].total for one in steps) for spot in spots) if steps else 0.0


def _repeats(
    graph: Graph, path: Path, inside: Sequence[Spot], measured: Measured
) -> tuple[RepeatProfile, ...]:
    """Each repeat of a node by itself; of a stage, what runs in each of its repeats."""
    found: dict[tuple[int, ...], list[Spot]] = {}
    item = graph.item(path)
    is_repeated = isinstance(item, Group) and item.repeat > 1
    for spot in inside:
        depth = len(_counted(graph, path)) + is_repeated
        if depth and len(spot[1]) == len(_counted(graph, spot[0])) and not _is_entry(graph, path, spot):
            found.setdefault(spot[1][:depth], []).append(spot)
    return tuple(
        RepeatProfile(
            index=index,
            forward=spread([sum(one[spot] for spot in spots) for one in measured.forward]),
            training=step_times(measured.steps, spots),
        )
        for index, spots in sorted(found.items())
    )


def _counted(graph: Graph, path: Path) -> list[Path]:
    """The stages around a node whose repeats it runs in, the outermost first."""
    return [
        path[:depth]
        for depth in range(1, len(path))
        if isinstance(group := graph.item(path[:depth]), Group)
        and group.repeat > 1
        and not graph.item(path[: depth + 1]).once
    ]


def _is_entry(graph: Graph, path: Path, spot: Spot) -> bool:
    """Whether a stage runs this part of it once, before its repeats."""
    return len(spot[0]) > len(path) and graph.item(spot[0][: len(path) + 1]).once
