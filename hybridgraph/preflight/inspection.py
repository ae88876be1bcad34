"""The checks one after the other; each is told as soon as it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from pathlib import Path as FilePath

from hybridgraph import codegen, compiler
from hybridgraph.analysis import Analysis
from hybridgraph.distributed.world import World
from hybridgraph.engine import Engine
from hybridgraph.errors import HybridGraphError
from hybridgraph.events import Event, RunStarted, Step, Warned
from hybridgraph.graph.marks import marked
from hybridgraph.graph.model import Graph, digest
from hybridgraph.jobs import PreflightJob
from hybridgraph.places import blocks_only
from hybridgraph.preflight.fitting import Fit, learn_batch
from hybridgraph.preflight.memory import check_memory
from hybridgraph.preflight.pace import check_pace
from hybridgraph.preflight.shapes import check_shapes
from hybridgraph.preflight.values import Check, NodeGradient, PreflightResult
from hybridgraph.spec import REGISTRY
from hybridgraph.train.device import choose_device
from hybridgraph.train.setup import Setup, prepare
from hybridgraph.train.stopping import StopRequests

_FITTING = 0.45
"""The share of the time for learning one batch; the rest is for timing."""

Emit = Callable[[Event], None]
Tell = Callable[[PreflightResult, Check | None], None]


def inspect(
    graph: Graph, job: PreflightJob, run: FilePath, emit: Emit, tell: Tell, stop: StopRequests
) -> PreflightResult | None:
    """Take every check of a training in the folder of a run; None when asked to stop.

    `tell` hears the result so far after each check, and at the end. What keeps the training from working is a failed
    check, not an error; the checks after it are left out. Raises GraphError, RunError or another of our errors where
    the checks themselves cannot be taken.
    """
    begun = time.perf_counter()
    engine, training = Engine(), replace(job.training, processes=1, compile="off")
    analysis = engine.analyze(graph)
    result = PreflightResult(digest=digest(graph), batch=training.batch, epochs=training.epochs)

    def done(*checks: Check, **more: object) -> None:
        nonlocal result
        for check in checks:
            seconds = time.perf_counter() - begun
            result = replace(result, checks=(*result.checks, check), seconds=seconds, **more)  # type: ignore[arg-type]
            tell(result, check)

    def end() -> PreflightResult:
        final = replace(result, is_finished=True, seconds=time.perf_counter() - begun)
        tell(final, None)
        return final

    shapes = check_shapes(analysis, graph, REGISTRY)
    if shapes.status == "failed":
        done(shapes)
        return end()
    stop.raise_if_heard()
    memory, figures = check_memory(graph, job.training, engine, result.figures)
    if memory.status == "failed":
        done(shapes, memory, figures=figures)
        return end()
    stop.raise_if_heard()
    try:
        setup, progress = prepare(
            run, training, _as_preflight(emit), stop, choose_device(training.device), World()
        )
    except HybridGraphError as error:
        done(replace(shapes, status="failed", message=error.message, hint=error.hint, paths=()))
        return end()
    result = replace(result, device=setup.device.type, precision=setup.precision, figures=figures)
    done(_with_pictures(shapes, setup), memory)
    fit = _fit(graph, engine, setup, _FITTING * job.seconds, emit, stop)
    if fit is None:
        return None
    nodes = _nodes(graph, analysis, fit)
    done(_gradient(nodes), nodes=nodes)
    done(fit.check(), curve=_finite(fit.curve))
    if not result.is_able:
        return end()
    warned: list[Warned] = []

    def listen(event: Event) -> None:
        if isinstance(event, Warned):
            warned.append(event)

    try:
        paced = check_pace(
            setup,
            progress,
            figures,
            (1 - _FITTING) * job.seconds,
            fit.seconds_each,
            listen,
            stop.requested,
        )
    except HybridGraphError as error:
        done(Check(name="time", status="failed", message=error.message, hint=error.hint))
        return end()
    if paced is None:
        return None
    (speed, expected), figures = paced
    for event in warned:
        emit(event)
    done(speed, expected, figures=figures)
    return end()


def _as_preflight(emit: Emit) -> Emit:
    """What the setting up of a training tells, as that of a pre-flight."""

    def tell(event: Event) -> None:
        emit(replace(event, kind=PreflightJob.kind) if isinstance(event, RunStarted) else event)

    return tell


def _with_pictures(shapes: Check, setup: Setup) -> Check:
    job, data = setup.job, setup.data
    size = f"{job.channels_in}×{job.image_size}×{job.image_size}"
    message = (
        f"Pictures of {size} become {len(data.classes)} classes; {len(data.train.labels):,} to train and "
        f"{len(data.val.labels):,} to validate."
    )
    return replace(shapes, message=message)


def _fit(
    graph: Graph, engine: Engine, setup: Setup, seconds: float, emit: Emit, stop: StopRequests
) -> Fit | None:
    plan = compiler.planned(graph, engine)
    modules = blocks_only(codegen.render(plan).modules, graph)

    def told(step: int, loss: float, rate: float) -> None:
        emit(Step(epoch=0, step=step, loss=loss, lr=rate, images_per_second=0.0))

    return learn_batch(setup, modules, seconds, told, stop.requested)


def _nodes(graph: Graph, analysis: Analysis, fit: Fit) -> tuple[NodeGradient, ...]:
    """What the gradient does in each block, and the blocks whose result nobody reads."""
    found = fit.watch.told(graph, REGISTRY, marked(graph, "freeze"))
    known = {node.path for node in found}
    unused = [one for one in analysis.findings if one.code == "unused" and one.path not in known]
    return (
        *found,
        *(
            NodeGradient(path=one.path, title="/".join(one.path), reach="dead", why=one.message)
            for one in unused
        ),
    )


def _gradient(nodes: tuple[NodeGradient, ...]) -> Check:
    trained = [node for node in nodes if node.reach != "frozen"]
    wrong = [node for node in trained if node.reach != "alive"]
    dead = [node for node in trained if node.is_dead]
    paths = tuple(node.path for node in dead or wrong)
    if not wrong:
        told = (
            f"The gradient reaches all {len(trained)} blocks"
            if len(trained) > 1
            else "The gradient reaches the block"
        )
        frozen = len(nodes) - len(trained)
        kept = f"; {frozen} {'is' if frozen == 1 else 'are'} frozen" if frozen else ""
        return Check(name="gradient", status="passed", message=f"{told}{kept}.")
    hint = " ".join(f"{node.title}: {node.why}" for node in (dead or wrong)[::-1][:2])
    broken = [node for node in trained if node.reach == "broken"]
    if broken or len(dead) == len(trained):
        message = "The gradient is no number" if broken else "The gradient reaches no block"
        return Check(name="gradient", status="failed", message=f"{message}.", hint=hint, paths=paths)
    if dead:
        message = f"The gradient does not reach {len(dead)} of {len(trained)} blocks."
    else:
        message = (
            f"The gradient reaches all {len(trained)} blocks, but {len(wrong)} of them not as it should."
        )
    return Check(name="gradient", status="warned", message=message, hint=hint, paths=paths)


def _finite(curve: tuple[float, ...]) -> tuple[float, ...]:
    """The curve up to where it stops being numbers, which JSON lacks."""
    return tuple(value for value in curve if isfinite(value))
