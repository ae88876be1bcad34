"""The part of a report that is about a training: how it went, its curves, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from math import isfinite

from hybridgraph.events import Failed
from hybridgraph.figures.look import look
from hybridgraph.jobs import split_data
from hybridgraph.recipes import Recipe
from hybridgraph.report import charts
from hybridgraph.report.content import Facts, Paragraph, Part, Picture, Section, Table
from hybridgraph.report.evidence import Training
from hybridgraph.report.reliability import reliability
from hybridgraph.runs.evaluation import ClassFigures, Evaluation, mean
from hybridgraph.runs.intervals import of_share
from hybridgraph.runs.predictions import BINS

MOST_ROWS = 60
"""Classes up to which each has its row; of more, those with the lowest F1 are shown."""
_WORST = 25
_MISTAKES = 12


def state(training: Training) -> tuple[str, bool]:
    """How the run stands in one sentence, and whether that is the end it was to have."""
    done, asked = len(training.epochs), training.job.epochs
    of = f"{done} of {asked} epochs"
    match training.status:
        case "finished":
            return f"Finished after {done} epoch{'s' if done != 1 else ''}.", True
        case "running":
            return f"The run is in progress: {of} are done, and the numbers are those of now.", False
        case "failed":
            reason = training.end.message if isinstance(training.end, Failed) else "it ended with an error."
            return f"The run failed after {of}: {reason}", False
        case "new":
            return "The run has not been started.", False
        case "stopped":
            return f"The run was stopped after {of} and can be resumed.", False
        case _:
            return f"The process ended before the run did, after {of}; it can be resumed.", False


def training(one: Training) -> Section:
    """What was asked for and how it went."""
    job = one.job
    sentence, is_good = state(one)
    kind, path = split_data(job.data)
    started = one.starts[0] if one.starts else None
    last = one.starts[-1] if one.starts else None
    rows = [
        ("Run", one.name),
        ("Data", f"{kind}: {path.name}" if path else "the bundled sample of Fashion-MNIST"),
    ]
    if started is not None and last is not None:
        begun = datetime.fromtimestamp(started.started_at, UTC)
        rows += [
            (
                "Begun",
                f"{begun:%Y-%m-%d %H:%M} UTC"
                + ("" if len(one.starts) == 1 else f", taken up {len(one.starts)} times"),
            )
        ]
        rows += [("Device", f"{last.device}, {last.precision}{', compiled' if last.compiled else ''}")]
    rows += [
        ("Epochs", f"{len(one.epochs)} of {job.epochs}"),
        ("Steps", f"{len(one.steps):,}" + (f", {last.steps_per_epoch:,} an epoch" if last else "")),
        ("Batch", f"{job.batch:,} pictures"),
        ("Seed", str(job.seed)),
    ]  # fmt: skip
    if one.epochs:
        rows += [
            ("Duration", _duration(one.seconds)),
            ("Speed", f"{one.epochs[-1].images_per_second:,.0f} pictures/s in training"),
        ]
    if one.warnings:
        rows += [("Warnings", f"{one.warnings}, named in the log of the run")]
    return Section(
        title="Training",
        parts=(
            Paragraph(text=sentence, kind="plain" if is_good else "warning"),
            Facts(rows=tuple(rows)),
            _recipe(job.recipe),
            *_curves(one),
        ),
    )


def results(one: Training) -> Section | None:
    """What the kept weights achieve; None before the first evaluation."""
    if not one.epochs:
        return None
    return Section(title="Results", parts=tuple(_results(one)))


def percent(share: float | None) -> str:
    """A share in percent with two decimals; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.2f}"


def _recipe(recipe: Recipe) -> Table:
    return Table(
        name="recipe",
        caption=f"The recipe: {recipe.card or 'own values'}. What is 0 is off.",
        head=("setting", "meaning", "value"),
        rows=tuple(
            (part.name.replace("_", " "), str(part.metadata["doc"]), _value(getattr(recipe, part.name)))
            for part in fields(recipe)
            if part.name != "card"
        ),
        texts=2,
    )


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{one:g}" for one in value) or "–"
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


def _curves(one: Training) -> Iterator[Part]:
    per_epoch = one.starts[-1].steps_per_epoch if one.starts else 0
    if not one.steps:
        yield Paragraph(text="No step has been taken, so there are no curves.", kind="note")
        return
    light, dark = (
        charts.curves(one.steps, one.epochs, per_epoch, look(colours)) for colours in ("light", "dark")
    )
    yield Picture(
        name="curves",
        caption="Loss and top-1 accuracy over the epochs. The loss of training includes label smoothing and augmentation, "
        "that of validation does not, so the two are not on one scale.",
        light=light,
        dark=dark,
    )


