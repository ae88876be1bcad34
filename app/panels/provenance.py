"""Where the value of a parameter comes from: the block's default, the paper's preset, the stage, or a person's hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from app.panels.facts import Entry
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph, Group, Item, Node, Path, image
from hybridgraph.graph.values import Ref, Value
from hybridgraph.spec import Catalogue

_FORMER = 8  # designs whose preset is remembered


@lru_cache(_FORMER)
def _built(name: str, size: int, channels: int, classes: int | None) -> Graph:
    from hybridgraph import presets  # tables that a window without a preset need not read

    return presets.build(name, image_size=size, channels_in=channels, classes=classes)


def preset_of(graph: Graph, catalogue: Catalogue) -> tuple[Graph, str] | None:
    """The preset that a design began as, for the same pictures and classes, and its title; None when it is no preset's.

    A design keeps the preset's name until somebody renames it.
    """
    from hybridgraph import presets

    if graph.name not in presets.PRESETS:
        return None
    picture = image(graph)
    size, channels = (picture.params.get(name) if picture else None for name in ("height", "channels"))
    classes = next(
        (
            item.params["classes"]
            for item in graph.nodes.values()
            if isinstance(item, Node)
            and "classes" in item.params
            and (spec := catalogue.get(item.block)) is not None
            and spec.family == "head"
        ),
        None,
    )
    known = presets.info(graph.name)
    try:
        built = _built(
            graph.name,
            size if isinstance(size, int) else known.image_size,
            channels if isinstance(channels, int) else known.channels_in,
            classes if isinstance(classes, int) else None,
        )
    except HybridGraphError:  # the paper's network has no variant for such pictures
        return None
    return built, known.title


def traced(
    listed: Iterable[tuple[Entry, ...]], graph: Graph, catalogue: Catalogue
) -> list[tuple[Entry, ...]]:
    """The entries of several nodes with where their values come from, and what a reset gives."""
    origin = preset_of(graph, catalogue)
    return [tuple(_traced(entry, graph.item(entry.path), origin) for entry in entries) for entries in listed]


def _traced(entry: Entry, item: Item, origin: tuple[Graph, str] | None) -> Entry:
    if isinstance(entry.value, Ref):
        return replace(entry, origin="stage", is_edited=False)
    if origin is not None and (known := _twin(origin[0], entry.path, item)) is not None:
        usual, is_named = _held(known, entry)
        if usual is None and isinstance(known, Group) and not is_named:
            return replace(entry, origin="", is_edited=False)
        if usual != entry.value:
            return replace(
                entry, origin="edited", is_edited=True, usual=usual, is_named=is_named, source=origin[1]
            )
        told = "paper" if is_named or isinstance(known, Group) else "default"
        return replace(entry, origin=told, is_edited=False, source=origin[1])
    if isinstance(item, Group):
        return replace(entry, origin="", is_edited=False)  # a stage has no defaults
    return replace(entry, origin="edited" if entry.is_edited else "default", usual=entry.parameter.default)


def _twin(preset: Graph, path: Path, item: Item) -> Item | None:
    """The preset's own node or group at a path, while it is still of the same block."""
    found: Item | None = None
    body = preset
    for index, name in enumerate(path):
        found = body.nodes.get(name)
        if index < len(path) - 1:
            if not isinstance(found, Group):
                return None
            body = found.body
    if isinstance(item, Group) or isinstance(found, Group) or found is None:
        return found if isinstance(item, Group) and isinstance(found, Group) else None
    return found if found.block == item.block else None


def _held(item: Item, entry: Entry) -> tuple[Value, bool]:
    """What an item holds for an entry, and whether it names it."""
    if isinstance(item, Group) and entry.name == "repeat":
        return item.repeat, True
    return item.params.get(entry.name, entry.parameter.default), entry.name in item.params


def common(listed: list[tuple[Entry, ...]]) -> tuple[Entry, ...]:
    """The parameters that several nodes share, as one entry each, which stands for all of them."""
    first, *rest = listed
    shared: list[Entry] = []
    for entry in first:
        others = [
            next((one for one in entries if one.name == entry.name and _alike(one, entry)), None)
            for entries in rest
        ]
        found = [one for one in others if one is not None]
        if len(found) < len(rest):
            continue
        is_mixed = any(one.value != entry.value or type(one.value) is not type(entry.value) for one in found)
        shared.append(
            replace(
                entry,
                others=tuple(found),
                is_mixed=is_mixed,
                is_edited=any(one.is_edited for one in (entry, *found)),
                origin=entry.origin if all(one.origin == entry.origin for one in found) else "",
            )
        )
    return tuple(shared)


def _alike(one: Entry, other: Entry) -> bool:
    return (one.parameter.kind, one.parameter.choices) == (other.parameter.kind, other.parameter.choices)
