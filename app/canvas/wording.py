"""The words and numbers on the canvas: titles, the one line on a card, a stage's footer, sizes with units."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import lru_cache

from app import quantities
from app.language import told, tr
from hybridgraph.graph.model import Group, Item, Node, is_port
from hybridgraph.graph.values import Cycle, First, Ramp, Ref, Value
from hybridgraph.shapes import ImageMap, Shape
from hybridgraph.spec import BlockSpec, Catalogue

Scope = Mapping[str, Value]
"""The parameters of the enclosing group, as far as they are known."""


def title_of(item: Item, catalogue: Catalogue) -> str:
    """What a node or group is called on the canvas."""
    if item.title:
        return item.title
    if isinstance(item, Group):
        return item.id.replace("_", " ").capitalize()
    spec = catalogue.get(item.block)
    return told(spec.title) if spec else item.block


def value_text(value: Value, scope: Scope) -> str:
    """A parameter's value in a few letters; a slash stands between what changes from repeat to repeat."""
    match value:
        case Ref(name):
            inner = scope.get(name)
            return "?" if inner is None or isinstance(inner, Ref) else value_text(inner, scope)
        case First(first, rest):
            return f"{value_text(first, scope)}/{value_text(rest, scope)}"
        case Cycle(values):
            return "/".join(value_text(one, scope) for one in values[:3])
        case Ramp(start, stop):
            return f"{start:g}→{stop:g}"
        case bool():
            return tr("on") if value else tr("off")
        case float():
            return f"{value:g}"
        case None:
            return "–"
        case _:
            return str(value)


@lru_cache(512)
def _pieces(card: str) -> tuple[tuple[str, str, str], ...]:
    """A card's line taken apart: words, the name of the value that follows them, its format."""
    return tuple((words, name or "", form or "") for words, name, form, _ in string.Formatter().parse(card))


def line_of(node: Node, spec: BlockSpec | None, scope: Scope, inputs: Mapping[str, Shape] | None) -> str:
    """The one line on a node's card. Wired values are "?" until the engine has told the input shapes."""
    if spec is None:
        return tr("unknown block")
    parts: list[str] = []
    for words, name, form in _pieces(spec.card):
        parts.append(words)
        if name in spec.params:
            value = node.params.get(name, spec.params[name].default)
            plain = form and isinstance(value, int | float) and not isinstance(value, bool)
            parts.append(format(value, form) if plain else value_text(value, scope))
        elif name:
            parts.append(_wired(spec.wired[name], inputs or {}) if name in spec.wired else "?")
    return "".join(parts).strip()


def _wired(source: str, inputs: Mapping[str, Shape]) -> str:
    port, _, attribute = source.partition(".")
    found = getattr(inputs.get(port), attribute, None) if attribute else inputs.get(port)
    if found is None:
        return "?"
    return "×".join(map(str, found)) if isinstance(found, tuple) else str(found)


def cards_of(group: Group) -> list[Item]:
    """The items of a group's body that are drawn as cards: all but its ports."""
    return [
        item
        for item in group.body.nodes.values()
        if not is_port(item, "input") and not is_port(item, "output")
    ]


def contents_title(group: Group, catalogue: Catalogue) -> str:
    """What a group is made of, such as `MOAT block × 7`."""
    inner = cards_of(group)
    main = [item for item in inner if not item.once] or inner
    names = {
        title_of(item, catalogue) if isinstance(item, Group) else _block_title(item, catalogue)
        for item in main
    }
    name = names.pop() if len(names) == 1 else tr("{main} blocks", main=len(main)) if main else tr("empty")
    return f"{name} × {group.repeat}" if group.repeat > 1 else name


def _block_title(item: Node, catalogue: Catalogue) -> str:
    spec = catalogue.get(item.block)
    return told(spec.title) if spec else item.block


def first_differences(group: Group, inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> str:
    """What the first repeat does differently, such as `first block stride 2, 192 → 384`."""
    parts: list[str] = []
    once = [item for item in cards_of(group) if item.once]
    changing = group.repeat > 1 or bool(once)
    for item in cards_of(group):
        for name, given in item.params.items():
            value = group.params.get(given.name) if isinstance(given, Ref) else given
            if isinstance(value, First) and value.first != value.rest:
                text = f"{name.replace('_', ' ')} {value_text(value.first, group.params)}"
                if text not in parts:
                    parts.append(text)
    before, after = _channels(inputs), _channels(outputs)
    if changing and before and after and before != after:
        parts.append(f"{before} → {after}")
    if not parts:
        return ""
    return (tr("first block ") if not once else tr("entry ")) + ", ".join(parts)


def _channels(ports: Mapping[str, Shape]) -> int | None:
    shape = next(iter(ports.values()), None)
    return getattr(shape, "channels", None)


def drops_resolution(inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> bool:
    """Whether an image map comes out smaller than it went in."""
    before, after = next(iter(inputs.values()), None), next(iter(outputs.values()), None)
    return isinstance(before, ImageMap) and isinstance(after, ImageMap) and after.height < before.height


def compact(shape: Shape) -> str:
    """A shape in as few letters as possible: 64×112² for 64×112×112."""
    if isinstance(shape, ImageMap) and shape.height == shape.width:
        return f"{shape.channels}×{shape.height}²"
    return str(shape)


def quantity(value: float, unit: str = "") -> str:
    """A number with three digits, a decimal prefix and its unit: 2.91 G, 384 k, 0.52 ms."""
    if unit == "ms":
        return f"{quantities.digits(value)} ms" if value < 1000 else f"{quantities.digits(value / 1000)} s"
    number, prefix = quantities.count(value)
    return f"{number} {prefix}{unit}".strip()


def share(part: float, whole: float) -> str:
    """A percentage such as `51 %`; `< 1 %` for what is there but small, empty when there is nothing to share."""
    if whole <= 0:
        return ""
    percent = 100 * part / whole
    return "< 1 %" if 0 < percent < 0.5 else f"{percent:.0f} %"