def _results(one: Training) -> Iterator[Part]:
    last = one.epochs[-1]
    best = max(one.epochs, key=lambda event: event.val_top1)
    kept = one.evaluation
    rows = [
        ("Last epoch", f"top-1 {percent(last.val_top1)} %, loss {_loss(last.val_loss)}"),
        ("Best epoch", f"number {best.epoch + 1}, top-1 {percent(best.val_top1)} %, loss {_loss(best.val_loss)}; its weights are kept"),
    ]  # fmt: skip
    if kept is not None and kept.count:
        low, high = of_share(kept.top1, kept.count)
        figures = kept.figures()
        rows += [
            ("Pictures", f"{kept.count:,} for validation"),
            ("95 % interval", f"{percent(low)} to {percent(high)} % (Wilson), over pictures; not over seeds"),
            ("Mean over classes", (f"precision {percent(mean([c.precision for c in figures]))} %, recall "
             f"{percent(mean([c.recall for c in figures]))} %, F1 {percent(mean([c.f1 for c in figures]))} %")),
        ]  # fmt: skip
    yield Facts(rows=tuple(rows))
    if kept is None:
        yield Paragraph(text="The run was made by a version that kept no confusion matrix.", kind="note")
        return
    yield from _confusion(kept)
    yield _classes(kept, one)
    yield from _calibration(one)


def _confusion(kept: Evaluation) -> Iterator[Part]:
    if len(kept.classes) <= charts.MOST_CLASSES:
        light, dark = (charts.confusion(kept, look(colours)) for colours in ("light", "dark"))
        yield Picture(
            name="confusion",
            caption=f"Confusion of the validation pictures after epoch {kept.epoch + 1}: a row for each true class, a column "
            "for what the network told; the shade is the share of the row.",
            light=light,
            dark=dark,
        )
    mistakes = kept.mistakes(_MISTAKES)
    if mistakes and len(kept.classes) > 3:
        yield Table(
            name="mistakes",
            caption="What is taken for what most often.",
            head=("true class", "told", "pictures"),
            rows=tuple((true, told, f"{count:,}") for true, told, count in mistakes),
            texts=2,
        )


def _calibration(one: Training) -> Iterator[Part]:
    found = one.calibration
    if found is None:
        return
    light, dark = (reliability(found, look(colours)) for colours in ("light", "dark"))
    yield Picture(
        name="calibration",
        caption=f"Confidence against accuracy in {BINS} equal bins, those without pictures left out: bars are what was told right, "
        f"strokes what was said. Expected calibration error {percent(found.ece)} %, the largest of a bin {percent(found.mce)} %; "
        "below, the pictures of each bin.",
        light=light,
        dark=dark,
    )


def _classes(kept: Evaluation, one: Training) -> Table:
    counts = one.data.train_counts if one.data and one.data.classes == kept.classes else ()
    figures = list(enumerate(kept.figures()))
    everything = len(figures)
    if everything > MOST_ROWS:
        figures = sorted(figures, key=lambda pair: _rank(pair[1]))[:_WORST]
    rows = [
        (
            each.name,
            f"{counts[index]:,}" if counts else "–",
            f"{each.support:,}",
            percent(each.precision),
            percent(each.recall),
            percent(each.f1),
        )
        for index, each in figures
    ]
    whole = kept.figures()
    shown = (
        ""
        if everything <= MOST_ROWS
        else f" The {_WORST} of {everything:,} classes with the lowest F1; all are in evaluation.json."
    )
    return Table(
        name="classes",
        caption=f"Precision, recall and F1 of each class in percent, with its pictures.{shown}",
        head=("class", "training", "validation", "precision", "recall", "F1"),
        rows=tuple(rows),
        total=(
            "mean over classes",
            f"{sum(counts):,}" if counts else "–",
            f"{kept.count:,}",
            percent(mean([each.precision for each in whole])),
            percent(mean([each.recall for each in whole])),
            percent(mean([each.f1 for each in whole])),
        ),
    )


def _rank(figures: ClassFigures) -> float:
    return 2.0 if figures.f1 is None else figures.f1


def _loss(loss: float) -> str:
    return f"{loss:.4f}" if isfinite(loss) else "not finite"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or f"{seconds:.1f} s"
