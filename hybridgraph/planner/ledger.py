"""What the walk finds and measures on its way, and the scope it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hybridgraph.analysis import Cost, Finding, NodeReport, Severity, State
from hybridgraph.graph.model import Graph, Group, Item, Node, Path
from hybridgraph.graph.values import Literal_, Position
from hybridgraph.graph.wiring import name_in, title_of
from hybridgraph.plan import Measure, Source, Stage, Step
from hybridgraph.shapes import Shape, size
from hybridgraph.spec import Catalogue

BYTES_PER_VALUE = 4
AMBIGUOUS = ("two-images", "two-outputs")
"""Codes of findings that leave open which network is meant."""


@dataclass(slots=True, kw_only=True)
class Tensor:
    """The memory behind a wire in fp32: which node made it, its bytes for one image, and whether autograd keeps it."""

    maker: Path
    bytes: int
    is_kept: bool = False

    @classmethod
    def of(cls, shape: Shape, maker: Path) -> Tensor:
        """That of a new tensor of this shape."""
        return cls(maker=maker, bytes=BYTES_PER_VALUE * size(shape))


@dataclass(slots=True, kw_only=True)
class Scope:
    """One repeat of one body on the way: where it is, what its parameters resolve to, which shapes are known.

    `tensors` holds the memory behind each wire in `wires`.
    """

    path: Path
    titles: tuple[str, ...] = ()
    body: Graph
    env: Mapping[str, Literal_]
    where: Position
    wires: dict[Source, Shape]
    tensors: dict[Source, Tensor]
    steps: dict[str, Step | Stage] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Ledger:
    """The findings and reports so far, with the catalogue and the measure that everything is judged by.

    `net_index` counts the repeats passed that take part in ramps over the whole network, of `net_count`.
    """

    catalogue: Catalogue
    measure: Measure
    net_count: int
    net_index: int = 0
    reports: dict[Path, NodeReport] = field(default_factory=dict)
    findings: dict[tuple[str, Path, str], Finding] = field(default_factory=dict)

    def find(
        self,
        path: Path,
        code: str,
        message: str,
        hint: str = "",
        *,
        port: str = "",
        severity: Severity = "error",
    ) -> None:
        """Keep a finding; the same one from a later repeat is the same finding."""
        key = (code, path, port)
        if key not in self.findings:
            self.findings[key] = Finding(
                severity=severity, code=code, message=message, hint=hint, path=path, port=port
            )

    def excuse(self, nodes: Iterable[str]) -> None:
        """Turn what is wrong with these nodes, which the output does not depend on, into warnings.

        A block just dropped on the canvas does not keep the network around it from running.
        """
        idle = set(nodes)
        for key, finding in self.findings.items():
            if finding.path and finding.path[0] in idle and finding.code not in AMBIGUOUS:
                severity: Severity = "warning" if finding.severity == "error" else finding.severity
                self.findings[key] = replace(finding, severity=severity)

    def has_errors(self, path: Path = ()) -> bool:
        """Whether an error was found at or below `path`."""
        return any(f.severity == "error" and f.path[: len(path)] == path for f in self.findings.values())

    def report(
        self,
        path: Path,
        state: State,
        inputs: Mapping[str, Shape],
        outputs: Mapping[str, Shape] | None = None,
        cost: Cost | None = None,
        *,
        repeats: int = 1,
    ) -> None:
        """Add what one repeat told to the node's report: costs add up, the last output shape stays."""
        before = self.reports.get(path)
        if before is None or state != "ok":
            self.reports[path] = NodeReport(
                path=path,
                state=state,
                inputs=dict(inputs),
                outputs=dict(outputs or {}),
                cost=cost or Cost(),
                repeats=repeats,
            )
        else:
            self.reports[path] = replace(
                before,
                outputs=dict(outputs or {}),
                cost=before.cost + (cost or Cost()),
                repeats=before.repeats + repeats,
            )

    def keep(self, tensor: Tensor) -> None:
        """Count a wire's memory as kept by autograd, once, for the node that made it and the groups around that."""
        if tensor.is_kept:
            return
        tensor.is_kept = True
        more = Cost(activation_bytes=tensor.bytes)
        for length in range(1, len(tensor.maker) + 1):
            path = tensor.maker[:length]
            if (report := self.reports.get(path)) is not None:  # a group not yet done adds up its nodes later
                self.reports[path] = replace(report, cost=report.cost + more)

    def title(self, item: Item) -> str:
        """What a person calls the item."""
        return title_of(item, self.catalogue)

    def name(self, body: Graph, node: str) -> str:
        """What a person calls a node of this body: its title, with the id where another one has the same."""
        return name_in(body, node, self.catalogue)

    def place(self, scope: Scope, item: Item) -> str:
        """The item's title behind those of the groups around it."""
        return " › ".join([*scope.titles, self.title(item)])

    def first_output(self, item: Item) -> str:
        """The name of an item's first output port."""
        if isinstance(item, Group):
            return next(iter(item.outputs), "y")
        spec = self.catalogue.get(item.block)
        return spec.outputs[0].name if spec and spec.outputs else "y"

    def is_head(self, item: Item) -> bool:
        """Whether the item is a block that ends networks."""
        spec = self.catalogue.get(item.block) if isinstance(item, Node) else None
        return spec is not None and spec.family == "head"
