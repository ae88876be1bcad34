"""What the inspector says about a node, worked out from graph, catalogue and analysis: values, no widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.language import mark, told, tr
from app.session import Session
from hybridgraph.analysis import Cost, NodeReport
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, Path, image, is_fixed, is_port
from hybridgraph.graph.values import First, Ref, Value
from hybridgraph.graph.wiring import port_of
from hybridgraph.shapes import Shape
from hybridgraph.spec import ANY, IMAGE_SPEC, SAME, BlockSpec, Catalogue, Parameter

ANYTHING = Parameter(kind="float", optional=True, doc=mark("No block in the stage uses this parameter."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One parameter to show: what it holds, what it may hold, and whether it differs from what is usual.

    `stands_for` is the stage's value that a reference leads to; `at` names a port where several have the same switch.
    `origin` is "default", "paper", "stage", "edited" or empty; `usual` is what a reset gives, of the preset `source`
    where that is not empty, and `is_named` whether the preset writes it down. `others` are those of the further nodes
    that the entry stands for; where it `is_mixed`, they do not hold the same.
    """

    path: Path
    name: str
    parameter: Parameter
    value: Value
    is_edited: bool = False
    stands_for: Value = None
    at: str = ""
    origin: str = ""
    usual: Value = None
    source: str = ""
    is_named: bool = False
    others: tuple[Entry, ...] = ()
    is_mixed: bool = False

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every node that it stands for."""
        return (self.path, *(one.path for one in self.others))

    @property
    def label(self) -> str:
        """The name for people: drop_path is "Drop path"."""
        return f"{self.name.replace('_', ' ').capitalize()} {self.at}".strip()


def entries_of(graph: Graph, path: Path, catalogue: Catalogue) -> tuple[Entry, ...]:
    """The parameters of the node or group at `path`, in the order of its constructor."""
    item = graph.item(path)
    around = graph.item(path[:-1]).params if len(path) > 1 else {}
    if isinstance(item, Group):
        used = group_parameters(item, catalogue)
        names = [*item.params, *(name for name in used if name not in item.params)]
        return tuple(
            Entry(path=path, name=name, parameter=used.get(name, ANYTHING), value=item.params.get(name))
            for name in names
        )
    spec = catalogue.get(item.block)
    if spec is None:
        return ()
    return tuple(
        Entry(
            path=path,
            name=name,
            parameter=parameter,
            value=item.params.get(name, parameter.default),
            stands_for=around.get(value.name) if isinstance(value := item.params.get(name), Ref) else None,
            is_edited=item.params.get(name, parameter.default) != parameter.default
            and not isinstance(item.params[name], Ref),
        )
        for name, parameter in spec.params.items()
    )


def switches_of(graph: Graph, path: Path, catalogue: Catalogue) -> tuple[Entry, ...]:
    """What can be chosen at the outputs of the group at `path`; where there are several, each says which."""
    outputs = tuple(node for node in graph.at(path).nodes.values() if is_port(node, "output"))
    return tuple(
        replace(entry, at=port.id if len(outputs) > 1 else "")
        for port in outputs
        for entry in entries_of(graph, (*path, port.id), catalogue)
    )


def group_parameters(group: Group, catalogue: Catalogue) -> dict[str, Parameter]:
    """What each parameter of a group may hold: the limits of the first body parameter that refers to it."""
    found: dict[str, Parameter] = {}
    for item in group.body.nodes.values():
        inner: Mapping[str, Parameter]
        if isinstance(item, Group):
            inner = group_parameters(item, catalogue)
        else:
            spec = catalogue.get(item.block)
            inner = spec.params if spec else {}
        for name, value in item.params.items():
            if isinstance(value, Ref) and name in inner:
                found.setdefault(value.name, inner[name])
    return found


def main_block(group: Group, catalogue: Catalogue) -> BlockSpec | None:
    """The block a stage is named after: the first of the most telling family in its body."""
    rank = {"intrinsic": 0, "extrinsic": 1, "attention": 2, "convolution": 3, "head": 4, "glue": 5}
    specs: list[BlockSpec] = []
    for item in group.body.nodes.values():
        if isinstance(item, Group):
            inner = main_block(item, catalogue)
            specs += [inner] if inner else []
        elif (spec := catalogue.get(item.block)) is not None and not spec.structural:
            specs.append(spec)
    return min(specs, key=lambda spec: rank[spec.family], default=None)


def own_files(graph: Graph, catalogue: Catalogue) -> list[str]:
    """The files of the person's own blocks in a design."""
    blocks = {item.block for _, item in graph.walk() if isinstance(item, Node)}
    return sorted({spec.file for one in blocks if (spec := catalogue.get(one)) is not None and spec.file})


def spec_of(item: Item, catalogue: Catalogue) -> BlockSpec | None:
    """The block of a node, or the block a group is named after; None for an unknown block."""
    return main_block(item, catalogue) if isinstance(item, Group) else catalogue.get(item.block)


def path_of(path: Path, item: Item, spec: BlockSpec) -> Path:
    """The node that has this block: `path` itself, or the first in the body of the group there."""
    if not isinstance(item, Group):
        return path
    inside = item.body.walk(path)
    return next((p for p, one in inside if isinstance(one, Node) and one.block == spec.id), path)


