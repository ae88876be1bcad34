"""The part of a report that tells where its numbers come from: exports, pictures, machine and digests."""

from __future__ import annotations

from collections.abc import Iterator

from hybridgraph import __version__
from hybridgraph.comparison.wording import number
from hybridgraph.custom.uses import declared, uses
from hybridgraph.events import Environment
from hybridgraph.export.record import FORMAT_NAMES, ExportRecord
from hybridgraph.graph.model import digest
from hybridgraph.jobs import split_data
from hybridgraph.report.content import Facts, Paragraph, Section, Table
from hybridgraph.report.evidence import Evidence, Training


def exports(training: Training) -> Section | None:
    """How far each export is from the network it was made of; None without exports."""
    if not training.exports:
        return None
    rows = [_export(record) for record in training.exports]
    speeds = [_latency(record) for record in training.exports if record.latency]
    parts: list[Table] = [
        Table(
            name="exports",
            caption="Exports of these weights, each run in its own runtime and compared with the design's network on the "
            "same pictures before it was put in place.",
            head=("format", "runtime", "size", "batches", "difference", "of range", "same class"),
            rows=tuple(rows),
            texts=2,
        )
    ]
    if speeds:
        parts.append(
            Table(
                name="latency",
                caption="Time of one batch in the runtime of the export and in torch, medians of runs in turn.",
                head=("format", "runtime", "batch", "runtime (ms)", "torch (ms)", "ratio"),
                rows=tuple(row for each in speeds for row in each),
                texts=2,
            )
        )
    return Section(title="Exports", parts=tuple(parts))


def reproduction(training: Training) -> Section | None:
    """How the run compares with the one it repeats; None where it repeats none."""
    found = training.repeats
    if found is None:
        return None
    parts = [Paragraph(text=sentence) for sentence in found.sentences()]
    origin = Facts(rows=(("Bundle", found.bundle), ("SHA-256", found.sha256)), is_code=True)
    return Section(title="Reproduction", parts=(*parts, origin))


def data(training: Training) -> Section:
    """Counts, classes, split and fingerprint of the pictures."""
    job, opened = training.job, training.data
    kind, path = split_data(job.data)
    rows = [
        ("Kind", {"sample": "bundled sample of Fashion-MNIST", "idx": "idx files", "folder": "class folders"}[kind]),
        *([("Name", path.name)] if path else []),
        ("Pictures", (f"{job.image_size} × {job.image_size} px, {'grey' if job.channels_in == 1 else 'RGB'}; "
         "short side resized, middle cut out")),
    ]  # fmt: skip
    if opened is None:
        said = Paragraph(text="The fingerprint of the pictures was not recorded.", kind="note")
        return Section(title="Data", parts=(Facts(rows=tuple(rows)), said))
    least, most = min(opened.train_counts), max(opened.train_counts)
    names = ", ".join(opened.classes[:20]) + (
        f" and {len(opened.classes) - 20} more" if len(opened.classes) > 20 else ""
    )
    rows += [
        ("Classes", f"{len(opened.classes)}: {names}"),
        ("Training", f"{sum(opened.train_counts):,} pictures, {least:,} to {most:,} in a class"),
        ("Validation", f"{sum(opened.val_counts):,} pictures: {opened.split}"),
        ("Mean and deviation", f"{_triple(opened.mean)} and {_triple(opened.std)} on a scale of 0 to 1"),
        ("Fingerprint", f"{opened.digest} (BLAKE2b)"),
    ]
    return Section(title="Data", parts=(Facts(rows=tuple(rows)),))


def environment(training: Training) -> Section:
    """What the training was computed with."""
    if not training.machines:
        note = Paragraph(
            text="The run was made by a version that kept no record of its environment.", kind="note"
        )
        return Section(title="Environment", parts=(note,))
    parts: list[Facts | Paragraph] = []
    if len(training.machines) > 1:
        parts.append(
            Paragraph(
                text=f"The run was computed in {len(training.machines)} environments, one after the other."
            )
        )
    parts += [Facts(rows=tuple(_machine(machine))) for machine in training.machines]
    return Section(title="Environment", parts=tuple(parts))


def digests(evidence: Evidence) -> Section:
    """What a reader can check the files against."""
    rows = [("Network (hash of its structure)", digest(evidence.graph))]
    own = uses(evidence.graph) if evidence.training is None else declared(evidence.graph).values()
    rows += [(f"Own block {use.block}, {use.file}", use.sha256) for use in own]
    if evidence.training is not None:
        rows += list(evidence.training.files)
    note = Paragraph(
        text=f"SHA-256 of the run's files, as sha256sum prints it. Reported by HybridGraph {__version__}.",
        kind="note",
    )
    parts = (Facts(rows=tuple(rows), is_code=True), *((note,) if evidence.training else ()))
    return Section(title="Digests", parts=parts)


def _export(record: ExportRecord) -> tuple[str, ...]:
    name = FORMAT_NAMES[record.format] + (" fp16" if record.precision == "fp16" else "")
    exact = record.largest == 0.0
    return (
        name,
        record.runtime,
        number("activation_bytes", record.bytes),
        ", ".join(map(str, record.batches)),
        "none" if exact else f"{record.largest:.1e}",
        "bit-identical" if exact else f"{record.relative:.1e}",
        "–" if record.top1 is None else f"{100 * record.top1:.4g} %",
    )


def _latency(record: ExportRecord) -> list[tuple[str, ...]]:
    return [
        (
            FORMAT_NAMES[record.format],
            record.runtime,
            str(one.batch),
            f"{one.runtime_ms:.3g}",
            f"{one.torch_ms:.3g}",
            f"{one.ratio:.2f}",
        )
        for one in record.latency
    ]


def _machine(machine: Environment) -> Iterator[tuple[str, str]]:
    yield "HybridGraph", f"{machine.hybridgraph}, computing code {machine.code[:16]}"
    yield "Libraries", f"Python {machine.python}, torch {machine.torch}, numpy {machine.numpy}"
    if machine.accelerator:
        more = [
            f"{name} {value}" for name, value in (("CUDA", machine.cuda), ("cuDNN", machine.cudnn)) if value
        ]
        yield "Accelerator", ", ".join((machine.accelerator, *more))
    cores = f"{machine.threads} of {machine.cores} cores" if machine.cores else f"{machine.threads} threads"
    yield "Processor", f"{machine.processor}, {machine.instructions}, {cores} used"
    yield "Memory", number("activation_bytes", machine.memory_bytes)
    yield "System", machine.system


def _triple(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.4f}" for value in values) or "–"
