"""Making a run of a design, as the commands that train, queue and launch do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from hybridgraph import designs, jobs, recipes
from hybridgraph.cli.options import open_design, pair, say
from hybridgraph.custom.uses import stamped
from hybridgraph.errors import GraphError, RunError
from hybridgraph.graph import edits, files
from hybridgraph.graph.marks import Mark
from hybridgraph.graph.model import Graph
from hybridgraph.runs.store import Run, create_run, default_root


def make_run(
    design: str,
    data: str = "sample",
    run: Path | None = None,
    *,
    root: Path | None = None,
    recipe: str = recipes.DEFAULT,
    options: Mapping[str, Any] | None = None,
    settings: Sequence[str] | None = None,
    weights: Path | None = None,
    freeze: str = "",
    recompute: str = "",
    image_size: int | None = None,
    channels_in: int | None = None,
    classes: int | None = None,
    seen_as: Callable[[jobs.TrainJob], jobs.Job] = lambda job: job,
) -> Run:
    """The run folder of a training of DESIGN, not started: that named, or a new one below `root`.

    `options` are fields of the job, `settings` those of `--set`; `seen_as` makes the job of the run from that of the
    training, for what looks at a training first. A preset or pattern takes its classes and channels from the data. Raises
    what the design, the data or the folder is wrong in.
    """
    from hybridgraph import compiler
    from hybridgraph.data.description import describe
    from hybridgraph.train import checkpoints

    if designs.is_variant(design):
        found = describe(data, seed=(options or {}).get("seed", 0))
        channels_in = channels_in or found.channels_in
        classes = classes or len(found.classes)
    graph = open_design(design, image_size=image_size, channels_in=channels_in, classes=classes)
    graph = _marked(_marked(graph, freeze, "freeze"), recompute, "recompute")
    plan = compiler.planned(graph)
    classes = jobs.classes_of(plan.output)
    if plan.input.height != plan.input.width:
        raise RunError(
            f"The design takes pictures of {plan.input.height}×{plan.input.width}; training cuts squares.",
            "Give the image node the same height and width.",
        )
    job = jobs.TrainJob(
        data=data,
        image_size=plan.input.height,
        channels_in=plan.input.channels,
        classes=classes,
        recipe=recipes.find(recipe).recipe,
        **(options or {}),
    )
    job = jobs.with_settings(job, dict(map(pair, settings or [])))
    folder = (
        run
        or (root or default_root())
        / f"{graph.name or 'design'}-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
    )
    start = _packed(graph, weights, job) if weights is not None else None
    made = create_run(
        folder, graph_text=files.dumps(stamped(graph)), source=compiler.source(graph).text, job=seen_as(job)
    )
    if start is not None and not (made.checkpoints / checkpoints.LAST).exists():
        made.keep_start(start)
    return made


def change_job(run: Run, **values: Any) -> None:
    """Let a training go on with other values of its job, such as `processes` or `sinks`.

    Raises RunError for a run that is no training or is at work, and for values that a job cannot have.
    """
    job = run.job
    if not isinstance(job, jobs.TrainJob):
        raise RunError(f"The run {run.path} is a {job.kind} run, which one process does.")
    if run.pid is not None:
        raise RunError(f"The run {run.path} is running.", "Stop it before changing how it goes on.")
    jobs.save_job(run.path / jobs.JOB_FILE, dataclasses.replace(job, **values))


def _packed(graph: Graph, weights: Path, job: jobs.TrainJob) -> bytes:
    """The file of a design with these weights. All must fit, but a head for other classes, which begins anew."""
    from hybridgraph.data.description import describe
    from hybridgraph.weights.starting import starting_weights

    data, fresh = starting_weights(graph, weights, describe(job.data, seed=job.seed).classes)
    if fresh:
        say(f"The head begins anew for the design's classes: {', '.join(fresh)}.")
    return data


def _marked(graph: Graph, names: str, mark: Mark) -> Graph:
    """The design with these nodes marked, named by their paths. Raises RunError for one that it does not have."""
    put = edits.set_freeze if mark == "freeze" else edits.set_recompute
    for name in filter(None, (part.strip() for part in names.split(","))):
        path = tuple(name.split("/"))
        try:
            graph = put(graph, path, True)
        except GraphError as error:
            known = ", ".join(graph.nodes)
            raise RunError(
                f"--{mark} names {name!r}, which the design does not have.", f"It has {known}."
            ) from error
    return graph
