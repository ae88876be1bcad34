"""What the cards and wires say: values derived from the graph and the engine's answer, compared and painted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import log2
from typing import Literal

from app.canvas import wording
from app.canvas.wording import Scope
from app.language import mark, tr
from hybridgraph.analysis import Analysis, Cost, Finding, NodeReport, State
from hybridgraph.figures.stages import family_of
from hybridgraph.graph.model import Edge, Graph, Group, Item, Path, is_fixed, is_port
from hybridgraph.shapes import Shape, size
from hybridgraph.spec import ANY, SAME, Catalogue

Overlay = Literal["none", "shape", "params", "macs", "memory", "heat"]
OVERLAYS: dict[Overlay, tuple[str, str]] = {
    "shape": (mark("Output shape"), ""),
    "params": (mark("Parameters"), ""),
    "macs": (mark("MACs for one image"), ""),
    "memory": (mark("Activations for one image"), "B"),
}
"""The overlays that come from the analysis: title and unit. `heat` brings its own."""

THIN, THICK = 2.0, 6.0
_BYTES_THIN, _BYTES_THICK = 16.0, 26.0  # log2 of the activation bytes at the two ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number for each path that an overlay shows, and the largest one, which fills the bar."""

    title: str = ""
    unit: str = ""
    values: Mapping[Path, float] = field(default_factory=dict)
    top: float = 0.0
    stale: bool = False
    changed: frozenset[Path] | None = None

    def is_stale(self, path: Path) -> bool:
        """Whether the number of this path is of a design before an edit that concerns it."""
        return self.stale and (self.changed is None or path in self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foot:
    """The bar at a card's foot: how far it is filled, and the number beside it."""

    fraction: float
    text: str
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything painted on a node, or on a container (then `repeat` is its count)."""

    title: str
    line: str
    family: str
    symbol: str = ""
    state: State = "ok"
    severity: str = ""
    notes: tuple[str, ...] = ()
    faulty_ports: frozenset[str] = frozenset()
    tapers: bool = False
    inside: tuple[str, ...] = ()
    foot: Foot | None = None
    kinds: tuple[tuple[str, str], ...] = ()
    once: bool = False
    frozen: bool = False
    recomputed: bool = False
    linked: bool = False
    repeat: int = 0
    shape: str = ""
    share: str = ""
    footer: str = ""

    @property
    def spoken(self) -> str:
        """The card for a screen reader: what it is, how it is doing, what it gives."""
        parts = [self.title, self.line]
        if self.state == "bypassed":
            parts.append(tr("bypassed"))
        if self.frozen:
            parts.append(tr("frozen"))
        if self.recomputed:
            parts.append(tr("computed again in training"))
        if self.linked:
            parts.append(tr("linked copy"))
        if self.repeat > 1:
            parts.append(tr("{repeat} repeats", repeat=self.repeat))
        if self.shape:
            parts.append(tr("output {shape}", shape=self.shape))
        parts.extend(self.notes[:1])
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLook:
    """How a wire is drawn: its width by the bytes it carries, its label in full and in short, and its state."""

    width: float = THIN
    label: str = ""
    short: str = ""
    quiet: bool = False  # leads to a gate: the wire outside says the same
    state: Literal["ok", "error", "waiting", "unknown"] = "unknown"


_UNKNOWN = WireLook()
Marks = Mapping[Path, tuple[Finding, ...]]


class Reader:
    """Reads cards and wires off one graph and what is known about it."""

    def __init__(self, catalogue: Catalogue, analysis: Analysis | None, measure: Measure | None) -> None:
        self._catalogue = catalogue
        self.nodes: Mapping[Path, NodeReport] = analysis.nodes if analysis else {}
        self._total = analysis.total if analysis else Cost()
        self.measure = measure
        marks: dict[Path, list[Finding]] = {}
        for finding in analysis.findings if analysis else ():
            marks.setdefault(finding.path, []).append(finding)
        self.marks: Marks = {path: tuple(found) for path, found in marks.items()}
        self._plain: dict[tuple[object, ...], Card] = {}  # by all that a card shows of which nothing is known

    def findings(self, path: Path, *, whole: bool) -> tuple[Finding, ...]:
        """The findings pinned to a path; with `whole`, also those of everything inside it."""
        own = self.marks.get(path, ())
        if not whole or not self.marks:
            return own
        inner = [
            f
            for place, found in self.marks.items()
            if len(place) > len(path) and place[: len(path)] == path
            for f in found
        ]
        return (*own, *inner)

    def basis(self, path: Path, item: Item) -> tuple[object, ...]:
        """All that the engine's answer gives to a card: while it is equal, so is the card."""
        is_group = isinstance(item, Group)
        measure = self.measure
        return (
            self.nodes.get(path),
            self.findings(path, whole=is_group),
            self._total.macs if is_group else 0,
            (measure.title, measure.top, measure.values.get(path), measure.is_stale(path))
            if measure
            else None,
        )

    def card(self, path: Path, item: Item, scope: Scope) -> Card:
        """The card of a node or the head of a container."""
        if isinstance(item, Group) or scope or path in self.nodes or path in self.marks or self.measure:
            return self._card(path, item, scope)
        looks = (item.block, item.title, item.once, item.bypass, item.freeze, item.recompute)
        key = (*looks, *(f"{name}={value!r}" for name, value in item.params.items()))
        card = self._plain.get(key)
        if card is None:
            card = self._plain[key] = self._card(path, item, scope)
        return card

    def _card(self, path: Path, item: Item, scope: Scope) -> Card:
        report = self.nodes.get(path)
        inputs: Mapping[str, Shape] = report.inputs if report else {}
        outputs: Mapping[str, Shape] = report.outputs if report else {}
        found = self.findings(path, whole=isinstance(item, Group) and item.collapsed)
        if isinstance(item, Group) and not item.collapsed:  # its ports are on its edge and have no cards
            gates = ((*path, name) for name, inner in item.body.nodes.items() if is_fixed(inner))
            found += tuple(finding for gate in gates for finding in self.marks.get(gate, ()))
        card = Card(
            title=wording.title_of(item, self._catalogue),
            line="",
            family=family_of(item, self._catalogue),
            state="bypassed" if item.bypass else report.state if report else "ok",
            severity=worst(found),
            notes=tuple(str(finding) for finding in found),
            faulty_ports=frozenset(f.port for f in found if f.port and f.severity == "error"),
            foot=self._foot(path, report),
            kinds=tuple((name, shape.kind) for name, shape in (*inputs.items(), *outputs.items())),
            once=item.once,
            frozen=item.freeze,
            recomputed=item.recompute,
            shape=str(next(iter(outputs.values()), "")),
        )
        if isinstance(item, Group):
            part = wording.share(report.cost.macs, self._total.macs) if report and outputs else ""
            return replace(
                card,
                line=wording.contents_title(item, self._catalogue),
                repeat=item.repeat,
                linked=bool(item.link),
                share=tr("{part} MACs", part=part) if part else "",
                footer=wording.first_differences(item, inputs, outputs),
            )
        spec = self._catalogue.get(item.block)
        return replace(
            card,
            line=wording.line_of(item, spec, scope, inputs),
            symbol=spec.symbol if spec else "?",
            # Inside a stage only the first repeat changes the resolution; the footer says so.
            tapers=len(path) == 1 and wording.drops_resolution(inputs, outputs),
            inside=tuple(text for text in ((spec.equation, spec.summary) if spec else ()) if text),
        )

    def _foot(self, path: Path, report: NodeReport | None) -> Foot | None:
        measure = self.measure
        if measure is None:
            return None
        if measure.title == tr(OVERLAYS["shape"][0]):
            shape = next(iter(report.outputs.values()), None) if report else None
            return Foot(fraction=0.0, text=str(shape)) if shape else None
        value = measure.values.get(path)
        if not value:
            return None
        fraction = value / measure.top if measure.top > 0 else 0.0
        return Foot(
            fraction=min(max(fraction, 0.0), 1.0),
            text=wording.quantity(value, measure.unit),
            stale=measure.is_stale(path),
        )

    def wire(self, at: Path, edge: Edge, body: Graph) -> WireLook:
        """The look of one wire in the body at `at`."""
        if not self.nodes and not self.marks:
            return _UNKNOWN
        shape = self._carried(at, edge, body)
        source, target = self.nodes.get((*at, edge.source)), self.nodes.get((*at, edge.target))
        faulty = any(
            f.severity == "error" and f.port == edge.target_port
            for f in self.marks.get((*at, edge.target), ())
        )
        if faulty:
            state: Literal["ok", "error", "waiting", "unknown"] = "error"
        elif source is not None and source.state in ("error", "waiting"):
            state = "waiting"
        else:
            state = "ok" if shape is not None or target is not None else "unknown"
        if shape is None:
            return WireLook(state=state)
        ends = (body.nodes.get(edge.source), body.nodes.get(edge.target))
        return WireLook(
            width=wire_width(4 * size(shape)),
            label=str(shape),
            short=wording.compact(shape),
            quiet=any(getattr(item, "block", "") in ("input", "output") for item in ends),
            state=state,
        )

    def _carried(self, at: Path, edge: Edge, body: Graph) -> Shape | None:
        item = body.nodes.get(edge.source)
        if item is not None and is_port(item, "input"):
            outer = self.nodes.get(at)
            found = self.nodes.get((*at, edge.source))
            shape = next(iter(found.outputs.values()), None) if found else None
            return shape or (outer.inputs.get(edge.source) if outer else None)
        report = self.nodes.get((*at, edge.source))
        return report.outputs.get(edge.source_port) if report else None


def wire_width(activation_bytes: int) -> float:
    """2 px for 64 KiB and less, growing with the logarithm to 6 px for 64 MiB and more."""
    if activation_bytes <= 0:
        return THIN
    along = (log2(activation_bytes) - _BYTES_THIN) / (_BYTES_THICK - _BYTES_THIN)
    return round(THIN + (THICK - THIN) * min(max(along, 0.0), 1.0), 1)


def worst(findings: Iterable[Finding]) -> str:
    """The worst severity among findings; empty when there are none."""
    found = {finding.severity for finding in findings}
    return next((severity for severity in ("error", "warning", "advice") if severity in found), "")


def measured(overlay: Overlay, analysis: Analysis | None) -> Measure | None:
    """The numbers of an overlay that the analysis knows. Bars are relative to the most costly block."""
    if overlay in ("none", "heat") or analysis is None:
        return None
    title, unit = tr(OVERLAYS[overlay][0]), OVERLAYS[overlay][1]
    if overlay == "shape":
        return Measure(title=title)
    name = {"params": "params", "macs": "macs", "memory": "activation_bytes"}[overlay]
    values = {path: float(getattr(report.cost, name)) for path, report in analysis.nodes.items()}
    return Measure(title=title, unit=unit, values=values, top=most_costly(values))


def most_costly(values: Mapping[Path, float]) -> float:
    """The largest number of a block; groups, which sum up what is in them, are passed over.

    Told from the paths alone: numbers may be of a design before the last edit.
    """
    groups = {path[:-1] for path in values}
    return max((value for path, value in values.items() if path not in groups), default=0.0)


def port_kind(card: Card, name: str, declared: str) -> str:
    """The kind a port is drawn with: what really flows there, else what the block declares."""
    if declared in (ANY, SAME):
        return dict(card.kinds).get(name, declared)
    return declared
