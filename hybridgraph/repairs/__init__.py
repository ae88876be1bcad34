"""What could be done about a finding: edits that may mend it, each to be tried by the engine before it is offered.

`propose` thinks of repairs without running anything; `mends` judges the analysis of a repaired graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from hybridgraph.analysis import Analysis, Finding
from hybridgraph.graph.model import Graph
from hybridgraph.repairs import leftovers, values, wires
from hybridgraph.repairs.repair import Case, Repair
from hybridgraph.spec import Catalogue

__all__ = ["MOST", "Repair", "is_known", "mends", "propose"]

MOST = 24
"""Repairs thought of for one finding; most of them fall through when they are tried."""

_KINDS: dict[str, tuple[Callable[[Case], Iterator[Repair]], ...]] = {
    "kind": (wires.converters, wires.other_sources),
    "block": (values.named_values, wires.matchings, values.image_sizes),
    "parameter": (values.limits, values.defaults),
    "unwired": (wires.sources,),
    "unknown-port": (leftovers.drop_wire,),
    "two-sources": (leftovers.drop_wire, wires.joins),
    "cycle": (leftovers.break_circle,),
    "unused": (leftovers.delete,),
    "unreached": (wires.sources, leftovers.delete),
    "two-outputs": (leftovers.delete_end,),
    "two-images": (leftovers.delete,),
    "inner-image": (leftovers.delete,),
    "unknown-block": (leftovers.bypass, leftovers.delete),
    "unknown-parameter": (leftovers.reset,),
    "unknown-reference": (leftovers.reset,),
    "collect": (leftovers.reset_collect,),
    "linked": (leftovers.agree,),
    "no-image": (leftovers.add_image,),
    "stride": (values.stride_one, values.image_sizes),
    "window": (values.named_values, values.image_sizes),
    "head-dim": (values.named_values,),
    "attention": (values.windows,),
    "strides": (values.stride_first,),
    "narrowing": (values.channels_kept,),
    "drop-path": (values.drop_path_off,),
    "batch-norm": (values.layer_norm,),
}


def is_known(code: str) -> bool:
    """Whether there is anything to propose for findings of this kind."""
    return code in _KINDS


def propose(graph: Graph, finding: Finding, analysis: Analysis, catalogue: Catalogue) -> tuple[Repair, ...]:
    """Repairs for a finding of this graph's analysis, the most likely first. None of them has been tried.

    Making the graph of a repair may raise GraphError; then it is none.
    """
    case = Case(graph=graph, finding=finding, analysis=analysis, catalogue=catalogue)
    found: dict[str, Repair] = {}
    for think in _KINDS.get(finding.code, ()):
        for repair in think(case):
            found.setdefault(repair.title, repair)
    return tuple(islice(found.values(), MOST))


def mends(finding: Finding, before: Analysis, after: Analysis) -> bool:
    """Whether a repair did it: the finding is gone, and no error that was not there before has come."""
    known = {(one.code, one.path, one.port) for one in before.errors}
    gone = all(
        (one.code, one.path, one.port) != (finding.code, finding.path, finding.port) for one in after.findings
    )
    return gone and all((one.code, one.path, one.port) in known for one in after.errors)
