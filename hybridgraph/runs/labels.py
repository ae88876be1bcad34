"""What a person wrote on a run: its tags and a note, kept as `labels.json` in the folder of the run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from hybridgraph.errors import DocumentError, RunError
from hybridgraph.storage import write_atomic

LABELS_FILE = "labels.json"
VERSION = 1
MOST_TAGS = 64
LONGEST_TAG = 64
LONGEST_NOTE = 20_000
_MAX_BYTES = 200_000
_TAG = re.compile(r"[^\s,|:<>=!\"']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Tags in the order in which they were given, and a note."""

    tags: tuple[str, ...] = ()
    note: str = ""


def checked_tag(text: str) -> str:
    """The tag that a text names, without a leading '#'. Raises RunError for what cannot be one."""
    tag = text.strip().removeprefix("#")
    if not _TAG.fullmatch(tag) or tag.startswith("-") or len(tag) > LONGEST_TAG:
        raise RunError(
            f"{text.strip()[:40]!r} cannot be a tag.",
            f"A tag is one word of at most {LONGEST_TAG} letters, without spaces, commas, quotes or : < > = ! |.",
        )
    return tag


def load_labels(run: Path) -> Labels:
    """The labels of a run, none where it has no file of them. Raises RunError for a file that is none."""
    path = run / LABELS_FILE
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except FileNotFoundError:
        return Labels()
    except OSError as error:
        raise RunError(f"Cannot read the labels {path}: {error.strerror or error}.") from error
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RunError(f"The labels {path} are not valid JSON.", "Delete the file, or mend it.") from error
    tags, note = (content.get("tags"), content.get("note")) if isinstance(content, dict) else (None, None)
    if (
        not isinstance(tags, list)
        or not all(isinstance(tag, str) for tag in tags)
        or not isinstance(note, str)
    ):
        raise RunError(f"The file {path} holds no labels of a run.", "Delete the file, or mend it.")
    return Labels(tags=tuple(dict.fromkeys("".join(tag.split()) for tag in tags)), note=note)


def save_labels(run: Path, labels: Labels) -> None:
    """Write the labels of a run. Raises RunError when there are too many, or the disk refuses."""
    if len(labels.tags) > MOST_TAGS or len(labels.note) > LONGEST_NOTE:
        raise RunError(
            f"The run {run.name} would have more than {MOST_TAGS} tags or a note of more than {LONGEST_NOTE:,} letters.",
            "Take some away.",
        )
    content = {
        "format": "hybridgraph-labels",
        "version": VERSION,
        "tags": list(labels.tags),
        "note": labels.note,
    }
    try:
        write_atomic(run / LABELS_FILE, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    except DocumentError as error:
        raise RunError(f"The run {run.name} cannot be labelled. {error.message}", error.hint) from error


def retag(run: Path, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Labels:
    """Give a run tags and take others away; answers what it has then. Raises RunError."""
    labels = load_labels(run)
    gone = {checked_tag(tag) for tag in remove}
    tags = dict.fromkeys((*labels.tags, *map(checked_tag, add)))
    changed = replace(labels, tags=tuple(tag for tag in tags if tag not in gone))
    if changed != labels:
        save_labels(run, changed)
    return changed


def annotate(run: Path, note: str) -> Labels:
    """Put a note on a run in place of the one it has; an empty one takes it away. Raises RunError."""
    labels = load_labels(run)
    changed = replace(labels, note=note.strip())
    if changed != labels:
        save_labels(run, changed)
    return changed
