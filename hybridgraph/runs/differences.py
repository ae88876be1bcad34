"""What differs between runs beside their results: the job, the recipe, the pictures, the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from hybridgraph.errors import HybridGraphError
from hybridgraph.events import DataOpened, Environment, RunStarted
from hybridgraph.jobs import TrainJob, job_content
from hybridgraph.runs.store import Run
from hybridgraph.runs.story import read_milestones

Section = Literal["job", "recipe", "data", "environment"]
_NO_JOB = frozenset(("format", "version", "kind", "recipe"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One setting that is not the same in all runs: its value in each, None where a run does not say."""

    section: Section
    name: str
    values: tuple[Any, ...]


def differences(runs: Sequence[Run]) -> list[Difference]:
    """The settings that are not the same in all of these runs, section by section. Raises RunError for one that is damaged."""
    facts = [_facts(run) for run in runs]
    found = []
    for key in dict.fromkeys(key for one in facts for key in one):
        values = tuple(one.get(key) for one in facts)
        if any(value != values[0] for value in values):
            found.append(Difference(section=key[0], name=key[1], values=values))
    order = ("job", "recipe", "data", "environment")
    return sorted(found, key=lambda one: order.index(one.section))


def settings_of(run: Run) -> list[Difference]:
    """Every setting of one run, section by section. Raises RunError when it is damaged."""
    return [Difference(section=section, name=name, values=(value,)) for (section, name), value in _told(run)]


def _facts(run: Run) -> Mapping[tuple[Section, str], Any]:
    return dict(_told(run))


def _told(run: Run) -> Iterator[tuple[tuple[Section, str], Any]]:
    job = run.job
    content = job_content(job)
    yield ("job", "kind"), job.kind
    for name, value in content.items():
        if name not in _NO_JOB:
            yield ("job", name), _plain(value)
    if isinstance(job, TrainJob):
        for name, value in content["recipe"].items():
            yield ("recipe", name), _plain(value)
    data = environment = started = None
    try:
        for event in read_milestones(run.events_path):
            if isinstance(event, DataOpened):
                data = event
            elif isinstance(event, Environment):
                environment = event
            elif isinstance(event, RunStarted):
                started = event
    except HybridGraphError:  # the log cannot be read; what the job says stays true
        return
    if data is not None:
        yield ("data", "fingerprint"), data.digest
        yield ("data", "classes"), ", ".join(data.classes)
        yield ("data", "training pictures"), sum(data.train_counts)
        yield ("data", "validation pictures"), sum(data.val_counts)
        yield ("data", "split"), data.split
    if started is not None:
        yield ("environment", "ran on"), started.device
        yield ("environment", "ran in"), started.precision
        yield ("environment", "parameters"), started.params
    if environment is not None:
        for name, value in asdict(environment).items():
            yield ("environment", name), value


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