def description(spec: BlockSpec) -> str:
    """What a block is, in full sentences: its documentation without the notes for programmers."""
    paragraphs = (spec.doc or spec.summary).split("\n\n")
    kept = [
        " ".join(p.split()) for p in paragraphs if not p.startswith(("Shape", "Raises", "Args", "Source"))
    ]
    text = "\n".join(kept)
    for note in (" Shape: ", " Raises "):
        text = text.partition(note)[0]
    return told(text.replace("`", ""))


def title_of(item: Item, catalogue: Catalogue) -> str:
    """The name of a node or group for people."""
    if item.title:
        return item.title
    spec = None if isinstance(item, Group) else catalogue.get(item.block)
    return told(spec.title) if spec else item.id.replace("_", " ").capitalize()


def report_of(session: Session, path: Path) -> NodeReport | None:
    """What the last analysis says of a node."""
    return session.analysis.nodes.get(path) if session.analysis else None


def wired_of(item: Item, report: NodeReport | None, catalogue: Catalogue) -> list[tuple[str, str]]:
    """The constructor arguments that come from the wires, with their values where they are known."""
    spec = None if isinstance(item, Group) else catalogue.get(item.block)
    if spec is None or report is None:
        return []
    told: list[tuple[str, str]] = []
    for name, source in spec.wired.items():
        port, _, attribute = source.partition(".")
        shape: Shape | None = report.inputs.get(port)
        value = getattr(shape, attribute or "channels", None)
        if value is not None:
            told.append(
                (
                    name.replace("_", " ").capitalize(),
                    "×".join(map(str, value)) if isinstance(value, tuple) else str(value),
                )
            )
    return told


def fitting(body: Graph, wire: Edge | None, catalogue: Catalogue) -> list[BlockSpec]:
    """The blocks that the open end of `wire` can be joined to; all of them without a wire.

    The open end of a wire is the one without a name.
    """
    listed = [spec for spec in catalogue.values() if not spec.structural]
    if wire is None:
        return [IMAGE_SPEC, *listed]
    known, port = (wire.source, wire.source_port) if wire.source else (wire.target, wire.target_port)
    item = body.nodes.get(known)
    found = port_of(item, port, catalogue, output=bool(wire.source)) if item else None
    if found is None:
        return listed
    kinds = {found.kind, ANY, SAME}
    return [
        spec
        for spec in listed
        if any(
            found.kind in (ANY, SAME) or one.kind in kinds
            for one in (spec.inputs if wire.source else spec.outputs)
        )
    ]


def footer_of(group: Group, report: NodeReport | None) -> str:
    """What is different in the first repeat: `first block stride 2, 192 → 384`."""
    facts: list[str] = []
    for item in (group, *group.body.nodes.values()):
        facts += [
            f"{name.replace('_', ' ')} {value.first}"
            for name, value in item.params.items()
            if isinstance(value, First) and value.first != value.rest
        ]
    if report and report.inputs and report.outputs:
        into, out = (next(iter(ports.values())) for ports in (report.inputs, report.outputs))
        before, after = getattr(into, "channels", None), getattr(out, "channels", None)
        if before is not None and before != after:
            facts.append(f"{before} → {after}")
    once = [title for item in group.body.nodes.values() if item.once and (title := item.title or item.id)]
    text = tr("First block {facts}.", facts=", ".join(facts)) if facts else ""
    return tr("{text} Runs once: {once}.", text=text, once=", ".join(once)).strip() if once else text


def image_entries(graph: Graph, catalogue: Catalogue) -> tuple[Entry, ...]:
    """The size of the picture and the number of classes: what one sets for a whole design."""
    entries: list[Entry] = []
    node = image(graph)
    if node is not None:
        entries += entries_of(graph, (node.id,), catalogue)
    for item in graph.nodes.values():
        if isinstance(item, Node) and (spec := catalogue.get(item.block)) and "classes" in spec.params:
            entries += [e for e in entries_of(graph, (item.id,), catalogue) if e.name == "classes"]
    return tuple(replace(entry, is_edited=False) for entry in entries)  # of these, no value is the usual one


def uncounted(session: Session, paths: frozenset[Path]) -> tuple[int, int]:
    """How many blocks of a selection, or of the design when it is empty, have no known cost, and of how many.

    A block that cannot be built has none, nor one that no shape reaches.
    """
    if session.analysis is None or not session.analysis.findings:
        return 0, 0
    blocks: set[Path] = set()
    for path in paths or ((),):
        item = session.graph.item(path) if path else None
        body = item.body if isinstance(item, Group) else session.graph if item is None else None
        inside = body.walk(path) if body is not None else ((path, item),)
        blocks.update(at for at, one in inside if isinstance(one, Node) and not is_fixed(one))
    reports = (session.analysis.nodes.get(path) for path in blocks)
    return sum(1 for report in reports if report is None or report.state in ("error", "waiting")), len(blocks)


def cost_of(session: Session, paths: frozenset[Path]) -> Cost | None:
    """The cost of a selection, or of everything when it is empty; a node inside a selected group counts once."""
    if session.analysis is None:
        return None
    if not paths:
        return session.analysis.total
    outer = [path for path in paths if not any(path[:n] in paths for n in range(1, len(path)))]
    reports = [report for path in outer if (report := session.analysis.nodes.get(path))]
    total = Cost()
    for report in reports:
        total = total + report.cost
    return total if reports else None
