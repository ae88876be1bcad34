"""Comparisons in words: names, values, numbers with units, sentences of one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite, log10

from hybridgraph.comparison.costs import Amount, Measure
from hybridgraph.comparison.listing import listed, told
from hybridgraph.comparison.model import UNSET, Change, Comparison, Difference, Pair, Wire
from hybridgraph.errors import GraphError
from hybridgraph.graph.model import Graph, Group, Item, Node, Path
from hybridgraph.spec import Catalogue

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_PROPERTIES: Mapping[str, str] = {"once": "first repeat only", "collapsed": "folded"}


# -- names


def title_of(item: Item, catalogue: Catalogue) -> str:
    """What an item is called on its card."""
    if item.title or isinstance(item, Group):
        return item.title or item.id
    spec = catalogue.get(item.block)
    return spec.title if spec and item.block not in ("input", "output") else item.id


def name_of(graph: Graph, path: Path, catalogue: Catalogue) -> str:
    """An item with the groups around it: `Stage 3 › MOAT block`; the ids of what is not there."""
    names = []
    for length in range(1, len(path) + 1):
        try:
            names.append(title_of(graph.item(path[:length]), catalogue))
        except GraphError:
            names.append(path[length - 1])
    return " › ".join(names) or "the design"


def headline(comparison: Comparison, difference: Difference, catalogue: Catalogue) -> str:
    """What a difference is about, with both names where they differ."""
    old = name_of(comparison.before, difference.before, catalogue) if difference.before else ""
    new = name_of(comparison.after, difference.after, catalogue) if difference.after else ""
    return arrow(old, new)


def arrow(old: str, new: str) -> str:
    """One name, or two that differ with an arrow between, what they begin with said once."""
    if not old or not new or old == new:
        return new or old
    home, _, own = new.rpartition(" › ")
    return f"{old} → {own}" if home and old.rpartition(" › ")[0] == home else f"{old} → {new}"


# -- values


def value_text(value: object) -> str:
    """A value for people."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return value or "(empty)"
    return f"{value:g}" if isinstance(value, float) else str(value)


def change_text(
    change: Change, pair: Pair, comparison: Comparison, catalogue: Catalogue
) -> tuple[str, str, str]:
    """A change as its name and both values; a default with the value that the catalogue says it has."""
    if change.kind == "foreign":
        return f"“{change.name}”", _short(change.before), _short(change.after)
    if change.kind == "property":
        texts = [_property(change.name, value, catalogue) for value in (change.before, change.after)]
        return _PROPERTIES.get(change.name, change.name), texts[0], texts[1]
    values = [
        _held(value, graph.item(path), change.name, catalogue)
        for value, graph, path in (
            (change.before, comparison.before, pair.before),
            (change.after, comparison.after, pair.after),
        )
    ]
    return change.name, values[0], values[1]


def _property(name: str, value: object, catalogue: Catalogue) -> str:
    if name == "block" and isinstance(value, str) and value in catalogue:
        return catalogue[value].title
    return value_text(value)


def _held(value: object, item: Item, name: str, catalogue: Catalogue) -> str:
    if value is not UNSET:
        return value_text(value)
    nodes = [item] if isinstance(item, Node) else [inner for _, inner in item.body.walk()]
    specs = [catalogue[node.block] for node in nodes if isinstance(node, Node) and node.block in catalogue]
    known = next((spec.params[name] for spec in specs if name in spec.params), None)
    if known is None:
        return "–" if specs else "default"
    return f"{value_text(known.default)} (default)"


def _short(value: object, most: int = 40) -> str:
    text = "–" if value is UNSET else repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def details(
    comparison: Comparison, difference: Difference, catalogue: Catalogue
) -> Iterator[tuple[str, str, str]]:
    """Everything about one difference, as names with both values."""
    pair = difference.pair
    if pair is None:
        return
    for change in told(pair):
        yield change_text(change, pair, comparison, catalogue)
    if pair.is_renamed and not any(change.name == "block" for change in pair.changes):
        yield "id", pair.before[-1], pair.after[-1]
    if pair.is_rehomed:
        homes = [
            name_of(graph, path[:-1], catalogue)
            for graph, path in ((comparison.before, pair.before), (comparison.after, pair.after))
        ]
        yield "lies in", homes[0], homes[1]
    yield from _inputs(comparison, pair, catalogue)


def _inputs(comparison: Comparison, pair: Pair, catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """What feeds each input that is wired in another way."""
    feeds: dict[str, list[str]] = {}
    for side, (graph, wires, path) in enumerate(
        (
            (comparison.before, comparison.wires_removed, pair.before),
            (comparison.after, comparison.wires_added, pair.after),
        )
    ):
        for wire in wires:
            if wire.edge.target == path[-1] and wire.at == path[:-1]:
                entry = feeds.setdefault(wire.edge.target_port, ["", ""])
                source = _source(graph, wire, catalogue)
                entry[side] = f"{entry[side]}, {source}" if entry[side] else source
    for port, (old, new) in feeds.items():
        yield f"input {port}", old or "nothing", new or "nothing"


def _source(graph: Graph, wire: Wire, catalogue: Catalogue) -> str:
    """Where a wire comes from: the title, and the port where there are several."""
    item = graph.item(wire.ends[0])
    spec = catalogue.get(item.block) if isinstance(item, Node) else None
    outputs = len(item.outputs) if isinstance(item, Group) else len(spec.outputs) if spec else 1
    title = title_of(item, catalogue)
    return f"{title}.{wire.edge.source_port}" if outputs > 1 else title


# -- numbers


def number(measure: Measure, value: float | None) -> str:
    """A measured number with its unit: `27.85 M`, `110.3 MB`, `4.21 ms`, `79.61 %`."""
    if value is None:
        return "–"
    if not isfinite(value):
        return "∞" if value > 0 else "n/a"
    if measure == "top1":
        return f"{100 * value:.2f} %"
    if measure == "latency_us":
        return f"{_digits(value / 1000)} ms"
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor * 0.99995:
            text = f"{_digits(value / factor)} {prefix}"
            break
    else:
        text = _digits(value) + (" " if measure == "activation_bytes" else "")
    return text + ("B" if measure == "activation_bytes" else "")


def difference(measure: Measure, amount: Amount) -> tuple[str, str]:
    """How much more there is, as a number and in percent; of accuracies in points alone."""
    value = amount.difference
    if value is None:
        return "", ""
    if value == 0:
        return "=", ""
    sign = "+" if value > 0 else "−"
    text = number(measure, abs(value))
    if measure == "top1":
        return f"{sign}{text.removesuffix(' %')} points", ""
    return f"{sign}{text}", f"{sign}{100 * abs(amount.ratio):.1f} %" if amount.ratio is not None else ""


def _digits(value: float) -> str:
    """Four significant digits; whole numbers below a thousand as they are."""
    if value == int(value) and abs(value) < 1000:
        return str(int(value))
    places = 3 - int(log10(abs(value)) // 1)
    return f"{value:.{min(max(places, 0), 6)}f}"


def summary(comparison: Comparison) -> str:
    """How much differs, in one line."""
    counts: dict[str, int] = {}
    for each in listed(comparison):
        counts[each.sign] = counts.get(each.sign, 0) + 1
    order = ("added", "removed", "changed", "moved", "rewired")
    parts = [f"{counts[sign]} {sign}" for sign in order if sign in counts]
    return ", ".join(parts) or ("the same" if comparison.is_empty else "the same network")
