"""Measuring a network: passes with timers at the nodes, in turn with passes without."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import torch

from hybridgraph.errors import RunError
from hybridgraph.graph.model import Group, Path
from hybridgraph.profiler.clocks import Clock, clock_of
from hybridgraph.profiler.device import device_name
from hybridgraph.profiler.memory import peak_memory
from hybridgraph.profiler.result import NodeProfile, ProfileResult, Spread
from hybridgraph.profiler.subject import Subject
from hybridgraph.profiler.timers import Timers
from hybridgraph.train.faults import is_out_of_memory

_WARM_UP_S = 0.5
_WARM_UP_PASSES = (2, 20)


def measure(subject: Subject, repeats: int, is_stopped: Callable[[], bool]) -> ProfileResult | None:
    """Time every node `repeats` times; None when asked to stop.

    Passes with and without timers alternate, so that a slow moment of the machine touches both. Raises RunError
    when memory runs out or an operation is missing on the device.
    """
    clock = clock_of(subject.device)
    timers = Timers(subject.places, clock)
    whole: list[float] = []
    passes: list[dict[Path, float]] = []
    try:
        with torch.inference_mode():
            with timers.hung():  # the first pass, where memory may run out, knows which node it is in
                subject.forward()
            timers.read()
            peak = peak_memory(subject.network, subject.forward, subject.images)
            _warm_up(subject, clock)
            for _ in range(repeats):
                if is_stopped():
                    return None
                whole.append(_time(subject, clock))
                with timers.hung():
                    subject.forward()
                passes.append(timers.read())
    except (RuntimeError, MemoryError) as error:
        raise _sentence(error, subject, timers.at_work) from error
    return ProfileResult(
        device=device_name(subject.device),
        precision=subject.precision,
        batch=len(subject.images),
        repeats=repeats,
        nodes=_nodes(subject, passes),
        total=_spread(whole),
        peak_memory_bytes=peak,
    )


def _warm_up(subject: Subject, clock: Clock) -> None:
    """Passes until caches are filled and clocks have risen: some time, but neither one pass nor hundreds."""
    least, most = _WARM_UP_PASSES
    started = time.monotonic()
    for count in range(most):
        if count >= least and time.monotonic() - started > _WARM_UP_S:
            return
        _time(subject, clock)


def _time(subject: Subject, clock: Clock) -> float:
    clock.wait()
    start = clock.mark()
    subject.forward()
    end = clock.mark()
    clock.wait()
    return clock.elapsed_us(start, end)


def _nodes(subject: Subject, passes: Sequence[dict[Path, float]]) -> tuple[NodeProfile, ...]:
    """The figures of all nodes and groups in the order of the design; a group is added up pass by pass."""
    medians = {leaf: statistics.median(one[leaf] for one in passes) for leaf in subject.places}
    total = sum(medians.values()) or 1.0  # a clock may be too coarse for a net of no work
    result = []
    for path, item in subject.graph.walk():
        leaves = [leaf for leaf in subject.places if leaf[: len(path)] == path]
        if not leaves:
            continue  # the image, ports, and what the output does not depend on
        report = subject.analysis.nodes[path]
        result.append(
            NodeProfile(
                path=path,
                is_group=isinstance(item, Group),
                params=report.cost.params,
                macs=report.cost.macs,
                activation_bytes=report.cost.activation_bytes,
                forward=_spread([sum(one[leaf] for leaf in leaves) for one in passes]),
                share=sum(medians[leaf] for leaf in leaves) / total,
                calls=report.repeats,
            )
        )
    return tuple(result)


def _spread(times: Sequence[float]) -> Spread:
    if len(times) == 1:
        return Spread(median_us=times[0], p10_us=times[0], p90_us=times[0])
    tenths = statistics.quantiles(times, n=10, method="inclusive")
    return Spread(median_us=statistics.median(times), p10_us=tenths[0], p90_us=tenths[-1])


def _sentence(error: BaseException, subject: Subject, at_work: Path | None) -> RunError:
    where = f" in {'/'.join(at_work)}" if at_work else ""
    device = subject.device.type
    if is_out_of_memory(error):
        return RunError(
            f"Out of memory on {device}{where} with a batch of {len(subject.images)}.",
            "Choose a smaller batch or smaller pictures.",
        )
    first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    return RunError(
        f"The design does not run on {device}{where}: {first}.", "Choose another device or precision."
    )
