"""From what is known to a report."""

from __future__ import annotations

from datetime import UTC, datetime

from hybridgraph import __version__
from hybridgraph.comparison.wording import number
from hybridgraph.report import design, limits, provenance, training
from hybridgraph.report.content import Report, Section
from hybridgraph.report.evidence import Evidence


def build(evidence: Evidence, made: datetime | None = None) -> Report:
    """The report of a design, with its training where there is one. `made` is the time it tells, else now."""
    run = evidence.training
    sections: list[Section | None] = [design.design(evidence)]
    if run is not None:
        sections += [
            training.training(run),
            training.results(run),
            provenance.exports(run),
            provenance.data(run),
            provenance.environment(run),
            provenance.reproduction(run),
        ]
    sections += [limits.card(evidence), provenance.digests(evidence)]
    time = made or datetime.now(UTC)
    return Report(
        title=evidence.name,
        subtitle=f"{run.name}: {training.state(run)[0]}" if run is not None else "A design, not trained.",
        figures=tuple(_figures(evidence)),
        sections=tuple(section for section in sections if section is not None),
        foot=f"Made by HybridGraph {__version__} on {time:%Y-%m-%d %H:%M} UTC.",
    )


def _figures(evidence: Evidence) -> list[tuple[str, str, str]]:
    total = evidence.analysis.total
    found = [
        ("parameters", number("params", total.params), f"{total.params:,}"),
        ("MACs", number("macs", total.macs), "for one picture"),
    ]
    run = evidence.training
    if run is not None and run.epochs:
        best = max(run.epochs, key=lambda event: event.val_top1)
        pictures = run.evaluation.count if run.evaluation else None
        found.append(
            (
                "top-1",
                number("top1", best.val_top1),
                f"of {pictures:,} pictures" if pictures else "on validation",
            )
        )
        found.append(("epochs", str(len(run.epochs)), f"of {run.job.epochs}, best {best.epoch + 1}"))
    if evidence.latency is not None:
        found.append(("forward", number("latency_us", evidence.latency.total_us), evidence.latency.setting))
    return found
