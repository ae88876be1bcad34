"""Where a design begins and ends."""

from __future__ import annotations

from collections.abc import Iterable

from hybridgraph.analysis import Analysis, Cost
from hybridgraph.graph import links, topology
from hybridgraph.graph.bypass import bypassed, without_bypassed
from hybridgraph.graph.model import Graph, Group, Node, digest, essence
from hybridgraph.graph.values import Position
from hybridgraph.plan import Body, Measure, Plan, Source
from hybridgraph.planner.body import run
from hybridgraph.planner.ledger import Ledger, Scope
from hybridgraph.shapes import ImageMap
from hybridgraph.spec import Catalogue


def plan(graph: Graph, catalogue: Catalogue, measure: Measure) -> tuple[Plan | None, Analysis]:
    """The plan of a graph, None when a finding forbids it, and the analysis of whatever could be run."""
    known_as = digest(graph)
    passed_over = list(bypassed(graph))
    drawn = graph
    graph = without_bypassed(graph, catalogue)
    ledger = Ledger(catalogue=catalogue, measure=measure, net_count=_ramped_repeats(graph))
    for path in passed_over:
        ledger.report(path, "bypassed", {})
    _find_differing(drawn, ledger)
    scope = Scope(path=(), body=graph, env={}, where=Position(), wires={}, tensors={})
    image = _image(graph, ledger)
    run(ledger, scope)
    end = _end(graph, image, ledger)
    entering = scope.wires.get(Source(image.id, "y")) if image else None
    leaving = scope.wires.get(end) if end else None
    used = _used(graph, end) if end else {name for name in graph.nodes if (name,) in ledger.reports}
    if end:
        ledger.excuse(name for name in graph.nodes if name not in used)
    made = None
    if image and end and leaving and isinstance(entering, ImageMap) and not ledger.has_errors():
        steps = tuple(step for name, step in scope.steps.items() if name in used)
        made = Plan(
            name=graph.name,
            digest=known_as,
            image=image.id,
            input=entering,
            output=leaving,
            body=Body(steps=steps, results={"y": end}),
        )
    analysis = Analysis(
        digest=known_as,
        nodes=ledger.reports,
        findings=tuple(ledger.findings.values()),
        total=_total(ledger, used),
        input=entering,
        output=leaving,
    )
    return made, analysis


def _find_differing(graph: Graph, ledger: Ledger) -> None:
    """Warn of linked copies that a file holds with different bodies."""
    for first, *others in links.differing(graph).values():
        model = ledger.title(graph.item(first))
        for path in others:
            if essence(graph.at(path)) != essence(graph.at(first)):
                message = (
                    f"{ledger.title(graph.item(path))} is a linked copy of {model}, but differs from it."
                )
                hint = "Choose which one is meant, or make it unique; the next change of one goes to all."
                ledger.find(path, "linked", message, hint, severity="warning")


def _ramped_repeats(graph: Graph) -> int:
    """How many repeats take part in ramps over the whole network."""
    groups = [item for item in graph.nodes.values() if isinstance(item, Group)]
    return sum(group.repeat * (group.is_ramped + _ramped_repeats(group.body)) for group in groups)


def _total(ledger: Ledger, used: Iterable[str]) -> Cost:
    return sum((ledger.reports[(name,)].cost for name in used if (name,) in ledger.reports), Cost())


def _image(graph: Graph, ledger: Ledger) -> Node | None:
    """The node where the picture enters; a second one is a finding."""
    images = [item for item in graph.nodes.values() if isinstance(item, Node) and item.block == "image"]
    if not images:
        message = "The design has no image: nothing enters it."
        ledger.find((), "no-image", message, "Add an Image block.")
        return None
    for extra in images[1:]:
        ledger.find((extra.id,), "two-images", "The design has more than one image.", "Keep one of them.")
    return images[0]


def _end(graph: Graph, image: Node | None, ledger: Ledger) -> Source | None:
    """The output of the network: the one output, reached from the image, that no wire takes further.

    Where several are left, a head among them is it; the others are found to be unused.
    """
    if image is None or any(
        finding.code == "cycle" and len(finding.path) == 1 for finding in ledger.findings.values()
    ):
        return None
    reached = topology.downstream(graph, image.id)
    _find_unreached(graph, image, reached, ledger)
    feeding = {edge.source for edge in graph.edges if edge.target in graph.nodes}
    ends = [name for name in graph.nodes if name in reached and name not in feeding]
    if not ends:
        message = "Nothing is wired to the image yet."
        ledger.find((image.id,), "no-output", message, "Drag a wire from it to the first block.")
        return None
    heads = [name for name in ends if ledger.is_head(graph.nodes[name])]
    end = heads[0] if len(heads) == 1 else ends[-1]
    for name in ends:
        title = ledger.name(graph, name)
        if name == end:
            continue
        if len(heads) == 1:
            message = f"The result of {title} is not used."
            ledger.find((name,), "unused", message, "Wire it on or delete it.", severity="warning")
        else:
            message = f"The network has two ends: {title} and {ledger.name(graph, end)}."
            ledger.find((name,), "two-outputs", message, "Wire one of them on, or delete it.")
    return Source(end, ledger.first_output(graph.nodes[end]))


def _find_unreached(graph: Graph, image: Node, reached: set[str], ledger: Ledger) -> None:
    for name, item in graph.nodes.items():
        if (
            name not in reached
            and not (isinstance(item, Node) and item.block == "image")
            and name != image.id
        ):
            message = f"{ledger.title(item)} gets nothing from the image."
            ledger.find((name,), "unreached", message, "Wire it in or delete it.", severity="warning")


def _used(graph: Graph, end: Source) -> set[str]:
    """The nodes that the output depends on."""
    return {end.node} | topology.upstream(graph, end.node)
