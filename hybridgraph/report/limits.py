"""The part of a report that tells what a model is for and where it ends: its card, and the limits its run shows."""

from __future__ import annotations

from collections.abc import Iterator

from hybridgraph.report.card import FIELDS
from hybridgraph.report.content import Facts, Listing, Paragraph, Part, Section
from hybridgraph.report.evidence import Evidence, Training
from hybridgraph.report.training import percent

_FEW = 10
"""A class with fewer validation pictures than this has figures that say little."""
_SOURCE = (
    "A model card tells what a model is for, how it was evaluated and where it should not be used; its headings are those "
    "of M. Mitchell et al., Model Cards for Model Reporting (FAT* 2019). What the program cannot know is written by the "
    "model's authors."
)


def card(evidence: Evidence) -> Section:
    """The authors' words, and the limits that the run itself shows."""
    own = evidence.card
    parts: list[Part] = [Paragraph(text=_SOURCE, kind="note")]
    if own.text:
        parts += [Paragraph(text=each.strip()) for each in own.text.split("\n\n") if each.strip()]
    else:
        filled = [(title, own.fields[name]) for name, (title, _) in FIELDS.items() if name in own.fields]
        missing = [title.lower() for name, (title, _) in FIELDS.items() if name not in own.fields]
        parts += [Facts(rows=tuple(filled))] if filled else []
        parts += [Paragraph(text=f"Not stated: {', '.join(missing)}.", kind="note")] if missing else []
    parts += [Paragraph(text="Known limits:"), Listing(items=tuple(limits(evidence)))]
    return Section(title="Model card", parts=tuple(parts))


def limits(evidence: Evidence) -> Iterator[str]:
    """What follows from how the model was made, in sentences."""
    training = evidence.training
    if training is None:
        yield "The design has not been trained here: nothing is known of its accuracy."
        return
    job = training.job
    if training.status != "finished":
        yield f"The training is not complete: {len(training.epochs)} of {job.epochs} epochs are done."
    if training.epochs:
        yield (
            "The weights that are kept are those of the epoch that was best on the validation pictures, so their accuracy "
            "there is somewhat too high for new pictures. There is no third set of pictures."
        )
    yield f"There is one training with the seed {job.seed}; how far others would differ is not known."
    yield (
        f"The network takes pictures of {job.image_size} × {job.image_size} px, "
        f"{'grey' if job.channels_in == 1 else 'in colour'}, of which the middle square is looked at; it always answers with "
        f"one of {job.classes} classes, also for a picture of something else."
    )
    yield from _of_classes(training)
    yield "It was not tested on pictures of another source, nor against disturbed or hostile ones."


def _of_classes(training: Training) -> Iterator[str]:
    kept = training.evaluation
    if kept is None:
        return
    known = [each for each in kept.figures() if each.recall is not None]
    if len(known) > 1:
        worst = min(known, key=lambda each: each.recall or 0.0)
        best = max(known, key=lambda each: each.recall or 0.0)
        yield (
            f"Classes differ: of {worst.name!r} it finds {percent(worst.recall)} %, of {best.name!r} "
            f"{percent(best.recall)} %."
        )
    few = [each for each in kept.figures() if each.support < _FEW]
    if few:
        names = ", ".join(repr(each.name) for each in few[:5]) + (" and others" if len(few) > 5 else "")
        yield f"{len(few)} of {len(kept.classes)} classes have fewer than {_FEW} validation pictures: {names}."
    counts = training.data.train_counts if training.data else ()
    if counts and max(counts) >= 2 * max(min(counts), 1):
        yield f"Classes are not equally frequent: {min(counts):,} to {max(counts):,} training pictures in one."
