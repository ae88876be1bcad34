"""What a figure or table of a design has one box or row for: the stages and blocks of its outermost level."""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.analysis import Analysis
from hybridgraph.graph import topology
from hybridgraph.graph.model import Graph, Group, Item, Node, is_port
from hybridgraph.graph.topology import CycleError
from hybridgraph.shapes import Shape
from hybridgraph.spec import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage, or a block that belongs to none. `block` is empty where the name says it already.

    `entry` is what runs once before the repeats; `share` is the part of all multiply-adds. Costs are those of one
    image through all repeats; they and the shape are missing where the design has not been analysed.
    """

    id: str
    name: str
    block: str = ""
    entry: str = ""
    repeat: int = 1
    family: str = "glue"
    shape: Shape | None = None
    params: int | None = None
    macs: int | None = None
    share: float | None = None
    is_bypassed: bool = False


def stages(graph: Graph, analysis: Analysis | None, catalogue: Catalogue) -> tuple[Stage, ...]:
    """The outermost level in the order of the data; of a design in a circle, in that of its file."""
    try:
        names = topology.order(graph)
    except CycleError:
        names = list(graph.nodes)
    return tuple(_stage(graph.nodes[name], analysis, catalogue) for name in names)


def _stage(item: Item, analysis: Analysis | None, catalogue: Catalogue) -> Stage:
    report = analysis.nodes.get((item.id,)) if analysis else None
    shown = report is not None and report.state == "ok"
    total = analysis.total.macs if analysis else 0
    block, entry = _contents(item, catalogue)
    return Stage(
        id=item.id,
        name=title_of(item, catalogue),
        block=block,
        entry=entry,
        repeat=item.repeat if isinstance(item, Group) else 1,
        family=family_of(item, catalogue),
        shape=next(iter(report.outputs.values()), None) if report and shown else None,
        params=report.cost.params if report and shown else None,
        macs=report.cost.macs if report and shown else None,
        share=report.cost.macs / total if report and shown and total else None,
        is_bypassed=item.bypass,
    )


def title_of(item: Item, catalogue: Catalogue) -> str:
    """What a stage or block is called."""
    if item.title:
        return item.title
    return item.id.replace("_", " ").capitalize() if isinstance(item, Group) else _block(item, catalogue)


def _block(node: Node, catalogue: Catalogue) -> str:
    spec = catalogue.get(node.block)
    return spec.title if spec else node.block


def _inside(group: Group) -> list[Item]:
    """What a group consists of, without its ports."""
    return [
        item
        for item in group.body.nodes.values()
        if not is_port(item, "input") and not is_port(item, "output")
    ]


def _contents(item: Item, catalogue: Catalogue) -> tuple[str, str]:
    """The blocks that repeat and those that run once: at most two names, then how many more."""
    if isinstance(item, Node):
        return (_block(item, catalogue) if item.title else ""), ""
    inside = _inside(item)
    parts = []
    for once in (False, True):
        names = [
            title_of(one, catalogue) if isinstance(one, Group) else _block(one, catalogue)
            for one in inside
            if one.once is once
        ]
        names = list(dict.fromkeys(names))
        parts.append(" + ".join(names if len(names) <= 2 else [names[0], f"{len(names) - 1} more"]))
    return parts[0], parts[1]


def family_of(item: Item, catalogue: Catalogue) -> str:
    """The family whose colour stands for a block, or for all that a group contains."""
    if isinstance(item, Node):
        spec = catalogue.get(item.block)
        return spec.family if spec else "glue"
    families = {family_of(inner, catalogue) for inner in _inside(item)}
    for family in ("intrinsic", "extrinsic"):
        if family in families:
            return family
    if {"convolution", "attention"} <= families:
        return "extrinsic"
    for family in ("attention", "convolution", "head"):
        if family in families:
            return family
    return "glue"
