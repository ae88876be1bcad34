"""What a comparison of two designs says, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal

from hybridgraph.graph.model import Edge, Graph, Path


class Unset(Enum):
    """What a parameter holds that a node does not name."""

    DEFAULT = "default"

    def __str__(self) -> str:
        return self.value


UNSET: Final = Unset.DEFAULT
Place = tuple[float, float]
Sign = Literal["added", "removed", "changed", "moved", "rewired"]
SIGNS: Mapping[Sign, str] = {"added": "+", "removed": "−", "changed": "~", "moved": "→", "rewired": "⇄"}
"""The mark of each kind of difference, so that colour is never the only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that an item holds differently: a parameter, or a property such as its title or repeat count.

    `before` and `after` are a graph's values; UNSET where one side does not name the parameter. `foreign` marks
    data of another program that the file carries along.
    """

    kind: Literal["parameter", "property", "foreign"]
    name: str
    before: object
    after: object

    def mirrored(self) -> Change:
        """The same change the other way."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One node or group as it stands in both designs.

    `moved` has its two places when they differ; `is_rehomed` says that it lies in another stage than before.
    """

    before: Path
    after: Path
    changes: tuple[Change, ...] = ()
    moved: tuple[Place, Place] | None = None
    is_rehomed: bool = False

    @property
    def is_renamed(self) -> bool:
        """Whether its id is another one."""
        return self.before[-1] != self.after[-1]

    @property
    def is_same(self) -> bool:
        """Whether nothing about the item itself differs."""
        return not (self.changes or self.moved or self.is_rehomed or self.is_renamed)

    def mirrored(self) -> Pair:
        """The same pair the other way."""
        return Pair(
            before=self.after,
            after=self.before,
            changes=tuple(change.mirrored() for change in self.changes),
            moved=self.moved[::-1] if self.moved else None,
            is_rehomed=self.is_rehomed,
        )


@dataclass(frozen=True, slots=True, order=True)
class Wire:
    """A wire in the body at a path."""

    at: Path
    edge: Edge

    @property
    def ends(self) -> tuple[Path, Path]:
        """The paths of what it joins."""
        return (*self.at, self.edge.source), (*self.at, self.edge.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One entry of the list a person walks through. `before` or `after` is None where there is no such item."""

    sign: Sign
    before: Path | None
    after: Path | None
    pair: Pair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two designs with what became of every node and group, and every wire that is not in both.

    `pairs` are in the order of `after`, also those where nothing differs; `added` are paths of `after`, `removed`
    of `before`, both with everything inside. `changes` are those of the design as a whole.
    """

    before: Graph
    after: Graph
    pairs: tuple[Pair, ...]
    added: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    wires_added: tuple[Wire, ...] = ()
    wires_removed: tuple[Wire, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the two designs are the same."""
        lists = (self.added, self.removed, self.wires_added, self.wires_removed, self.changes)
        return not any(lists) and all(pair.is_same for pair in self.pairs)

    @property
    def after_of(self) -> Mapping[Path, Path]:
        """The path in `after` of everything that `before` has and that is still there; () is the whole."""
        return {(): (), **{pair.before: pair.after for pair in self.pairs}}

    @property
    def rewired(self) -> frozenset[Path]:
        """The paths in `after` of what is in both designs and has other wires."""
        forward = self.after_of
        kept = set(forward.values())
        ends = {end for wire in self.wires_added for end in wire.ends if end in kept}
        return frozenset(
            ends | {forward[end] for wire in self.wires_removed for end in wire.ends if end in forward}
        )

    @property
    def differences(self) -> tuple[Difference, ...]:
        """One entry for each item that differs, in the order of `after`, what is gone before what followed it.

        Of an added or removed group only the group itself is listed. An item that differs in several ways has
        the first of these signs: changed, moved (also into another stage, or under another id), rewired.
        """
        kept = {pair.after: pair for pair in self.pairs}
        rewired, added = self.rewired, set(self.added)
        gone = _following(self)
        found = list(gone.get((), ()))
        for path, _ in self.after.walk():
            pair = kept.get(path)
            if pair is None and path[:-1] not in added:
                found.append(Difference(sign="added", before=None, after=path))
            elif pair is not None and (sign := _sign(pair, rewired)):
                found.append(Difference(sign=sign, before=pair.before, after=path, pair=pair))
            found.extend(gone.get(path, ()))
        return tuple(found)

    def mirrored(self) -> Comparison:
        """The comparison of the same designs the other way."""
        rank = {path: index for index, (path, _) in enumerate(self.before.walk())}
        pairs = sorted(self.pairs, key=lambda pair: rank[pair.before])
        return Comparison(
            before=self.after,
            after=self.before,
            pairs=tuple(pair.mirrored() for pair in pairs),
            added=self.removed,
            removed=self.added,
            wires_added=self.wires_removed,
            wires_removed=self.wires_added,
            changes=tuple(change.mirrored() for change in self.changes),
        )


def _sign(pair: Pair, rewired: frozenset[Path]) -> Sign | None:
    if pair.changes:
        return "changed"
    if not pair.is_same:
        return "moved"
    return "rewired" if pair.after in rewired else None


def _following(comparison: Comparison) -> dict[Path, list[Difference]]:
    """What was removed, under the path in `after` of what stood before it; () for what stood first."""
    forward, removed = comparison.after_of, set(comparison.removed)
    found: dict[Path, list[Difference]] = {}
    last: Path = ()
    for path, _ in comparison.before.walk():
        if path in removed:
            if path[:-1] not in removed:
                found.setdefault(last, []).append(Difference(sign="removed", before=path, after=None))
        else:
            last = forward[path]
    return found
