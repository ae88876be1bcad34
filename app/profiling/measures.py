"""What a profile measured of each node, as the columns of the table, the sizes in the map and the heat on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from app.language import mark, tr
from app.quantities import count, digits, memory, percent, spaced
from hybridgraph.graph.model import Path
from hybridgraph.profiler.result import NodeProfile, ProfileResult, RepeatProfile, StepTimes

Unit = Literal["ms", "share", "", "B"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure of a node: `of` takes the node, or None where it was not measured. Times are in milliseconds."""

    id: str
    title: str
    unit: Unit
    of: Callable[[NodeProfile], float | None]
    doc: str
    is_training: bool = False
    is_heat: bool = True


def _step(part: str) -> Callable[[NodeProfile], float | None]:
    def of(node: NodeProfile) -> float | None:
        return _part(node.training, part)

    return of


def _part(times: StepTimes | None, part: str) -> float | None:
    return None if times is None else float(getattr(times, part).median_us) / 1e3


MEASURES: tuple[Measure, ...] = (
    Measure(id="inference", title=mark("Inference"), unit="ms", of=lambda node: node.forward.median_us / 1e3,
            doc=mark("One forward pass of the batch, in evaluation mode and without gradients.")),
    Measure(id="forward", title=mark("Forward"), unit="ms", of=_step("forward"), is_training=True,
            doc=mark("The forward pass of a step of training.")),
    Measure(id="backward", title=mark("Backward"), unit="ms", of=_step("backward"), is_training=True,
            doc=mark("The backward pass of a step of training.")),
    Measure(id="optimizer", title=mark("Optimizer"), unit="ms", of=_step("optimizer"), is_training=True,
            doc=mark("The update of the weights.")),
    Measure(id="step", title=mark("Training step"), unit="ms", of=_step("total"), is_training=True,
            doc=mark("Forward, backward and optimizer together.")),
    Measure(id="share", title=mark("Share"), unit="share", is_heat=False,
            of=lambda node: node.training_share if node.training else node.share,
            doc=mark("The part of the time of all nodes: of a step of training, else of inference.")),
    Measure(id="params", title=mark("Parameters"), unit="", of=lambda node: float(node.params),
            doc=mark("Trained numbers.")),
    Measure(id="macs", title=mark("MACs"), unit="", of=lambda node: float(node.macs),
            doc=mark("Multiplications with an addition, for one image.")),
    Measure(id="activations", title=mark("Activations"), unit="B", of=lambda node: float(node.activation_bytes),
            doc=mark("What is kept for the backward pass, for one image in fp32.")),
)  # fmt: skip
HELD = Measure(
    id="held",
    title=mark("At the peak"),
    unit="B",
    of=lambda _node: None,
    doc=mark("What the node holds at the moment when most memory is in use."),
)
"""Comes from the film of memory, not from the node."""
ALL: tuple[Measure, ...] = (*MEASURES, HELD)


def measures_of(result: ProfileResult) -> tuple[Measure, ...]:
    """The measures that this profile has."""
    return tuple(one for one in ALL if result.training is not None or not one.is_training)


def values_of(result: ProfileResult, measure: Measure) -> dict[Path, float]:
    """The measure of each node and group; a group's is that of all it holds."""
    if measure is HELD:
        return held(result)
    found = ((node.path, measure.of(node)) for node in result.nodes)
    return {path: value for path, value in found if value is not None}


def held(result: ProfileResult) -> dict[Path, float]:
    """The bytes that each node holds at the worst moment, of a step of training where it was measured."""
    film = result.training_film or result.inference_film
    sums = {node.path: 0.0 for node in result.nodes}
    for holder in film.holders:
        for depth in range(1, len(holder.path) + 1):
            if holder.path[:depth] in sums:
                sums[holder.path[:depth]] += holder.bytes
    return sums


def repeat_values(repeat: RepeatProfile, node: NodeProfile) -> Mapping[str, float]:
    """The times of one repeat, and its share: as much of the node's as its time is of the node's."""
    values = {"inference": repeat.forward.median_us / 1e3}
    part, whole = repeat.forward.median_us, node.forward.median_us
    share = node.share
    if repeat.training is not None and node.training is not None:
        for part_name in ("forward", "backward", "optimizer"):
            values[part_name] = _part(repeat.training, part_name) or 0.0
        values["step"] = _part(repeat.training, "total") or 0.0
        part, whole, share = (
            repeat.training.total.median_us,
            node.training.total.median_us,
            node.training_share,
        )
    values["share"] = share * part / whole if whole else 0.0
    return values


def written(value: float, unit: Unit) -> str:
    """A value with its unit, for people."""
    if unit == "ms":
        return f"{digits(value)} ms" if value < 1000 else f"{digits(value / 1000)} s"
    if unit == "share":
        return percent(value)
    number, prefix = memory(value) if unit == "B" else count(value)
    return f"{number} {prefix}".strip()


def ranked(result: ProfileResult) -> list[tuple[NodeProfile, float]]:
    """What stands at the top of the design with its share of the time, the largest first."""
    is_training = result.training is not None
    tops = [node for node in result.nodes if len(node.path) == 1]
    shares = [(node, node.training_share if is_training else node.share) for node in tops]
    return sorted(shares, key=lambda pair: pair[1], reverse=True)


def rolled_up(result: ProfileResult, most: int = 4) -> str:
    """Where the time goes, stage by stage: "Stage 3: 71 % of the time, Stage 2: 12 %"."""
    order = ranked(result)[:most]
    if not order:
        return ""
    first, *rest = order
    words = tr("{name}: {share} of the time", name=first[0].title, share=percent(first[1]))
    return ", ".join((words, *(f"{node.title}: {percent(share)}" for node, share in rest)))


def summary(result: ProfileResult, *, is_stale: bool) -> str:
    """The whole in one line: times, throughput, memory, and where it was measured."""
    parts = [
        tr(
            "{time} for a batch of {batch}",
            time=written(result.total.median_us / 1e3, "ms"),
            batch=result.batch,
        ),
        tr("{images_per_second} img/s", images_per_second=spaced(result.images_per_second)),
    ]
    peak = result.peak_memory_bytes
    if result.training is not None and result.training_film is not None:
        parts[0] += tr(", {time} a training step", time=written(result.training.times.median_us / 1e3, "ms"))
        peak = result.training_film.peak_bytes
    parts.append(tr("{peak_memory_bytes} peak memory", peak_memory_bytes=written(peak, "B")))
    parts.append(f"{result.device}, {result.precision}")
    if is_stale:
        parts.insert(0, tr("Struck: before an edit"))
    return "  ·  ".join(parts)
