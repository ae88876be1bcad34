"""The one home of what hypothesis draws: values, graphs, and edits of graphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, fragments, frames, regroup
from hybridgraph.graph.model import Edge, Frame, Graph, Group, Item, Node, Path, frozen
from hybridgraph.graph.values import Cycle, First, Ramp, Ref
from hybridgraph.spec import Catalogue

ids = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,7}", fullmatch=True)
titles = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=20)
numbers = st.floats(-1e6, 1e6, allow_nan=False)
literals = st.none() | st.booleans() | st.integers(-(10**16), 10**16) | numbers | titles
values = st.one_of(
    literals,
    st.builds(Ref, ids),
    st.builds(First, literals, literals),
    st.builds(Cycle, st.lists(literals, min_size=1, max_size=4).map(tuple)),
    st.builds(Ramp, numbers, numbers, st.sampled_from(["stage", "net"])),
)
params = st.dictionaries(ids, values, max_size=3).map(frozen)
_json = st.recursive(
    literals, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(titles, inner, max_size=2)
)
foreign = st.dictionaries(ids.map(lambda name: f"x_{name}"), _json, max_size=2).map(frozen)
"""Keys that this version does not know."""

blocks = st.sampled_from(["paint", "sum", "split", "judge", "block_of_the_future", "moat"])
ports = st.sampled_from(["x", "y", "a", "b", "thin"])


@st.composite
def nodes(draw: st.DrawFn, name: str) -> Node:
    return Node(
        id=name,
        block=draw(blocks),
        params=draw(params),
        title=draw(titles),
        x=draw(numbers),
        y=draw(numbers),
        once=draw(st.booleans()),
        bypass=draw(st.booleans()),
        freeze=draw(st.booleans()),
        recompute=draw(st.booleans()),
        extra=draw(foreign),
    )


@st.composite
def framed(draw: st.DrawFn) -> dict[str, Frame]:
    """Comment frames by their ids."""
    sides = st.floats(frames.LEAST, 1e6)
    return {
        name: Frame(
            id=name,
            x=draw(numbers),
            y=draw(numbers),
            w=draw(sides),
            h=draw(sides),
            title=draw(titles),
            colour=draw(st.sampled_from(["", *frames.COLOURS, "a colour of the future"])),
            extra=draw(foreign),
        )
        for name in draw(st.lists(ids, unique=True, max_size=2))
    }


@st.composite
def groups(draw: st.DrawFn, name: str, depth: int) -> Group:
    body = draw(graphs(depth=depth - 1, named=False))
    edges = {
        "from_here": Node(id="from_here", block="input"),
        "to_there": Node(
            id="to_there", block="output", params=frozen({"collect": True} if draw(st.booleans()) else {})
        ),
    }
    return Group(
        id=name,
        body=replace(body, nodes=frozen({**body.nodes, **edges})),
        repeat=draw(st.integers(1, edits.MAX_REPEAT)),
        params=draw(params),
        title=draw(titles),
        x=draw(numbers),
        y=draw(numbers),
        once=draw(st.booleans()),
        bypass=draw(st.booleans()),
        freeze=draw(st.booleans()),
        recompute=draw(st.booleans()),
        collapsed=draw(st.booleans()),
        extra=draw(foreign),
    )


@st.composite
def graphs(draw: st.DrawFn, *, depth: int = 2, named: bool = True) -> Graph:
    """Any graph that a file can hold: wires may lead in circles and end at ports that do not exist."""
    items: dict[str, Item] = {}
    for name in draw(st.lists(ids, unique=True, max_size=4)):
        nested = depth > 0 and draw(st.integers(0, 3)) == 0
        items[name] = draw(groups(name, depth)) if nested else draw(nodes(name))
    edges: list[Edge] = []
    if items:
        ends = st.sampled_from(list(items))
        edges = draw(st.lists(st.builds(Edge, ends, ports, ends, ports), unique=True, max_size=5))
    return Graph(
        name=draw(titles) if named else "",
        nodes=frozen(items),
        edges=tuple(edges),
        frames=frozen(draw(framed())),
        extra=draw(foreign),
    )


def bodies(graph: Graph) -> list[Path]:
    """The path of every body in a graph, the whole first."""
    return [(), *(path for path, item in graph.walk() if isinstance(item, Group))]


@st.composite
def edited(draw: st.DrawFn, graph: Graph, catalogue: Catalogue) -> Callable[[], Graph]:
    """One edit of this graph, not yet done; doing it may raise GraphError."""
    at = draw(st.sampled_from(bodies(graph)))
    body = graph.at(at)
    names = list(body.nodes)
    some = st.sampled_from(names) if names else ids
    one = draw(some)
    several = draw(st.lists(some, unique=True, max_size=3))
    edge = draw(st.builds(Edge, some, ports, some, ports))
    wire = draw(st.sampled_from(body.edges)) if body.edges else edge
    node = draw(ids.flatmap(nodes))
    path = (*at, one)
    text, value, number = draw(titles), draw(values), draw(st.integers(-1, 600))
    name = draw(st.sampled_from(["channels", "stride", "rate", "mode", "nothing"]))
    place = draw(st.tuples(numbers, numbers))
    frame = draw(st.sampled_from([*body.frames])) if body.frames else "nothing"
    area = (*place, draw(numbers), draw(numbers))
    choices: list[Callable[[], Graph]] = [
        lambda: edits.add_node(graph, node, at=at),
        lambda: edits.remove(graph, several, at=at),
        lambda: edits.remove(graph, several, at=at, heal=True),
        lambda: edits.connect(graph, edge, catalogue, at=at),
        lambda: edits.disconnect(graph, [wire], at=at),
        lambda: edits.move(graph, dict.fromkeys(several, place), at=at),
        lambda: edits.set_param(graph, path, name, value, catalogue),
        lambda: edits.reset_param(graph, path, name),
        lambda: edits.set_title(graph, path, text),
        lambda: edits.set_repeat(graph, path, number),
        lambda: edits.set_collapsed(graph, path, bool(number % 2)),
        lambda: edits.set_bypass(graph, path, bool(number % 2)),
        lambda: edits.set_freeze(graph, path, bool(number % 2)),
        lambda: edits.set_recompute(graph, path, bool(number % 2)),
        lambda: edits.set_name(graph, text),
        lambda: edits.splice(graph, wire, node, catalogue, at=at),
        lambda: frames.add(graph, Frame(id=one, x=place[0], y=place[1], w=64, h=64, title=text), at=at)[0],
        lambda: frames.remove(graph, [frame], at=at),
        lambda: frames.place(graph, {frame: area}, at=at),
        lambda: frames.shift(graph, [frame], place, at=at),
        lambda: frames.set_title(graph, (*at, frame), text),
        lambda: frames.set_colour(graph, (*at, frame), text or "green"),
        lambda: regroup.group(graph, several, at=at)[0],
        lambda: regroup.group(graph, several, at=at, framed=body.frames)[0],
        lambda: regroup.ungroup(graph, one, at=at),
        lambda: fragments.paste(graph, fragments.fragment(graph, several, at=at), at=at)[0],
        lambda: fragments.paste(graph, fragments.fragment(graph, [], at=at, framed=body.frames), at=at)[0],
    ]
    return draw(st.sampled_from(choices))


def attempted(edit: Callable[[], Graph]) -> tuple[Graph | None, GraphError | None]:
    """The edited graph, or the refusal."""
    try:
        return edit(), None
    except GraphError as refusal:
        return None, refusal


def is_sentence(text: Any) -> bool:
    """Whether a person can be shown this: one line that ends like a sentence and holds no trace of Python."""
    traces = ("Traceback", "Error(", "<class", "object at 0x")
    return (
        isinstance(text, str)
        and len(text) > 12
        and text.endswith((".", "?", "!"))
        and "\n" not in text
        and not any(trace in text for trace in traces)
    )


@st.composite
def networks(draw: st.DrawFn) -> Graph:
    """Small sound networks of real blocks, with branches that meet and stages, on pictures of 8×8."""
    nodes = {
        "image": Node(id="image", block="image", params=frozen({"channels": 3, "height": 8, "width": 8}))
    }
    shapes: dict[str, tuple[int, int]] = {"image": (3, 8)}  # channels and side of every value so far
    edges: list[Edge] = []
    for number in range(draw(st.integers(1, 6))):
        name = f"n{number}"
        # New nodes stand on the newest values more often, or everything would be a star around the image.
        source = draw(st.sampled_from([*shapes, *list(shapes)[-2:] * 2]))
        channels, side = shapes[source]
        kinds = ["conv_norm_act", "se", "add", "concat"] + ["pool"] * (side > 1)
        kind = draw(st.sampled_from(kinds))
        given: dict[str, int | str] = {}
        if kind in ("add", "concat"):
            alike = [
                n
                for n, shape in shapes.items()
                if (shape[1] == side and kind == "concat") or shape == shapes[source]
            ]
            others = draw(st.lists(st.sampled_from(alike), min_size=1, max_size=3))
            edges += [
                Edge(other, "y", name, port) for other, port in zip([source, *others], "abcd", strict=False)
            ]
            if kind == "concat":
                channels = sum(shapes[other][0] for other in [source, *others])
        else:
            edges.append(Edge(source, "y", name, "x"))
        if kind == "se":
            given = {"reduction": 1}
        elif kind == "pool":
            side = -(-side // 2)
        elif kind == "conv_norm_act":
            stride = draw(st.sampled_from([1, 2]))
            channels, side = draw(st.integers(1, 6)), -(-side // stride)
            given = {"channels": channels, "stride": stride, "kernel": draw(st.sampled_from([1, 3]))}
        nodes[name] = Node(id=name, block=kind, params=frozen(given))
        shapes[name] = channels, side
    nodes["head"] = Node(id="head", block="classifier", params=frozen({"classes": 3, "norm": "none"}))
    edges.append(Edge(list(shapes)[-1], "y", "head", "x"))
    graph = Graph(nodes=frozen(nodes), edges=tuple(draw(st.permutations(edges))))
    inner = draw(st.lists(st.sampled_from(list(shapes)[1:]), unique=True, max_size=4))
    grouped, _ = attempted(lambda: regroup.group(graph, inner)[0])
    return grouped or graph
