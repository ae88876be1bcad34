"""Repairs by another value of a parameter, of the node or of the stage that gives it its value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Group, Path, image
from hybridgraph.graph.values import Cycle, First, Ref, Value, literals
from hybridgraph.graph.wiring import title_of
from hybridgraph.repairs.repair import Case, Repair
from hybridgraph.spec import Catalogue, Literal_, Parameter


def named_values(case: Case) -> Iterator[Repair]:
    """The numbers that the hint names, in place of those that the message blames."""
    blamed, wanted = _numbers(case.finding.message), _numbers(case.finding.hint)
    spec = case.spec
    if spec is None:
        return
    for name, parameter in spec.params.items():
        if parameter.kind != "int":
            continue
        for old in _in_force(case.graph, case.path, name, parameter):
            if isinstance(old, int) and old in blamed:
                for new in sorted(wanted - {old}, key=lambda size: (abs(size - old), size)):
                    yield _set(case, name, old, new)
        if parameter.optional and blamed & set(_in_force(case.graph, case.path, name, parameter)):
            yield _set(case, name, None, None)


def limits(case: Case) -> Iterator[Repair]:
    """The nearest value within a parameter's limits."""
    spec = case.spec
    parameter = spec.params.get(case.finding.port) if spec is not None else None
    if parameter is None or parameter.kind not in ("int", "float"):
        return
    for old in _in_force(case.graph, case.path, case.finding.port, parameter):
        if isinstance(old, int | float) and not isinstance(old, bool):
            for bound in (parameter.minimum, parameter.maximum):
                if bound is not None and parameter.complaint(old) is not None:
                    yield _set(case, case.finding.port, old, int(bound) if parameter.kind == "int" else bound)


def defaults(case: Case) -> Iterator[Repair]:
    """The parameter's default."""
    name = case.finding.port
    if name in case.item.params:
        yield Repair(
            title=f"Reset {_words(name)}", edit=partial(edits.reset_param, path=case.path, name=name)
        )


def stride_one(case: Case) -> Iterator[Repair]:
    """A stride of one where there is nothing left to divide."""
    spec = case.spec
    if spec is not None and "stride" in spec.params:
        for old in _in_force(case.graph, case.path, "stride", spec.params["stride"]):
            if old != 1:
                yield _set(case, "stride", old, 1)


def stride_first(case: Case) -> Iterator[Repair]:
    """The stride of a stage's repeats in the first one alone."""
    home = case.graph.at(case.path)
    for name, item in home.nodes.items():
        spec = case.catalogue.get(getattr(item, "block", ""))
        if spec is None or "stride" not in spec.params:
            continue
        path = (*case.path, name)
        strides = [one for one in _in_force(case.graph, path, "stride", spec.params["stride"]) if one != 1]
        if strides:
            where, key = _home(case.graph, path, "stride")
            yield Repair(
                title=f"Set {_words(key)} of {title_of(case.graph.item(where), case.catalogue)} to {strides[0]}, then 1",
                edit=partial(
                    edits.set_param,
                    path=where,
                    name=key,
                    value=First(strides[0], 1),
                    catalogue=case.catalogue,
                ),
            )


def windows(case: Case) -> Iterator[Repair]:
    """A window for attention that has none, of the sizes that the hint names."""
    if case.spec is not None and "window" in case.spec.params:
        for size in sorted(_numbers(case.finding.hint), reverse=True):
            yield _set(case, "window", None, size)


def channels_kept(case: Case) -> Iterator[Repair]:
    """As many channels as come in, where the stage says how many it has."""
    report = case.analysis.nodes.get(case.path)
    came = next(iter(report.inputs.values()), None) if report is not None else None
    channels = getattr(came, "channels", None)
    if isinstance(channels, int) and "channels" in case.item.params:
        yield _set(case, "channels", None, channels)


def drop_path_off(case: Case) -> Iterator[Repair]:
    """No drop path."""
    yield _set(case, case.finding.port, None, 0.0)


def layer_norm(case: Case) -> Iterator[Repair]:
    """A norm over the channels of each position."""
    spec = case.spec
    if spec is not None and "norm" in spec.params and "layer" in spec.params["norm"].choices:
        yield _set(case, "norm", None, "layer")


def image_sizes(case: Case) -> Iterator[Repair]:
    """Another size of the picture, where the sentence names one or a step of 32 pixels may help."""
    node = image(case.graph)
    if node is None:
        return
    height, width = (node.params.get(side, 224) for side in ("height", "width"))
    if not isinstance(height, int) or height != width:
        return
    said = re.search(r"image[^.]*", case.finding.hint)
    named = sorted(_numbers(said[0])) if said else []
    below, above = height // 32 * 32, -(-height // 32) * 32
    for size in dict.fromkeys([*named, below, above]):
        if size >= 1 and size != height:
            yield Repair(
                title=f"Use pictures of {size}×{size}", edit=partial(_resized, node.id, size, case.catalogue)
            )


def _resized(node: str, size: int, catalogue: Catalogue, graph: Graph) -> Graph:
    for side in ("height", "width"):
        graph = edits.set_param(graph, (node,), side, size, catalogue)
    return graph


def _set(case: Case, name: str, old: Literal_, new: Literal_) -> Repair:
    path, key = _home(case.graph, case.path, name)
    where = title_of(case.graph.item(path), case.catalogue)
    words = "none" if new is None else f"{new:g}" if isinstance(new, float) else str(new)
    return Repair(
        title=f"Set {_words(key)} of {where} to {words}",
        edit=lambda graph: edits.set_param(
            graph,
            path,
            key,
            new if old is None else _swapped(graph.item(path).params.get(key, old), old, new),
            case.catalogue,
        ),
    )


def _home(graph: Graph, path: Path, name: str) -> tuple[Path, str]:
    """Where the value of a parameter is written: at the node, or at the group that it refers to."""
    value = graph.item(path).params.get(name)
    if isinstance(value, Ref) and len(path) > 1 and value.name in graph.item(path[:-1]).params:
        return _home(graph, path[:-1], value.name)
    return path, name


def _in_force(graph: Graph, path: Path, name: str, parameter: Parameter) -> list[Literal_]:
    """The different values that a parameter has over the repeats."""
    home, key = _home(graph, path, name)
    item = graph.item(home)
    value: Value = item.params.get(key, None if isinstance(item, Group) else parameter.default)
    return list(dict.fromkeys(literals(value)))


def _swapped(value: Value, old: Literal_, new: Literal_) -> Value:
    """The value with one literal in place of another, in whatever it is made of."""
    match value:
        case First(first, rest):
            return First(new if first == old else first, new if rest == old else rest)
        case Cycle(several):
            return Cycle(tuple(new if one == old else one for one in several))
    return new


def _numbers(text: str) -> set[int]:
    return {int(one) for one in re.findall(r"(?<![\w.])\d+(?![\w.]*\d)", text.replace("×", " "))}


def _words(name: str) -> str:
    return name.replace("_", " ")
