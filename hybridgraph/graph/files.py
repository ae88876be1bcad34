"""Design files: the one door through which foreign graphs come in.

A design is JSON: `{"format": "hybridgraph", "version": 1, "name": …, "nodes": […], "edges": […]}`. A node has
`id`, `block`, `params`, `title`, `at` [x, y], and true for those of `FLAGS` that hold; a group has `body` {nodes,
edges}, `repeat`, `collapsed` and, where it is a linked copy, `link` in place of `block`. An edge is four names:
[source, port, target, port]. A body may have `frames`: comment frames with `id`, `title`, `colour`, `at` [x, y] and
`size` [width, height]. Keys and blocks that this version does not know are kept and written back. Nothing in a file is
ever run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from hybridgraph.bulk import bulk
from hybridgraph.errors import DocumentError
from hybridgraph.graph import guarded_json, values
from hybridgraph.graph.edits import MAX_DEPTH
from hybridgraph.graph.model import Frame, Graph, Group, Item, Node
from hybridgraph.storage import write_atomic

FORMAT, VERSION, SUFFIX = "hybridgraph", 1, ".hybrid.json"
MAX_BYTES = 16 * 2**20
MAX_NODES = 20_000
FLAGS = ("once", "bypass", "freeze", "recompute")


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
    with bulk():
        return _read(text, name)


def _read(text: str, name: str) -> Graph:
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
    return decode(data, name)


def dumps(graph: Graph) -> str:
    """The text of a design file, the same for equal graphs."""
    text = json.dumps(encode(graph), indent=1, ensure_ascii=False) + "\n"
    # Half a surrogate pair, which JSON allows and UTF-8 does not, stays the escape it was read from.
    return text.encode("utf-8", "backslashreplace").decode()


def encode(graph: Graph) -> dict[str, Any]:
    """The graph as plain data, as a design file holds it."""
    return {"format": FORMAT, "version": VERSION, "name": graph.name, **_body(graph), **graph.extra}


def decode(data: Mapping[str, Any], name: str = "the data") -> Graph:
    """The graph that plain data of a known size describes. Raises DocumentError."""
    from hybridgraph.graph.door import admit  # a window without a file need not wait for the validator

    return admit(data, name)


def save(graph: Graph, path: FilePath | str) -> None:
    """Write a design file whole or not at all. Raises DocumentError when it cannot be written."""
    write_atomic(FilePath(path), dumps(graph))


def _check_extent(data: Mapping[str, Any], name: str) -> None:
    """Refuse too many nodes, and groups nested beyond MAX_DEPTH, before anything recurses over them."""
    level: list[Any] = [data]
    nodes = 0
    for _ in range(MAX_DEPTH):
        kept = [body.get(key) for body in level for key in ("nodes", "frames")]
        nodes += sum(len(found) for found in kept if isinstance(found, list))
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


def _body(graph: Graph) -> dict[str, Any]:
    data: dict[str, Any] = {
        "nodes": [_write(item) for item in graph.nodes.values()],
        "edges": [[edge.source, edge.source_port, edge.target, edge.target_port] for edge in graph.edges],
    }
    if graph.frames:
        data["frames"] = [_write_frame(frame) for frame in graph.frames.values()]
    return data


def _write_frame(frame: Frame) -> dict[str, Any]:
    data: dict[str, Any] = {"id": frame.id, "at": [frame.x, frame.y], "size": [frame.w, frame.h]}
    data |= {key: text for key, text in (("title", frame.title), ("colour", frame.colour)) if text}
    return {**data, **frame.extra}


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
        if item.link:
            data["link"] = item.link
    data |= {flag: True for flag in FLAGS if getattr(item, flag)}
    data["params"] = {name: values.encode(value) for name, value in item.params.items()}
    data["at"] = [item.x, item.y]
    if isinstance(item, Group):
        data["body"] = {**_body(item.body), **item.body.extra}
    return {**data, **item.extra}
