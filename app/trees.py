"""The rows of a tree widget, one after another."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem


def tops(tree: QTreeWidget) -> Iterator[QTreeWidgetItem]:
    """The rows at the root."""
    for place in range(tree.topLevelItemCount()):
        if (item := tree.topLevelItem(place)) is not None:
            yield item


def below(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    """The rows directly below one."""
    for place in range(item.childCount()):
        if (child := item.child(place)) is not None:
            yield child
