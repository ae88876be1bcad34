"""What was dropped on the window, and doing what a person expects of that."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.data.offering import offer
from app.language import tr
from hybridgraph.comparison.results import design_of
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.jobs import JOB_FILE, ProfileJob, SweepJob, TrainJob
from hybridgraph.runs import open_run
from hybridgraph.runs.store import GRAPH_FILE

if TYPE_CHECKING:
    from app.window import MainWindow

Kind = Literal["designs", "run", "program", "bundle", "pictures", "nothing"]
_PROGRAMS = (".onnx", ".pt2")
_MOST_DESIGNS = 12


def kind_of(paths: Sequence[Path]) -> Kind:
    """What these files and folders are, told without reading more than names."""
    if not paths:
        return "nothing"
    if all(path.name.endswith(files.SUFFIX) for path in paths):
        return "designs"
    first = paths[0]
    if len(paths) == 1:
        if first.is_dir() and (first / JOB_FILE).is_file() and (first / GRAPH_FILE).is_file():
            return "run"
        if first.is_dir() and _designs_in(first):
            return "designs"
        if first.suffix.lower() in _PROGRAMS:
            return "program"
        if first.suffix.lower() == ".zip" and _is_bundle(first):
            return "bundle"
    return "pictures" if source_of(paths) is not None else "nothing"


def source_of(paths: Sequence[Path]) -> Path | None:
    """The one file or folder of pictures that is meant: several files, or all folders of a folder, are that folder."""
    if len(paths) == 1:
        return paths[0]
    parents = {path.parent for path in paths}
    if len(parents) != 1:
        return None
    folder = parents.pop()
    if all(path.is_file() for path in paths):
        return paths[0]
    dropped = {path.name for path in paths if path.is_dir()}
    return (
        folder
        if dropped == {entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."}
        else None
    )


def in_words(paths: Sequence[Path]) -> str:
    """What would come of dropping these."""
    name = paths[0].name if paths else ""
    return {
        "designs": tr("Open {name}", name=name),
        "run": tr("Open the run {name}", name=name),
        "program": tr("Import {name}", name=name),
        "bundle": tr("Run {name} again", name=name),
        "pictures": tr("Look at the pictures in {name}", name=name),
        "nothing": tr("Drop one folder of pictures at a time"),
    }[kind_of(paths)]


def receive(window: MainWindow, paths: Sequence[Path]) -> None:
    """Do it."""
    kind = kind_of(paths)
    if kind == "designs":
        for path in paths:
            for design in _designs_in(path) if path.is_dir() else [path]:
                window.documents.open(design)
    elif kind == "run":
        _open_run(window, paths[0])
    elif kind == "program":
        from app.importing import ImportDialog

        dialog = ImportDialog(window)
        dialog.program.line.setText(str(paths[0]))
        dialog.open()
    elif kind == "bundle":
        from app.reporting.bundles import ReproduceDialog

        again = ReproduceDialog(window.desk, window)
        again.bundle.line.setText(str(paths[0]))
        again.open()
    elif kind == "pictures":
        source = source_of(paths)
        assert source is not None
        offer(window).look_at(source)
    else:
        window.session.notified.emit("info", in_words(paths))


def _open_run(window: MainWindow, folder: Path) -> None:
    """The design of a run as a new one, for the run's own file is its record; and the run in its panel."""
    try:
        run = open_run(folder)
        graph, job = design_of(run), run.job
    except HybridGraphError as error:
        window.session.notified.emit("error", str(error))
        return
    window.documents.start(graph)
    if isinstance(job, TrainJob):
        window.show_panel("Train")
        window.training.open_run(run)
    elif isinstance(job, ProfileJob | SweepJob):
        window.show_panel("Profile")
        window.profiling.open_run(run)


def _designs_in(folder: Path) -> list[Path]:
    """The designs that lie directly in a folder, where it has nothing else to offer."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    if any(entry.is_dir() and not entry.name.startswith(".") for entry in entries):
        return []
    return [entry for entry in entries if entry.name.endswith(files.SUFFIX)][:_MOST_DESIGNS]


def _is_bundle(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return {"manifest.json", GRAPH_FILE} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
