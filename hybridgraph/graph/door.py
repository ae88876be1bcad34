"""The validator of design files: plain data in, a graph or every fault with its path out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError, field_validator, model_validator

from hybridgraph.errors import DocumentError
from hybridgraph.graph import values
from hybridgraph.graph.edits import MAX_COORDINATE, MAX_REPEAT, MAX_TITLE
from hybridgraph.graph.model import Edge, Frame, Graph, Group, Item, Node, frozen

MAX_FAULTS = 8
"""Faults told in full; the rest are counted."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=128)]
Title = Annotated[str, Field(max_length=MAX_TITLE)]
Coordinate = Annotated[float, Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE)]
Length = Annotated[float, Field(gt=0, le=2 * MAX_COORDINATE)]


class _Door(BaseModel):
    model_config = ConfigDict(extra="allow", strict=False, allow_inf_nan=False)


class _Item(_Door):
    id: Name
    block: Annotated[str, Field(max_length=128)] | None = None
    body: _Body | None = None
    params: dict[str, Any] = {}
    title: Title = ""
    at: tuple[Coordinate, Coordinate] = (0.0, 0.0)
    once: bool = False
    bypass: bool = False
    freeze: bool = False
    recompute: bool = False
    repeat: Annotated[int, Field(ge=1, le=MAX_REPEAT)] = 1
    collapsed: bool = False
    link: Annotated[str, Field(max_length=128)] = ""

    @field_validator("params")
    @classmethod
    def _values(cls, params: dict[str, Any]) -> dict[str, values.Value]:
        decoded = {}
        for name, data in params.items():
            try:
                decoded[name] = values.decode(data)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return decoded

    @model_validator(mode="after")
    def _one_kind(self) -> _Item:
        if (self.block is None) == (self.body is None):
            raise ValueError("needs either a block or a body")
        return self


class _Frame(_Door):
    id: Name
    title: Title = ""
    colour: Annotated[str, Field(max_length=128)] = ""
    at: tuple[Coordinate, Coordinate]
    size: tuple[Length, Length]


class _Body(_Door):
    nodes: list[_Item] = []
    edges: Annotated[list[tuple[Name, Name, Name, Name]], FailFast()] = []
    frames: list[_Frame] = []

    @model_validator(mode="after")
    def _consistent(self) -> _Body:
        names = Counter(item.id for item in self.nodes)
        for what, ids in (("nodes", names), ("frames", Counter(frame.id for frame in self.frames))):
            if twice := [name for name, count in ids.items() if count > 1]:
                raise ValueError(f"two {what} have the id {', '.join(twice)}")
        for index, (source, _, target, _) in enumerate(self.edges):
            for end in (source, target):
                if end not in names:
                    raise ValueError(f"edges[{index}] ends at {end!r}, which is no node")
        edges = Counter(self.edges)
        if again := [edge for edge, count in edges.items() if count > 1]:
            raise ValueError(f"the edge {'.'.join(again[0])} stands there twice")
        return self


class _Document(_Body):
    format: str
    version: int
    name: Title = ""


def admit(data: Mapping[str, Any], name: str) -> Graph:
    """The graph that the data of a design file describes.

    Raises DocumentError that calls it `name` and tells each fault with its path in the file.
    """
    try:
        document = _Document.model_validate(data)
    except ValidationError as error:
        raise DocumentError(f"{name} cannot be opened: {_faults(error)}.") from None
    return _graph(document, document.name, {**(document.model_extra or {})})


def _faults(error: ValidationError) -> str:
    """Every fault with its path in the file, the first few in full."""
    lines = []
    for fault in error.errors(include_url=False)[:MAX_FAULTS]:
        where = ""
        for step in fault["loc"]:
            where += f"[{step}]" if isinstance(step, int) else f"{'.' if where else ''}{step}"
        lines.append(f"{where}: {fault['msg'].removeprefix('Value error, ')}" if where else fault["msg"])
    more = error.error_count() - len(lines)
    return "; ".join(lines) + (f"; and {more:,} more" if more > 0 else "")


def _graph(body: _Body, name: str, extra: dict[str, Any]) -> Graph:
    return Graph(
        name=name,
        nodes=frozen({item.id: _read(item) for item in body.nodes}),
        edges=tuple(Edge(*edge) for edge in body.edges),
        frames=frozen({frame.id: _read_frame(frame) for frame in body.frames}),
        extra=frozen(extra),
    )


def _read_frame(frame: _Frame) -> Frame:
    (x, y), (w, h) = frame.at, frame.size
    extra = frozen(frame.model_extra or {})
    return Frame(id=frame.id, x=x, y=y, w=w, h=h, title=frame.title, colour=frame.colour, extra=extra)


def _read(item: _Item) -> Item:
    shared: dict[str, Any] = {
        "id": item.id,
        "params": frozen(item.params),
        "title": item.title,
        "x": item.at[0],
        "y": item.at[1],
        "once": item.once,
        "bypass": item.bypass,
        "freeze": item.freeze,
        "recompute": item.recompute,
        "extra": frozen(item.model_extra or {}),
    }
    if item.body is not None:
        body = _graph(item.body, "", dict(item.body.model_extra or {}))
        return Group(body=body, repeat=item.repeat, collapsed=item.collapsed, link=item.link, **shared)
    if item.link:  # means nothing on a block; kept as foreign data is
        shared["extra"] = frozen({"link": item.link, **shared["extra"]})
    return Node(block=item.block or "", **shared)
