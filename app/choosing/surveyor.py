"""Many questions to the engine, one after the other: what would come of each of these graphs?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from PySide6.QtCore import QObject

from app.engine_client import EngineClient, to_json
from hybridgraph import analysis
from hybridgraph.analysis import Analysis
from hybridgraph.balance import Balanced, Search
from hybridgraph.errors import GraphError
from hybridgraph.graph.model import Graph

Candidate = tuple[str, Callable[[], Graph]]
"""A name, and the edit that makes the graph; where it raises GraphError, the question is left out."""


class Surveyor(QObject):
    """Keeps one question under way, so that the analysis of the design never waits for more than that."""

    def __init__(self, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._round = 0

    def start(
        self,
        candidates: Iterable[Candidate],
        answer: Callable[[str, Analysis], None],
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """Ask about each candidate in turn, and say when all are through. A survey under way is dropped."""
        self._round += 1
        self._ask(self._round, _made(candidates), answer, done)

    def pursue(self, search: Search, done: Callable[[Balanced], None], failed: Callable[[str], None]) -> None:
        """Answer the questions of a search until it has found something, or says why it cannot."""
        self._round += 1
        self._step(self._round, search, None, done, failed)

    def stop(self) -> None:
        """Ask nothing more."""
        self._round += 1

    def _ask(
        self,
        which: int,
        left: Iterator[tuple[str, Graph]],
        answer: Callable[[str, Analysis], None],
        done: Callable[[], None],
    ) -> None:
        found = next(left, None)
        if found is None:
            done()
            return
        name, graph = found

        def answered(content: Mapping[str, Any]) -> None:
            if which == self._round:
                answer(name, analysis.decode(content["analysis"]))
                self._ask(which, left, answer, done)

        self._engine.request("analyze", answered, graph=to_json(graph))

    def _step(
        self,
        which: int,
        search: Search,
        known: Analysis | None,
        done: Callable[[Balanced], None],
        failed: Callable[[str], None],
    ) -> None:
        try:
            graph = next(search) if known is None else search.send(known)
        except StopIteration as end:
            done(end.value)
            return
        except GraphError as error:
            failed(str(error))
            return

        def answered(content: Mapping[str, Any]) -> None:
            if which == self._round:
                self._step(which, search, analysis.decode(content["analysis"]), done, failed)

        self._engine.request("analyze", answered, failed, graph=to_json(graph))


def _made(candidates: Iterable[Candidate]) -> Iterator[tuple[str, Graph]]:
    for name, make in candidates:
        try:
            graph = make()
        except GraphError:
            continue
        yield name, graph
