"""Opening a bundle: every file is known, whole and what the manifest says before any of it is used."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hybridgraph.archive import Archive, open_archive
from hybridgraph.errors import DocumentError, HybridGraphError
from hybridgraph.events import DataOpened, Environment, EpochFinished, Event, RunStarted, Step, read_events
from hybridgraph.graph import files, guarded_json
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import JOB_FILE, TrainJob, load_job
from hybridgraph.reproduction.bundle import (
    BEST_NAME,
    DATA,
    FORMAT,
    MANIFEST,
    README,
    START_NAME,
    VERSION,
)
from hybridgraph.runs.evaluation import EVALUATION_FILE
from hybridgraph.runs.store import EVENTS_FILE, GRAPH_FILE, MODEL_FILE

Kind = TypeVar("Kind", bound=Event)
_NEEDED = (GRAPH_FILE, JOB_FILE, MODEL_FILE, EVENTS_FILE)
_KNOWN = frozenset((*_NEEDED, MANIFEST, README, EVALUATION_FILE, START_NAME, BEST_NAME))
_MOST_TEXT = 256 * 2**20
_HINT = "Make or copy the bundle again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle holds. `source` is to be compared, never run; `weights` names the tensors that came out, if known."""

    path: Path
    archive: Archive
    name: str
    graph: Graph
    graph_text: str
    job: TrainJob
    source: str
    weights: str
    starts: tuple[RunStarted, ...]
    machines: tuple[Environment, ...]
    data: DataOpened | None
    steps: tuple[Step, ...]
    epochs: tuple[EpochFinished, ...]

    @property
    def has_data(self) -> bool:
        """Whether the pictures are in it."""
        return any(name.startswith(DATA) for name in self.archive.names)

    @property
    def has_start(self) -> bool:
        """Whether the training began with weights that are in it."""
        return START_NAME in self.archive.names


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a bundle. Raises DocumentError with one sentence for whatever is wrong with it."""
    with open_archive(path) as archive:
        manifest = _manifest(archive)
        _check_files(archive, manifest)
        with tempfile.TemporaryDirectory(prefix="hybridgraph-") as name:
            yield _read(archive, manifest, Path(name))


def _manifest(archive: Archive) -> Mapping[str, Any]:
    path = archive.path
    if MANIFEST not in archive.names:
        raise DocumentError(
            f"{path} is no bundle of a run: it lacks {MANIFEST}.", "hybridgraph bundle makes one."
        )
    called = f"{MANIFEST} in {path}"
    content = guarded_json.data_of(guarded_json.text_of(archive.read(MANIFEST, _MOST_TEXT), called), called)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DocumentError(f"{path} is no bundle of a run: its manifest is of another format.")
    version = content.get("version")
    if type(version) is not int or version > VERSION:
        raise DocumentError(
            f"{path} has version {version!r}; this HybridGraph reads up to {VERSION}.",
            "Reproduce it with a newer HybridGraph.",
        )
    return content


def _check_files(archive: Archive, manifest: Mapping[str, Any]) -> None:
    """The files are those of the manifest, and each has the content that it says."""
    path, listed = archive.path, manifest.get("files")
    if not isinstance(listed, dict) or not all(isinstance(entry, dict) for entry in listed.values()):
        raise DocumentError(f"The manifest of {path} lists no files.", _HINT)
    present = set(archive.names) - {MANIFEST}
    if missing := sorted({*listed, *_NEEDED} - present):
        raise DocumentError(f"{path} is incomplete: it lacks {missing[0]}.", _HINT)
    strange = sorted(name for name in present if name not in _KNOWN and not name.startswith(DATA))
    if unlisted := strange or sorted(present - set(listed)):
        raise DocumentError(
            f"{path} holds {unlisted[0]!r}, which is no part of a bundle.", "Nothing was unpacked."
        )
    for name in sorted(present):
        if archive.size(name) != listed[name].get("bytes") or archive.digest(name) != listed[name].get(
            "sha256"
        ):
            raise DocumentError(
                f"In {path}, {name} was changed: its SHA-256 is not that of the manifest.", _HINT
            )


def _read(archive: Archive, manifest: Mapping[str, Any], folder: Path) -> Bundle:
    try:
        for name in (JOB_FILE, EVENTS_FILE):
            archive.unpack(name, folder, name)
        job = load_job(folder / JOB_FILE)
        events = read_events(folder / EVENTS_FILE)[0]
    except HybridGraphError as error:
        message = error.message.replace(str(folder), str(archive.path))
        raise DocumentError(message, error.hint) from error
    if not isinstance(job, TrainJob):
        raise DocumentError(f"{archive.path} holds a {job.kind} run, not a training.")
    called = f"{GRAPH_FILE} in {archive.path}"
    graph_text = guarded_json.text_of(archive.read(GRAPH_FILE, files.MAX_BYTES), called)
    graph = files.loads(graph_text, called)
    epochs = _of(events, EpochFinished)
    if not epochs:
        raise DocumentError(
            f"{archive.path} holds no finished epoch, so there is nothing to compare with.", _HINT
        )
    opened = _of(events, DataOpened)
    return Bundle(
        path=archive.path,
        archive=archive,
        name=str(manifest.get("name") or "run"),
        graph=graph,
        graph_text=graph_text,
        job=job,
        source=guarded_json.text_of(archive.read(MODEL_FILE, _MOST_TEXT), f"{MODEL_FILE} in {archive.path}"),
        weights=str(manifest.get("weights") or ""),
        starts=_of(events, RunStarted),
        machines=_of(events, Environment),
        data=opened[-1] if opened else None,
        steps=_of(events, Step),
        epochs=epochs,
    )


def _of(events: list[Event], kind: type[Kind]) -> tuple[Kind, ...]:
    return tuple(event for event in events if isinstance(event, kind))
