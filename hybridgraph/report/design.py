"""The part of a report that is about the design: its figure, its stages and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from hybridgraph.comparison.wording import number
from hybridgraph.errors import ExportError
from hybridgraph.figures import stages as rows
from hybridgraph.figures.figure import figure
from hybridgraph.figures.look import PAGE, look
from hybridgraph.report.content import Facts, Paragraph, Part, Picture, Section, Table
from hybridgraph.report.evidence import Evidence


def design(evidence: Evidence) -> Section:
    """Figure, stages and costs."""
    return Section(title="Design", parts=tuple(_parts(evidence)))


def _parts(evidence: Evidence) -> Iterator[Part]:
    graph, analysis, catalogue = evidence.graph, evidence.analysis, evidence.catalogue
    for finding in analysis.errors:
        yield Paragraph(
            text=f"The design has an error, so its numbers are incomplete: {finding}", kind="warning"
        )
    try:
        light, dark = (
            figure(graph, analysis, catalogue, look=look(colours, transparent=True), size=PAGE)
            for colours in ("light", "dark")
        )
    except ExportError as error:
        yield Paragraph(text=f"{error}", kind="note")
        return
    yield Picture(
        name="design",
        caption=f"The design {graph.name or 'without a name'}: a box for each stage, coloured by its inductive bias.",
        light=light,
        dark=dark,
    )
    yield _stages(evidence)
    yield Facts(rows=tuple(_costs(evidence)))


def _stages(evidence: Evidence) -> Table:
    analysis = evidence.analysis
    latency = evidence.latency
    measured = latency.forward_us if latency else {}
    lines = []
    for stage in rows.stages(evidence.graph, analysis, evidence.catalogue):
        report = analysis.nodes.get((stage.id,))
        memory = report.cost.activation_bytes if report and report.state == "ok" else None
        block = f"{stage.entry}, then {stage.block}" if stage.entry else stage.block
        line = [
            stage.name,
            "bypassed" if stage.is_bypassed else block,
            str(stage.repeat) if stage.repeat > 1 or stage.block else "",
            str(stage.shape) if stage.shape else "–",
            number("params", stage.params) if stage.params else "–",
            number("macs", stage.macs) if stage.macs else "–",
            f"{100 * stage.share:.1f} %" if stage.share else "–",
            number("activation_bytes", memory) if memory else "–",
        ]
        if measured:
            line.append(number("latency_us", measured.get((stage.id,))))
        lines.append(tuple(line))
    total = analysis.total
    last = ["Total", "", "", "", number("params", total.params), number("macs", total.macs), "", number("activation_bytes", total.activation_bytes)]  # fmt: skip
    if measured and latency:
        last.append(number("latency_us", latency.total_us))
    head = ("stage", "block", "repeat", "output", "parameters", "MACs", "share", "activations")
    return Table(
        name="stages",
        caption="The stages of the design. Costs are those of one picture; 1 MAC is 2 FLOPs; activations are what "
        "training keeps for the backward pass in fp32."
        + (f" Forward time for one picture, {latency.setting}." if latency and measured else ""),
        head=(*head, "forward") if measured else head,
        rows=tuple(lines),
        texts=2,
        total=tuple(last),
    )


def _costs(evidence: Evidence) -> Iterator[tuple[str, str]]:
    analysis = evidence.analysis
    total = analysis.total
    if analysis.input is not None:
        yield "Input", str(analysis.input)
    if analysis.output is not None:
        yield "Output", str(analysis.output)
    yield "Parameters", f"{total.params:,}, {number('activation_bytes', 4 * total.params)} in fp32"
    yield "Forward pass of one picture", f"{total.macs:,} MACs, {number('macs', 2 * total.macs)} FLOPs"
    yield (
        "Activations kept in training",
        f"{number('activation_bytes', total.activation_bytes)} a picture in fp32",
    )
    if evidence.latency and evidence.latency.total_us is not None:
        text = number("latency_us", evidence.latency.total_us)
        yield "Forward time of one picture", f"{text}, measured with {evidence.latency.setting}"
