"""Design files: the one door through which foreign graphs come in.

A design is JSON: `{"format": "hybridgraph", "version": 1, "name": …, "nodes": […], "edges": […]}`. A node has
`id`, `block`, `params`, `title`, `at` [x, y] and `once`; a group has `body` {nodes, edges}, `repeat` and
`collapsed` in place of `block`. An edge is four names: [source, port, target, port]. Keys and blocks that this
version does not know are kept and written back. Nothing in a file is ever run.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError, field_validator, model_validator

from hybridgraph.errors import DocumentError
from hybridgraph.graph import guarded_json, values
from hybridgraph.graph.edits import MAX_COORDINATE, MAX_DEPTH, MAX_REPEAT, MAX_TITLE
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, frozen
from hybridgraph.storage import write_atomic

FORMAT, VERSION, SUFFIX = "hybridgraph", 1, ".hybrid.json"
MAX_BYTES = 16 * 2**20
MAX_NODES = 20_000
MAX_FAULTS = 8

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=128)]
Title = Annotated[str, Field(max_length=MAX_TITLE)]
Coordinate = Annotated[float, Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE)]


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
    repeat: Annotated[int, Field(ge=1, le=MAX_REPEAT)] = 1
    collapsed: bool = False

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


class _Body(_Door):
    nodes: list[_Item] = []
    edges: Annotated[list[tuple[Name, Name, Name, Name]], FailFast()] = []

    @model_validator(mode="after")
    def _consistent(self) -> _Body:
        names = Counter(item.id for item in self.nodes)
        if twice := [name for name, count in names.items() if count > 1]:
            raise ValueError(f"two nodes have the id {', '.join(twice)}")
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


def load(path: FilePath | str) -> Graph:
    """The graph in a design file.

    Raises DocumentError with one sentence that names the file, the place in it and what is wrong there.
    """
    path = FilePath(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DocumentError(
                f"{path} is larger than any design ({MAX_BYTES // 2**20} MiB at most).",
                "Choose a file that ends in .hybrid.json.",
            )
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"The design {path} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from None
    return parse(data, str(path))


def parse(data: bytes, name: str = "the text") -> Graph:
    """The graph in the bytes of a design file; `name` is what messages call it."""
    return loads(guarded_json.text_of(data, name), name)


def loads(text: str, name: str = "the text") -> Graph:
    """The graph in the text of a design. Raises DocumentError."""
    if text.count('"id"') > 2 * MAX_NODES:  # counted before parsing, which would take seconds and gigabytes
        raise DocumentError(f"{name} holds more than {MAX_NODES:,} nodes, the most a design can have.")
    data = guarded_json.data_of(text, name)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise DocumentError(f'{name} is no HybridGraph design: it lacks "format": "{FORMAT}".')
    version = data.get("version")
    if isinstance(version, int) and version > VERSION:
        raise DocumentError(
            f"{name} was made by a newer HybridGraph (format {version}, this one reads {VERSION}).",
            "Update HybridGraph; the file was not touched.",
        )
    _check_extent(data, name)
    try:
        document = _Document.model_validate(data)
    except ValidationError as error:
        raise DocumentError(f"{name} cannot be opened: {_faults(error)}.") from None
    return _graph(document, document.name, {**(document.model_extra or {})})


def dumps(graph: Graph) -> str:
    """The text of a design file, the same for equal graphs."""
    data = {"format": FORMAT, "version": VERSION, "name": graph.name, **_body(graph), **graph.extra}
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    # Half a surrogate pair, which JSON allows and UTF-8 does not, stays the escape it was read from.
    return text.encode("utf-8", "backslashreplace").decode()


def save(graph: Graph, path: FilePath | str) -> None:
    """Write a design file whole or not at all. Raises DocumentError when it cannot be written."""
    write_atomic(FilePath(path), dumps(graph))


def _check_extent(data: Mapping[str, Any], name: str) -> None:
    """Refuse too many nodes, and groups nested beyond MAX_DEPTH, before anything recurses over them."""
    level: list[Any] = [data]
    nodes = 0
    for _ in range(MAX_DEPTH):
        nodes += sum(len(body["nodes"]) for body in level if isinstance(body.get("nodes"), list))
        if nodes > MAX_NODES:
            raise DocumentError(f"{name} holds more than {MAX_NODES:,} nodes, the most a design can have.")
        level = [
            item["body"]
            for body in level
            if isinstance(body.get("nodes"), list)
            for item in body["nodes"]
            if isinstance(item, dict) and isinstance(item.get("body"), dict)
        ]
        if not level:
            return
    raise DocumentError(f"{name} nests groups more than {MAX_DEPTH} deep.")


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
        extra=frozen(extra),
    )


def _read(item: _Item) -> Item:
    shared: dict[str, Any] = {
        "id": item.id,
        "params": frozen(item.params),
        "title": item.title,
        "x": item.at[0],
        "y": item.at[1],
        "once": item.once,
        "extra": frozen(item.model_extra or {}),
    }
    if item.body is not None:
        body = _graph(item.body, "", dict(item.body.model_extra or {}))
        return Group(body=body, repeat=item.repeat, collapsed=item.collapsed, **shared)
    return Node(block=item.block or "", **shared)


def _body(graph: Graph) -> dict[str, Any]:
    return {
        "nodes": [_write(item) for item in graph.nodes.values()],
        "edges": [[edge.source, edge.source_port, edge.target, edge.target_port] for edge in graph.edges],
    }


def _write(item: Item) -> dict[str, Any]:
    data: dict[str, Any] = {"id": item.id}
    if isinstance(item, Node):
        data["block"] = item.block
    if item.title:
        data["title"] = item.title
    if isinstance(item, Group):
        data["repeat"] = item.repeat
        if item.collapsed:
            data["collapsed"] = True
    if item.once:
        data["once"] = True
    data["params"] = {name: values.encode(value) for name, value in item.params.items()}
    data["at"] = [item.x, item.y]
    if isinstance(item, Group):
        data["body"] = {**_body(item.body), **item.body.extra}
    return {**data, **item.extra}
