"""The one undo command: it keeps the graph from before and the graph from after."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from hybridgraph.graph.model import Graph

_ID = 1  # Qt offers two commands to each other for merging only when their ids are the same


class GraphCommand(QUndoCommand):
    """One edit. Consecutive edits with the same merge key become one step; an empty key never merges."""

    def __init__(
        self, show: Callable[[Graph], None], before: Graph, after: Graph, text: str, merge: tuple[int, str]
    ) -> None:
        super().__init__(text)
        self._show = show
        self.before = before
        self.after = after
        self.merge = merge

    def id(self) -> int:
        return _ID if self.merge[1] else -1

    def redo(self) -> None:
        self._show(self.after)

    def undo(self) -> None:
        self._show(self.before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over what `other` did, when both belong to the same gesture."""
        if not isinstance(other, GraphCommand) or other.merge != self.merge:
            return False
        self.after = other.after
        self.setText(other.text())
        if self.after == self.before:
            self.setObsolete(True)  # the value went there and back: nothing is left to undo
        return True
