"""Running a bundle again, in a new folder, and comparing what comes of it.

A bundle is a document, so nothing in it is run: the source is printed anew from its design, and what the bundle holds of it
is only compared. Device, number format and threads are those of the first run where this machine has them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from hybridgraph import compiler
from hybridgraph.data.description import describe
from hybridgraph.data.packing import unpacked
from hybridgraph.digests import digest_of
from hybridgraph.errors import RunError, TrainingError
from hybridgraph.events import DataOpened, Environment, EpochFinished, RunStarted, Step
from hybridgraph.jobs import Device, TrainJob, split_data
from hybridgraph.reproduction.bundle import DATA, START_NAME
from hybridgraph.reproduction.opening import Bundle, open_bundle
from hybridgraph.reproduction.verdict import Difference, Verdict, circumstances, compared, save_verdict
from hybridgraph.runs.history import without_repeats
from hybridgraph.runs.store import Run, create_run
from hybridgraph.train import train
from hybridgraph.train.checkpoints import BEST, fingerprint, load_checkpoint
from hybridgraph.train.device import choose_device
from hybridgraph.train.session import OnEvent

_FORMATS = ("fp32", "bf16", "fp16")


def reproduce(
    path: Path,
    folder: Path,
    *,
    data: str | None = None,
    device: Device | None = None,
    on_event: OnEvent | None = None,
) -> Verdict:
    """Train what a bundle holds in a new run folder and compare. `data` says where its pictures lie on this machine.

    Raises DocumentError for a bundle that is damaged or hostile, RunError where the pictures are not known or the training
    was stopped, and what a training raises.
    """
    with open_bundle(path) as bundle:
        source = compiler.source(bundle.graph).text
        job = _job(bundle, folder, data, device)
        run = create_run(folder, graph_text=bundle.graph_text, source=source, job=job)
        _unpack(bundle, run)
        with _threads(bundle):
            result = train(run.path, on_event=on_event)
        if result.status != "finished":
            raise RunError(
                f"The training was stopped after {result.epochs} epochs.",
                f"Go on with: hybridgraph resume {run.path}",
            )
        verdict = _verdict(bundle, run, source)
    save_verdict(run.path, verdict)
    return verdict


def _job(bundle: Bundle, folder: Path, data: str | None, device: Device | None) -> TrainJob:
    """The job of the bundle on these pictures, and on the device it ran on where that is here."""
    job = replace(bundle.job, data=_pictures(bundle, folder, data))
    if not bundle.starts:
        return replace(job, device=device or job.device)
    first = bundle.starts[0]
    before = first.device.split()[0]
    if device is None and before in ("cpu", "cuda", "mps"):
        try:
            device = choose_device(before).type  # type: ignore[assignment,arg-type]
        except TrainingError:
            device = "auto"  # said afterwards, as one of the things that differ
    job = replace(job, device=device or "auto", compile="on" if first.compiled else "off")
    if device == before and first.precision in _FORMATS:  # a trial might choose another format this time
        job = replace(job, precision=first.precision)  # type: ignore[arg-type]
    return job


def _pictures(bundle: Bundle, folder: Path, data: str | None) -> str:
    if data is not None:
        _refuse_other_classes(bundle, data)
        return data
    kind, path = split_data(bundle.job.data)
    if path is None:
        return bundle.job.data
    if bundle.has_data:
        return unpacked(bundle.job.data, folder.expanduser().absolute() / DATA)
    raise RunError(
        f"{bundle.path} holds no pictures; its training took {bundle.job.data}.",
        f"Say where they lie, such as --data {kind}:PATH.",
    )


def _refuse_other_classes(bundle: Bundle, data: str) -> None:
    """Pictures of other classes cannot give the same training. What else differs of them is told after it."""
    before, now = bundle.data, describe(data, seed=bundle.job.seed).classes
    if before is None or before.classes == now:
        return
    if len(before.classes) == len(now) and now == tuple(map(str, range(len(now)))):
        return  # numbers where nobody named the classes: the verdict says so
    raise RunError(
        f"{data} has the classes {', '.join(now[:3])} …, the training of {bundle.path.name} had "
        f"{', '.join(before.classes[:3])} ….",
        "Give the pictures that it was trained with.",
    )


def _unpack(bundle: Bundle, run: Run) -> None:
    for name in bundle.archive.names:
        if name == START_NAME or name.startswith(DATA):
            bundle.archive.unpack(name, run.path, name)


@contextmanager
def _threads(bundle: Bundle) -> Iterator[None]:
    """As many threads as before, as far as there are cores: another number adds up in another order."""
    now = torch.get_num_threads()
    before = bundle.machines[0].threads if bundle.machines else 0
    torch.set_num_threads(min(before, os.cpu_count() or 1) if before > 0 else now)
    try:
        yield
    finally:
        torch.set_num_threads(now)


def _verdict(bundle: Bundle, run: Run, source: str) -> Verdict:
    events = without_repeats(run.events())
    starts = [event for event in events if isinstance(event, RunStarted)]
    machines = [event for event in events if isinstance(event, Environment)]
    opened = [event for event in events if isinstance(event, DataOpened)]
    differences = []
    if bundle.starts:
        before = bundle.starts[0], next(iter(bundle.machines), None), bundle.data
        differences += list(circumstances(before, (starts[0], machines[0], opened[-1])))
    if len(bundle.machines) > 1 and len(set(bundle.machines)) > 1:
        differences.append(
            Difference(name="environments of the first run", before=str(len(set(bundle.machines))), now="1")
        )
    if source != bundle.source:
        differences.append(
            Difference(name="the source of the network", before="that of the bundle", now="another")
        )
    curves = compared(
        (bundle.steps, bundle.epochs),
        (
            [event for event in events if isinstance(event, Step)],
            [event for event in events if isinstance(event, EpochFinished)],
        ),
    )
    whole = len(bundle.epochs) == bundle.job.epochs  # else the weights are those of an earlier epoch
    weights = fingerprint(load_checkpoint(run.checkpoints / BEST).tensors, "")
    same = weights == bundle.weights if bundle.weights and whole else None
    return Verdict(
        bundle=bundle.path.name,
        sha256=digest_of(bundle.path),
        run=str(run.path),
        weights_equal=same,
        differences=tuple(differences),
        **{**curves, "is_equal": curves["is_equal"] and same is not False},
    )
