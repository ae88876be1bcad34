"""What is offered for a finding is tried by the engine, and does what it says."""

from collections.abc import Iterator

import pytest

from hybridgraph import catalog, presets
from hybridgraph.analysis import Analysis, Finding
from hybridgraph.engine import Engine
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, fragments, links
from hybridgraph.graph.model import Edge, Graph, Node, frozen
from hybridgraph.presets.lane import block, image, lane
from hybridgraph.repairs import mends, propose

CATALOGUE = catalog.load()
HEAD = block("head", "classifier", classes=10)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def pocket() -> Graph:
    return presets.build("pocket-moat")


def branched(channels: int, stride: int) -> Graph:
    """A convolution beside another one, added up."""
    graph = lane("", [image(3, 32), block("a", "conv_norm_act", channels=24), block("add", "add"), HEAD])
    graph = edits.disconnect(graph, [edge for edge in graph.edges if edge.target == "add"])
    graph = edits.add_node(graph, block("b", "conv_norm_act", channels=channels, stride=stride))
    for edge in (Edge("image", "y", "b", "x"), Edge("a", "y", "add", "a"), Edge("b", "y", "add", "b")):
        graph = edits.connect(graph, edge, CATALOGUE)
    return graph


def params(graph: Graph, name: str, **values: object) -> Graph:
    node = graph.nodes[name]
    return graph.with_item(
        Node(id=name, block=getattr(node, "block", ""), params=frozen({**node.params, **values}))
    )


def wire(graph: Graph, *edges: Edge) -> Graph:
    """The graph with wires that nobody could draw, as a file may hold them."""
    return Graph(name=graph.name, nodes=graph.nodes, edges=(*graph.edges, *edges))


def stray(graph: Graph, **values: object) -> Graph:
    return edits.add_node(graph, block("stray", "conv_norm_act", **values))  # type: ignore[arg-type]


def offered(graph: Graph, code: str, engine: Engine) -> Iterator[tuple[str, Finding, Analysis, Graph]]:
    """The repairs for the first finding of that code which mend it, with the graph that each makes."""
    before = engine.analyze(graph)
    finding = next(one for one in before.findings if one.code == code)
    for repair in propose(graph, finding, before, CATALOGUE):
        try:
            mended = repair.edit(graph)
        except GraphError:
            continue
        if mends(finding, before, engine.analyze(mended)):
            yield repair.title, finding, before, mended


TOKENS = lane("", [image(3, 32), block("patches", "patch_embed", channels=48, patch=8), block("token", "class_token"), block("head", "token_classifier", classes=10)])  # fmt: skip
CASES = {
    "a head width that does not divide": (
        edits.set_param(pocket(), ("stage2",), "head_dim", 36, CATALOGUE), "block", "Set head dim of Stage 2 to 32",
    ),
    "a window that does not divide": (
        lane("", [image(3, 96), block("stem", "conv_stem", channels=32), block("moat", "moat", channels=32, window=7), HEAD]),
        "block", "Set window of MOAT block to 6",
    ),
    "maps of other channels added": (
        branched(32, 1), "block", "Insert a 1×1 convolution after Conv-norm-act: 32×32×32 becomes 24×32×32",
    ),
    "maps of other sizes added": (branched(24, 2), "block", "Pool what comes from Conv-norm-act to 16×16"),
    "a map where tokens are taken": (TOKENS, "kind", "Insert Map to tokens"),
    "nothing wired": (
        edits.disconnect(pocket(), [e for e in pocket().edges if e.target == "stage2"]), "unwired",
        "Wire Stage 1 to it",
    ),
    "a result that nobody uses": (
        edits.connect(stray(pocket()), Edge("stem", "y", "stray", "x"), CATALOGUE), "unused",
        "Delete Conv-norm-act",
    ),
    "two ends": (
        edits.connect(
            stray(edits.remove(pocket(), ["classifier"])), Edge("stem", "y", "stray", "x"), CATALOGUE
        ), "two-outputs", "Delete Conv-norm-act",
    ),
    "a node in nobody's way": (stray(pocket()), "unreached", "Delete Conv-norm-act"),
    "a block of another version": (
        edits.splice(pocket(), pocket().edges[0], Node(id="odd", block="odd_block"), {**CATALOGUE, "odd_block": CATALOGUE["pool"]}),
        "unknown-block", "Bypass odd",
    ),
    "a parameter of another version": (params(pocket(), "stem", twist=3), "unknown-parameter", "Reset twist"),
    "a parameter below its limit": (params(pocket(), "stem", channels=0), "parameter", "Set channels of Convolutional stem to 1"),
    "two wires in one port": (
        wire(pocket(), Edge("stem", "y", "classifier", "x")), "two-sources", "Remove the wire from Convolutional stem",
    ),
    "wires in a circle": (
        wire(edits.disconnect(pocket(), [e for e in pocket().edges if e.target == "stage1"]), Edge("stage2", "y", "stage1", "x")),
        "cycle", "Remove the wire from Stage 2 to Stage 1",
    ),
    "no image": (edits.remove(pocket(), ["image"]), "no-image", "Add an image"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_repair_that_mends_is_offered(name: str, engine: Engine) -> None:
    graph, code, title = CASES[name]
    titles = [found for found, *_ in offered(graph, code, engine)]
    assert title in titles


def test_what_does_not_mend_is_not_taken_for_a_repair(engine: Engine) -> None:
    graph, code, _ = CASES["maps of other channels added"]
    before = engine.analyze(graph)
    finding = next(one for one in before.findings if one.code == code)
    assert not mends(finding, before, before)
    broken = engine.analyze(edits.set_param(graph, ("a",), "groups", 7, CATALOGUE))
    assert not mends(finding, before, broken)


def test_a_value_that_the_stage_gives_is_changed_at_the_stage(engine: Engine) -> None:
    graph, code, title = CASES["a head width that does not divide"]
    mended = next(after for found, _, _, after in offered(graph, code, engine) if found == title)
    assert mended.item(("stage2",)).params["head_dim"] == 32
    assert mended.item(("stage2", "moat")) == graph.item(("stage2", "moat"))


def test_linked_copies_that_differ_are_made_to_agree(engine: Engine) -> None:
    graph = links.linked(pocket(), ("stage1",), "link")
    graph, (name,) = fragments.paste(graph, fragments.fragment(graph, ["stage1"]), linked=True)
    graph = edits.set_param(graph, (name, "mbconv"), "kernel", 5, CATALOGUE)
    titles = {title: after for title, _, _, after in offered(graph, "linked", engine)}
    assert sum(title.startswith("Use the body of") for title in titles) == 2
    assert sum(title.startswith("Make ") for title in titles) == 1
    kernels = {after.item(("stage1", "mbconv")).params.get("kernel") for after in titles.values()}
    assert kernels == {None, 5}
