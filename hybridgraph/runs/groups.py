"""Runs put together: those that differ in the seed alone, and all that was found out about one design."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from hybridgraph.runs.intervals import of_mean, of_share
from hybridgraph.runs.summary import Summary

Rank = Literal["accuracy", "latency_us", "params"]
"""What designs are ranked by: the most accurate, the fastest, the smallest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over seeds with its 95 % interval (Student's t); `low` and `high` are None for a single run."""

    mean: float
    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedGroup:
    """Finished runs of one design, data and recipe with different seeds. Of two runs with one seed the younger counts."""

    runs: tuple[Summary, ...]
    best: Estimate | None
    top1: Estimate | None
    loss: Estimate | None

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, in order."""
        return tuple(sorted(run.seed for run in self.runs if run.seed is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One design in a bake-off: how right it is, how fast and how large.

    `accuracy` is the best top-1 of its most accurate group of seeds. `low` and `high` bound its 95 % interval: of Student's
    t over the seeds, or with one seed of Wilson over the validation pictures, as `over` says. `latency_us` is of its
    youngest profile, whose `setting` says what was measured.
    """

    design: str
    digest: str
    params: int | None
    accuracy: float | None
    low: float | None
    high: float | None
    over: str
    seeds: int
    latency_us: float | None
    setting: str
    trainings: tuple[Summary, ...]
    profiles: tuple[Summary, ...]


def seed_groups(runs: Iterable[Summary]) -> list[SeedGroup]:
    """The groups of finished trainings, those with the most accurate mean first."""
    found: dict[str, dict[int, Summary]] = {}
    for run in sorted(runs, key=lambda one: one.made_at):
        if run.kind == "train" and run.status == "finished" and run.group and run.seed is not None:
            found.setdefault(run.group, {})[run.seed] = run
    groups = [_group(tuple(by_seed[seed] for seed in sorted(by_seed))) for by_seed in found.values()]
    return sorted(groups, key=lambda group: -(group.best.mean if group.best else -1.0))


def contestants(runs: Iterable[Summary]) -> list[Contestant]:
    """The designs that were trained or profiled, the most accurate first."""
    by_design: dict[str, list[Summary]] = {}
    for run in sorted(runs, key=lambda one: -one.made_at):
        if run.digest and run.kind in ("train", "profile") and run.status != "unreadable":
            by_design.setdefault(run.digest, []).append(run)
    found = [_contestant(one) for one in by_design.values()]
    found = [one for one in found if one.accuracy is not None or one.latency_us is not None]
    return sorted(found, key=lambda one: (-(one.accuracy if one.accuracy is not None else -1.0), one.design))


def ranked(found: list[Contestant], by: str) -> list[Contestant]:
    """The contestants ranked by a `Rank`; those of which that is not known come last."""
    if by == "accuracy":
        return found
    return sorted(found, key=lambda one: (getattr(one, by) is None, getattr(one, by) or 0))


def front(found: list[Contestant], cost: str) -> set[str]:
    """The digests of designs that no other one beats: more accurate at no more of `cost` ("latency_us" or "params")."""
    known = [(one, getattr(one, cost)) for one in found if one.accuracy is not None]
    known = [pair for pair in known if pair[1] is not None]
    best, kept = -1.0, set()
    for one, _ in sorted(known, key=lambda pair: (pair[1], -(pair[0].accuracy or 0.0))):
        if one.accuracy is not None and one.accuracy > best:
            best = one.accuracy
            kept.add(one.digest)
    return kept


def _group(runs: tuple[Summary, ...]) -> SeedGroup:
    return SeedGroup(
        runs=runs,
        best=_estimate([run.best_top1 for run in runs]),
        top1=_estimate([run.top1 for run in runs]),
        loss=_estimate([run.loss for run in runs]),
    )


def _estimate(values: Iterable[float | None]) -> Estimate | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    mean, reach = of_mean(known)
    if reach is None:
        return Estimate(mean=mean, low=None, high=None, count=1)
    return Estimate(mean=mean, low=mean - reach, high=mean + reach, count=len(known))


def _contestant(runs: list[Summary]) -> Contestant:
    trainings = tuple(run for run in runs if run.kind == "train")
    profiles = tuple(run for run in runs if run.latency_us is not None)
    accuracy = low = high = None
    over, count = "", 0
    groups = seed_groups(trainings)
    if groups and groups[0].best is not None:
        best = groups[0].best
        accuracy, low, high, count = best.mean, best.low, best.high, best.count
        over = "seeds"
        held_back = groups[0].runs[0].held_back
        if count == 1 and held_back:
            (low, high), over = of_share(accuracy, held_back), "pictures"
    elif tried := [run for run in trainings if run.best_top1 is not None]:
        accuracy = max(
            run.best_top1 or 0.0 for run in tried
        )  # none is finished; the best so far, without an interval
    sized = next((run.params for run in runs if run.params is not None), None)
    fastest = profiles[0] if profiles else None
    setting = f"batch {fastest.batch}, {fastest.precision} on {fastest.device}" if fastest else ""
    return Contestant(
        design=runs[0].design or runs[0].name,
        digest=runs[0].digest,
        params=sized,
        accuracy=accuracy,
        low=low,
        high=high,
        over=over,
        seeds=count,
        latency_us=fastest.latency_us if fastest else None,
        setting=setting,
        trainings=trainings,
        profiles=profiles,
    )
