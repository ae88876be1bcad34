"""What would come of an edit, in a few words: the shape it gives and what it adds to the cost."""

from __future__ import annotations

from dataclasses import dataclass

from app import quantities
from app.language import tr
from hybridgraph.analysis import Analysis, NodeReport
from hybridgraph.graph.model import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What stands beside a choice. `reason` says why it does not fit; empty when it does."""

    text: str
    reason: str = ""


def outcome(before: Analysis | None, after: Analysis, path: Path) -> Outcome:
    """What became of the node at `path`, and of the whole."""
    known = {(finding.path, finding.message) for finding in before.errors} if before else set()
    new = [finding for finding in after.errors if (finding.path, finding.message) not in known]
    own = [finding for finding in new if finding.path[: len(path)] == path]
    if found := next(iter(own or new), None):
        return Outcome(text=tr("does not fit") if own else tr("breaks what follows"), reason=str(found))
    report = after.nodes.get(path)
    shape = next(iter(report.outputs.values()), None) if report else None
    parts = [str(shape)] if shape is not None else []
    if before is not None and report is not None and shape is not None:
        is_new = path not in before.nodes
        parts.append(_added(before, after, report) if is_new else difference(before, after, always=True))
    return Outcome(text=" · ".join(parts))


def _added(before: Analysis, after: Analysis, report: NodeReport) -> str:
    """What a node adds to the whole; of one that leads nowhere yet, and so is not counted there, its own cost."""
    same = (before.total.params, before.total.macs) == (after.total.params, after.total.macs)
    if same and not before.errors:
        return " · ".join(
            _signed(value, unit)
            for value, unit in ((report.cost.params, tr("params")), (report.cost.macs, tr("MACs")))
        )
    return difference(before, after, always=True)


def difference(before: Analysis, after: Analysis, *, always: bool = False) -> str:
    """What the whole costs more or less, such as `+2.10 k params · −1.30 M MACs`; nothing where it is the same."""
    if before.errors and not after.errors:  # what was broken could not be counted whole
        total = ((after.total.params, tr("params")), (after.total.macs, tr("MACs")))
        return " · ".join(
            f"{' '.join(quantities.count(value)).strip()} {unit}" for value, unit in total
        ) + tr(" in all")
    parts = []
    for value, former, unit in (
        (after.total.params, before.total.params, tr("params")),
        (after.total.macs, before.total.macs, tr("MACs")),
    ):
        if value != former or always:
            parts.append(_signed(value - former, unit))
    return " · ".join(parts)


def _signed(value: int, unit: str) -> str:
    number, scale = quantities.count(abs(value))
    return f"{'−' if value < 0 else '+'}{number}{f' {scale}' if scale else ''} {unit}"


def consequence(before: Analysis, after: Analysis) -> tuple[str, bool]:
    """What a change would do, in as few words as fit beside a number, and whether it breaks something."""
    known = {(finding.path, finding.message) for finding in before.errors}
    if any((finding.path, finding.message) not in known for finding in after.errors):
        return tr("does not fit"), True
    return difference(before, after).partition(" · ")[0], False
