"""What running a graph on the meta device told: shapes, costs and findings. Values without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from hybridgraph import shapes
from hybridgraph.graph.model import Path
from hybridgraph.shapes import Shape

Severity = Literal["error", "warning", "advice"]
State = Literal["ok", "error", "waiting", "bypassed"]
Verdict = Literal["agree", "differ", "partly", "once", "none"]
TOLERANCE = 0.005
"""The share by which two counts may differ and are still said to agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a person should know of the graph, pinned to the node and port that cause it.

    `path` is () when it concerns the whole graph. `code` is a stable word for tests and for repairs.
    """

    severity: Severity
    code: str
    message: str
    hint: str = ""
    path: Path = ()
    port: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """The second count of parameters and MACs, by closed formulas, and how far it lies from the first.

    `blocks` have a formula and `params` and `macs` are the sums of those; `lone` have none, and `lone_params` and
    `lone_macs` are what the engine alone counts for them. `gap` is the largest difference of any block, as a share of
    what was dispatched.
    """

    params: int = 0
    macs: int = 0
    blocks: int = 0
    lone_params: int = 0
    lone_macs: int = 0
    lone: int = 0
    gap: float = 0.0

    def __add__(self, other: Second) -> Second:
        return self._with(other, 1)

    def __sub__(self, other: Second) -> Second:
        return self._with(other, -1)

    def _with(self, other: Second, sign: int) -> Second:
        return Second(
            params=self.params + sign * other.params,
            macs=self.macs + sign * other.macs,
            blocks=self.blocks + sign * other.blocks,
            lone_params=self.lone_params + sign * other.lone_params,
            lone_macs=self.lone_macs + sign * other.lone_macs,
            lone=self.lone + sign * other.lone,
            gap=max(self.gap, other.gap),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Parameters, multiply-adds and memory of one image's forward pass. 1 MAC = 2 FLOPs.

    Parameters and MACs are counted from the operations dispatched; `second` is their count by closed formulas.
    `activation_bytes` is what autograd keeps for the backward pass in fp32, for one image; a tensor counts where it
    was made.
    """

    params: int = 0
    macs: int = 0
    activation_bytes: int = 0
    second: Second = Second()

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            params=self.params + other.params,
            macs=self.macs + other.macs,
            activation_bytes=self.activation_bytes + other.activation_bytes,
            second=self.second + other.second,
        )

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            params=self.params - other.params,
            macs=self.macs - other.macs,
            activation_bytes=self.activation_bytes - other.activation_bytes,
            second=self.second - other.second,
        )

    @property
    def verdict(self) -> Verdict:
        """Whether both counts agree, wherever there are two: "partly" where some blocks have no formula."""
        second = self.second
        if second.gap > TOLERANCE:
            return "differ"
        if second.lone:
            return "partly" if second.blocks else "once"
        return "agree" if second.blocks else "none"

    @property
    def by_formula(self) -> tuple[int, int]:
        """Parameters and MACs with the closed formulas' count wherever there is one."""
        second = self.second
        return second.params + second.lone_params, second.macs + second.lone_macs


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReport:
    """One node or group: the shapes on its ports and its cost, summed over all repeats.

    `inputs` are those of the first repeat, `outputs` those of the last. `state` is "waiting" downstream of a break.
    A node that is bypassed, or in a bypassed group, has no shapes and no cost.
    """

    path: Path
    state: State = "ok"
    inputs: Mapping[str, Shape] = field(default_factory=dict)
    outputs: Mapping[str, Shape] = field(default_factory=dict)
    cost: Cost = Cost()
    repeats: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Everything the engine found out about the graph with this digest."""

    digest: str
    nodes: Mapping[Path, NodeReport]
    findings: tuple[Finding, ...] = ()
    total: Cost = Cost()
    input: Shape | None = None
    output: Shape | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the graph from being compiled."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


def encode(analysis: Analysis) -> dict[str, Any]:
    """The analysis as JSON-ready data."""

    def named(ports: Mapping[str, Shape]) -> dict[str, Any]:
        return {name: shapes.encode(shape) for name, shape in ports.items()}

    return {
        "digest": analysis.digest,
        "nodes": [
            {
                "path": list(report.path),
                "state": report.state,
                "inputs": named(report.inputs),
                "outputs": named(report.outputs),
                "cost": asdict(report.cost),
                "repeats": report.repeats,
            }
            for report in analysis.nodes.values()
        ],
        "findings": [{**asdict(finding), "path": list(finding.path)} for finding in analysis.findings],
        "total": asdict(analysis.total),
        "input": shapes.encode(analysis.input) if analysis.input else None,
        "output": shapes.encode(analysis.output) if analysis.output else None,
    }


def decode(data: Mapping[str, Any]) -> Analysis:
    """The inverse of `encode`, after JSON."""

    def named(ports: Mapping[str, Any]) -> dict[str, Shape]:
        return {name: shapes.decode(shape) for name, shape in ports.items()}

    reports = [
        NodeReport(
            path=tuple(entry["path"]),
            state=entry["state"],
            inputs=named(entry["inputs"]),
            outputs=named(entry["outputs"]),
            cost=_cost(entry["cost"]),
            repeats=entry["repeats"],
        )
        for entry in data["nodes"]
    ]
    return Analysis(
        digest=data["digest"],
        nodes={report.path: report for report in reports},
        findings=tuple(Finding(**{**entry, "path": tuple(entry["path"])}) for entry in data["findings"]),
        total=_cost(data["total"]),
        input=shapes.decode(data["input"]) if data["input"] else None,
        output=shapes.decode(data["output"]) if data["output"] else None,
    )


def _cost(data: Mapping[str, Any]) -> Cost:
    return Cost(**{**data, "second": Second(**data["second"])})
