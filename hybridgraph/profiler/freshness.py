"""Which figures of a profile an edit has made stale. The module needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hybridgraph.analysis import NodeReport
from hybridgraph.graph.model import Graph, Group, Item, Path, is_fixed
from hybridgraph.profiler.result import NodeProfile


def changed(
    profiled: Iterable[NodeProfile],
    measured: Graph,
    current: Graph,
    reports: Mapping[Path, NodeReport] | None = None,
) -> frozenset[Path]:
    """The nodes and groups whose figures no longer hold: they, what is in them or what they take in has changed.

    `measured` is the graph of the profile. A group is among them when anything in it is, and all of a group when its
    repeats or its parameters changed. `reports`, where an analysis of `current` is there, tell what an edit elsewhere
    has done to a node: its parameters, its MACs or what it keeps for the backward pass are no longer those measured.
    """
    before, after = dict(measured.walk()), dict(current.walk())
    found: set[Path] = set()
    for path, item in before.items():
        other = after.get(path)
        if other is None or _essence(item) != _essence(other):
            found.add(path)
    found |= {path for path in after.keys() - before.keys() if path[:-1] in before}
    groups = {path for path in found if isinstance(before.get(path), Group)}
    if groups:
        found |= {path for path in before if any(path[: len(group)] == group for group in groups)}
    for node in profiled if reports else ():
        report = (reports or {}).get(node.path)
        if not node.is_group and report is not None and _costs(node) != _costs_of(report):
            found.add(node.path)
    inner = {path[:depth] for path in found for depth in range(1, len(path) + 1)}
    return frozenset(path for path in inner if path in before and not _is_port(before[path]))


def _essence(item: Item) -> tuple[object, ...]:
    """What decides the item's own work, without its title and place."""
    shared = (item.params, item.once, item.bypass, item.freeze, item.recompute)
    if isinstance(item, Group):
        return ("group", item.repeat, *shared)
    return (item.block, *shared)


def _is_port(item: Item) -> bool:
    return is_fixed(item) and not isinstance(item, Group) and item.block != "image"


def _costs(node: NodeProfile) -> tuple[int, int, int]:
    return node.params, node.macs, node.activation_bytes


def _costs_of(report: NodeReport) -> tuple[int, int, int]:
    return report.cost.params, report.cost.macs, report.cost.activation_bytes
