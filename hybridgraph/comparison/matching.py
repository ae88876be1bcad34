"""Which node of one design is which node of another, in all bodies.

Bodies are aligned one by one, groups inside paired groups. What is left is looked for in other bodies (it was put
into a stage, or taken out), and what then is still left is paired with what stands in its place: its block was
changed. The answer does not depend on which of the two designs comes first.
"""

from __future__ import annotations

from hybridgraph.comparison.alignment import aligned
from hybridgraph.comparison.likeness import UNKNOWN, kind, likeness, signature
from hybridgraph.graph.model import Graph, Group, Item, Node, Path, is_port

Paths = dict[Path, Path]


def match(before: Graph, after: Graph) -> Paths:
    """The path in `after` of each item of `before` that is in both."""
    if _rank(before) <= _rank(after):
        return _match(before, after)
    return {one: other for other, one in _match(after, before).items()}  # one order, whoever asks


def _rank(graph: Graph) -> list[str]:
    """All that decides about pairs, as something that can be ordered."""
    items = [f"{path} {item.title!r} {signature(item)}" for path, item in graph.walk()]
    bodies = [graph, *(item.body for _, item in graph.walk() if isinstance(item, Group))]
    return [*items, *(str(edge) for body in bodies for edge in body.edges)]


def _match(before: Graph, after: Graph) -> Paths:
    found: Paths = {}
    _pair_bodies(before, after, (), (), found)
    _pair_rehomed(before, after, found)
    for one, other in [((), ()), *found.items()]:
        if not one or (isinstance(before.item(one), Group) and isinstance(after.item(other), Group)):
            _pair_replaced(before.at(one), after.at(other), one, other, found)
    return found


def _pair_bodies(before: Graph, after: Graph, at: Path, there: Path, found: Paths) -> None:
    for one, other in aligned(before, after).items():
        _pair(before.nodes[one], after.nodes[other], (*at, one), (*there, other), found)


def _pair(one: Item, other: Item, path: Path, there: Path, found: Paths) -> None:
    found[path] = there
    if isinstance(one, Group) and isinstance(other, Group):
        _pair_bodies(one.body, other.body, path, there, found)


# -- what lies in another body now


def _pair_rehomed(before: Graph, after: Graph, found: Paths) -> None:
    by_id: dict[tuple[str, str], list[Path]] = {}
    by_work: dict[tuple[object, ...], list[Path]] = {}
    taken = set(found.values())
    for path, item in after.walk():
        if path not in taken and not _is_gate(item):
            by_id.setdefault((kind(item), item.id), []).append(path)
            by_work.setdefault(signature(item), []).append(path)
    for path, item in before.walk():
        if path in found or _is_gate(item):
            continue
        taken = set(found.values())
        candidates = [*by_id.get((kind(item), item.id), ())]
        if item.params:  # blocks without any are too much alike
            candidates += by_work.get(signature(item), ())
        for there in candidates:
            # Of two stages that both are in one design only, the contents have nothing to do with one another.
            is_known = path[:-1] in found or there[:-1] in taken or () in (path[:-1], there[:-1])
            if there not in taken and is_known and likeness(item, after.item(there)) >= UNKNOWN:
                _pair_apart(item, after.item(there), path, there, found)
                break


def _pair_apart(one: Item, other: Item, path: Path, there: Path, found: Paths) -> None:
    """Pair two items, leaving what is inside them and already has a partner as it is."""
    inside: Paths = {}
    _pair(one, other, path, there, inside)
    taken = set(found.values())
    found.update({a: b for a, b in inside.items() if a not in found and b not in taken})


def _is_gate(item: Item) -> bool:
    return is_port(item, "input") or is_port(item, "output")


# -- what has another block now


def _pair_replaced(before: Graph, after: Graph, at: Path, there: Path, found: Paths) -> None:
    taken = set(found.values())
    left = [name for name, item in before.nodes.items() if (*at, name) not in found and _is_block(item)]
    right = [name for name, item in after.nodes.items() if (*there, name) not in taken and _is_block(item)]
    pairs: dict[str, str] = {
        path[-1]: other[-1] for path, other in found.items() if path[:-1] == at and other[:-1] == there
    }
    waiting = True
    while waiting:
        waiting = False
        for one in left:
            other = next((name for name in right if _stands_for(before, after, one, name, pairs)), None)
            if one not in pairs and other is not None:
                pairs[one], found[*at, one] = other, (*there, other)
                right.remove(other)
                waiting = True


def _is_block(item: Item) -> bool:
    return isinstance(item, Node) and not _is_gate(item)


def _stands_for(before: Graph, after: Graph, one: str, other: str, pairs: dict[str, str]) -> bool:
    """Whether a node stands where another stood: under its id, or fed by the same, or feeding the same."""
    if one == other:
        return True
    for here, beyond in (("target", "source"), ("source", "target")):
        old = {getattr(edge, beyond) for edge in before.edges if getattr(edge, here) == one}
        new = {getattr(edge, beyond) for edge in after.edges if getattr(edge, here) == other}
        if old and old <= set(pairs) and {pairs[name] for name in old} == new:
            return True
    return False
