"""What can be asked of a run by name: for filters, for sorting, and as the columns of a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from operator import itemgetter
from typing import Any, Literal

from hybridgraph.errors import RunError
from hybridgraph.runs.summary import Summary

Kind = Literal["text", "tags", "count", "number", "share", "bytes", "microseconds", "seconds", "time"]
"""How a value is written and compared; a time is in seconds since 1970, a share lies between 0 and 1."""
Value = str | float | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One thing a run tells: its name in filters, its heading, and how it is got."""

    name: str
    title: str
    kind: Kind
    get: Callable[[Summary], Value]
    doc: str
    aliases: tuple[str, ...] = ()


def _column(name: str, title: str, kind: Kind, doc: str, *aliases: str, of: str = "") -> Column:
    attribute = of or name

    def get(run: Summary) -> Value:
        value: Value = getattr(run, attribute)
        return value

    return Column(name=name, title=title, kind=kind, get=get, doc=doc, aliases=aliases)


def _age(run: Summary) -> Value:
    return time.time() - run.made_at


COLUMNS: tuple[Column, ...] = (
    _column("name", "Run", "text", "Name of the folder.", "run"),
    _column(
        "status", "Status", "text", "new, running, stopped, interrupted, failed, finished or unreadable."
    ),
    _column("design", "Design", "text", "Name of the design.", "preset"),
    _column(
        "top1", "Top-1", "share", "Share of validation pictures told right after the last epoch.", "accuracy"
    ),
    _column("best", "Best top-1", "share", "The highest top-1 of any epoch.", of="best_top1"),
    _column("loss", "Loss", "number", "Validation loss after the last epoch.", "val_loss"),
    _column("train_loss", "Training loss", "number", "Training loss of the last epoch."),
    _column("gap", "Gap", "number", "Validation loss less training loss."),
    _column("epochs", "Epochs", "count", "Epochs done."),
    _column("params", "Parameters", "count", "Weights of the network."),
    _column("latency", "Latency", "microseconds", "Time for one picture, of a profile.", of="latency_us"),
    _column("speed", "Pictures/s", "count", "Pictures per second."),
    _column("seconds", "Duration", "seconds", "Time spent in epochs.", "duration"),
    _column("data", "Data", "text", "The pictures, as the job names them."),
    _column("recipe", "Recipe", "text", "Card of the recipe."),
    _column("lr", "Learning rate", "number", "Highest learning rate.", of="learning_rate"),
    _column("batch", "Batch", "count", "Pictures in one step."),
    _column("size", "Size", "count", "Side of the pictures in px.", of="image_size"),
    _column("classes", "Classes", "count", "Classes told apart."),
    _column("seed", "Seed", "count", "Start of every random choice."),
    _column("device", "Device", "text", "What it ran on."),
    _column("precision", "Precision", "text", "Number format."),
    _column("machine", "Machine", "text", "Processor or accelerator."),
    _column("torch", "torch", "text", "Version of torch."),
    _column("program", "HybridGraph", "text", "Version of HybridGraph."),
    _column("kind", "Kind", "text", "train, profile or sweep."),
    _column("tags", "Tags", "tags", "What a person called it.", "tag"),
    _column("note", "Note", "text", "What a person wrote."),
    _column("made", "Made", "time", "When the run was made.", "date", of="made_at"),
    Column(name="age", title="Age", kind="seconds", get=_age, doc="Time since it was made."),
    _column("disk", "On disk", "bytes", "What deleting it frees.", of="size_bytes"),
    _column("problem", "Problem", "text", "Why it failed, or cannot be read."),
    _column("digest", "Network", "text", "Digest of the network."),
    _column("fingerprint", "Fingerprint", "text", "Fingerprint of the pictures.", of="data_digest"),
    _column("group", "Group", "text", "Equal for runs that differ in the seed alone."),
)

BY_NAME: Mapping[str, Column] = {name: one for one in COLUMNS for name in (one.name, *one.aliases)}


def find_column(name: str) -> Column:
    """The column of a name. Raises RunError, with the closest name, where there is none."""
    found = BY_NAME.get(name.lower())
    if found is None:
        close = get_close_matches(name.lower(), BY_NAME, 1)
        known = ", ".join(one.name for one in COLUMNS)
        raise RunError(
            f"Runs have no {name!r}.", f"Did you mean {close[0]}?" if close else f"They have {known}."
        )
    return found


def ordered(runs: Iterable[Summary], column: Column, *, is_descending: bool = False) -> list[Summary]:
    """The runs by a column; those that do not have it come last, equals stay as they stand."""
    having: list[tuple[Any, Summary]] = []
    lacking: list[Summary] = []
    for run in runs:
        value = column.get(run)
        if value in (None, "", ()):
            lacking.append(run)
        else:
            having.append((value.lower() if isinstance(value, str) else value, run))
    having.sort(key=itemgetter(0), reverse=is_descending)
    return [run for _, run in having] + lacking
