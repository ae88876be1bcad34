"""A folder of blocks of a test's own, an empty list of agreements, and a registry that is left as it was."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from hybridgraph.custom import agreements, loading
from hybridgraph.custom.folder import PLACE, BlockFile, find
from hybridgraph.custom.template import template
from hybridgraph.graph.model import Edge, Graph, Node, frozen

Write = Callable[..., BlockFile]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Give ``own(name, text, agree=True)``: a block file in the folder, agreed to as it is."""
    folder = tmp_path / "blocks"
    folder.mkdir()
    monkeypatch.setenv(PLACE, str(folder))
    monkeypatch.setenv(agreements.PLACE, str(tmp_path / "agreed.json"))

    def write(name: str, text: str | None = None, *, agree: bool = True) -> BlockFile:
        (folder / f"{name}.py").write_text(template(name) if text is None else text, encoding="utf-8")
        if agree:
            found = find(name)
            agreements.agree(found.name, found.digest)
        return find(name)

    yield write
    loading.forget()


def network(block: str, **params: object) -> Graph:
    """Image → stem → the block → classifier."""
    nodes = (
        Node(id="image", block="image", params=frozen({"channels": 1, "height": 8, "width": 8})),
        Node(id="stem", block="conv_norm_act", params=frozen({"channels": 8})),
        Node(id="own", block=block, params=frozen(params)),
        Node(id="head", block="classifier", params=frozen({"classes": 3})),
    )
    edges = tuple(Edge(a.id, "y", b.id, "x") for a, b in pairwise(nodes))
    return Graph(name="own", nodes=frozen({one.id: one for one in nodes}), edges=edges)
