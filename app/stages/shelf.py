"""A person's own stages: design files in one folder, each with one group, to be put into any design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path as File

from PySide6.QtCore import QObject, Signal

from app.language import tr
from hybridgraph.errors import DocumentError, HybridGraphError
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph, Group, frozen

MOST = 500  # files that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStage:
    """One stage of the shelf: the fragment that is put down, and the file it lives in."""

    name: str
    file: File
    fragment: Graph

    @property
    def group(self) -> Group:
        """The stage itself."""
        return next(item for item in self.fragment.nodes.values() if isinstance(item, Group))


class Shelf(QObject):
    """The folder. What cannot be read is named and left where it is."""

    changed = Signal()

    def __init__(self, folder: File, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.stages: tuple[OwnStage, ...] = ()
        self.damaged: tuple[str, ...] = ()

    def read(self) -> None:
        """Look at every file of the folder."""
        found: list[OwnStage] = []
        damaged: list[str] = []
        paths = sorted(self.folder.glob(f"*{files.SUFFIX}"))[:MOST] if self.folder.is_dir() else []
        for path in paths:
            try:
                found.append(_stage(path))
            except HybridGraphError as error:
                damaged.append(str(error))
        self.stages = tuple(sorted(found, key=lambda stage: stage.name.casefold()))
        self.damaged = tuple(damaged)
        self.changed.emit()

    def keep(self, name: str, fragment: Graph) -> OwnStage:
        """Write a fragment of one group under a name that the shelf gives only once. Raises DocumentError."""
        name = name.strip() or "Stage"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DocumentError(
                tr(
                    "The folder {folder} for your stages cannot be made: {lower}.",
                    folder=self.folder,
                    lower=(error.strerror or str(error)).lower(),
                )
            ) from None
        taken = {path.name.removesuffix(files.SUFFIX) for path in self.folder.glob(f"*{files.SUFFIX}")}
        path = self.folder / f"{edits.fresh_id(taken, name)}{files.SUFFIX}"
        files.save(_named(fragment, name), path)
        self.read()
        return next(stage for stage in self.stages if stage.file == path)

    def rename(self, stage: OwnStage, name: str) -> None:
        """Give a stage another name; its file stays. Raises DocumentError."""
        if name.strip() and name.strip() != stage.name:
            files.save(_named(stage.fragment, name.strip()), stage.file)
            self.read()

    def drop(self, stage: OwnStage) -> None:
        """Take a stage off the shelf for good. Raises DocumentError."""
        try:
            stage.file.unlink(missing_ok=True)
        except OSError as error:
            raise DocumentError(
                tr(
                    "{file} cannot be deleted: {lower}.",
                    file=stage.file,
                    lower=(error.strerror or str(error)).lower(),
                )
            ) from None
        self.read()


def _named(fragment: Graph, name: str) -> Graph:
    """The fragment with file and group under this name."""
    name = name[: edits.MAX_TITLE]
    nodes = {
        key: replace(item, title=name) if isinstance(item, Group) else item
        for key, item in fragment.nodes.items()
    }
    return replace(fragment, name=name, nodes=frozen(nodes))


def _stage(path: File) -> OwnStage:
    graph = files.load(path)
    if len(graph.nodes) != 1 or not isinstance(next(iter(graph.nodes.values())), Group):
        raise DocumentError(
            tr("{path} is no stage to be kept: it has to hold one stage and nothing else.", path=path)
        )
    return OwnStage(name=graph.name or path.name.removesuffix(files.SUFFIX), file=path, fragment=graph)
