"""Blocks of the person's own in the window: their files are watched and listed, and the engine alone runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.documents.desk import Documents
from app.documents.disk import Watch
from app.engine_client import EngineClient
from app.language import tr
from app.session import Session
from hybridgraph import catalog
from hybridgraph.custom import agreements
from hybridgraph.custom.folder import BlockFile, folder, listed
from hybridgraph.errors import HybridGraphError

Key = tuple[str, str]
"""The name of a file and the SHA-256 of its content."""


class OwnBlocks(QObject):
    """Keeps the catalogue of the session in step with the block files that the person agreed to."""

    changed = Signal()  # a file came, went, changed, was agreed to or could not be used

    def __init__(
        self,
        session: Session,
        engine: EngineClient,
        documents: Documents,
    ) -> None:
        super().__init__(documents)
        self._session = session
        self._engine = engine
        self._documents = documents
        self.files: tuple[BlockFile, ...] = ()
        self.faults: dict[Key, str] = {}
        self._without: set[Key] = set()  # those that ended the engine
        self._has_ended = False
        self._watch = Watch(self)
        self._watch.stirred.connect(self.look)
        engine.launched.connect(self._launched)
        engine.ended.connect(self._ended)

    def look(self) -> None:
        """See what the folder holds; the engine loads it again where that differs."""
        before = {file.name: file for file in self.files}
        self._read()
        now = {file.name: file for file in self.files}
        if now == before:
            return
        for name, file in now.items():
            if file.state == "changed" and name in before and before[name].digest != file.digest:
                sentence = tr("{file} has changed: read it and agree to it in File › My blocks.", file=name)
                self._session.notified.emit("warning", sentence)
            elif file.state == "broken" and before.get(name) != file:
                self._session.notified.emit("warning", file.fault)
        self._ask()

    def agree(self, file: BlockFile) -> None:
        """Let a file run with the content that was shown."""
        self._try(lambda: agreements.agree(file.name, file.digest))

    def forget(self, file: BlockFile) -> None:
        """Let a file run no more."""
        self._try(lambda: agreements.forget(file.name))

    def fault_of(self, file: BlockFile) -> str:
        """What is wrong with a file, as a sentence; "" when nothing is known to be."""
        key = (file.name, file.digest)
        if key in self._without:
            return tr("It ended the engine, so it is left out until it changes or the engine is restarted.")
        return file.fault or self.faults.get(key, "")

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except HybridGraphError as error:
            self._session.notified.emit("error", str(error))
        self.look()

    def _read(self) -> None:
        self.files = listed()
        self._watch.follow({folder(), agreements.place(), *(file.path for file in self.files)})

    def _launched(self) -> None:
        if not self._has_ended:  # somebody restarted it: every file gets another chance
            self._without.clear()
        self._has_ended = False
        self._read()
        if any(file.state == "agreed" for file in self.files):
            self._ask()

    def _ended(self, name: str) -> None:
        self._has_ended = True
        file = next((one for one in self.files if one.name == name), None)
        if file is not None:
            self._without.add((file.name, file.digest))
            sentence = tr(
                "{file} ended the engine, or kept it for too long. It goes on without its blocks until it changes.",
                file=name,
            )
            self._session.notified.emit("error", sentence)
            self.changed.emit()

    def _ask(self) -> None:
        self.changed.emit()
        self._engine.request("blocks", self._take, without=sorted(self._without))

    def _take(self, content: Mapping[str, Any]) -> None:
        """The engine has loaded the files: the catalogue follows."""
        catalogue = self._session.catalogue
        own = {entry["id"]: catalog.decode(entry) for entry in content["blocks"]}
        former = {one: spec for one, spec in catalogue.items() if spec.file}
        faults = {(name, digest): fault for name, digest, fault in content["faults"]}
        for key, fault in faults.items():
            if key not in self.faults:
                self._session.notified.emit("error", fault)
        self.faults = faults
        for one in former:
            del catalogue[one]
        catalogue.update(own)
        self.changed.emit()
        for document in {self._session.document, *self._documents.tabs}:
            document.analysis = None  # what was found out is void
        if own != former:
            self._session.catalogue_changed.emit()
        self._session.graph_changed.emit(self._session.graph, self._session.graph)
