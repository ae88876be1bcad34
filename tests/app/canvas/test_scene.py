"""The scene is a projection: after any edits it equals the one built from nothing, and untouched items stay."""

import random

import pytest

from app import theme
from app.canvas import changes
from app.canvas.scene import DesignScene
from app.session import Session
from hybridgraph.analysis import Finding
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, regroup
from hybridgraph.graph.model import Edge, Graph, Group, Node, frozen


@pytest.fixture
def scene(session: Session) -> DesignScene:
    theme.load_fonts()
    return DesignScene(session, theme.DARK)


def random_edit(graph: Graph, dice: random.Random, catalogue) -> Graph:
    """One edit that a person might make anywhere in the design."""
    bodies = [(), *(path for path, item in graph.walk() if isinstance(item, Group))]
    at = dice.choice(bodies)
    body = graph.at(at)
    inner = [n for n, i in body.nodes.items() if getattr(i, "block", "") not in ("input", "output")]
    name = dice.choice(inner) if inner else ""
    match dice.randrange(10):
        case 0 | 1:
            block = dice.choice(["conv", "gate", "classifier", "no_such_block"])
            node = Node(id=edits.fresh_id(body.nodes, block), block=block, x=dice.randrange(-20, 90) * 8, y=8)
            return edits.add_node(graph, node, at=at)
        case 2 if inner and len(body.nodes) > 3:
            return edits.remove(graph, [name], at=at, heal=dice.random() < 0.5)
        case 3 if len(inner) > 1:
            a, b = dice.sample(inner, 2)
            return edits.connect(graph, Edge(a, "y", b, "x"), catalogue, at=at)
        case 4 if body.edges:
            return edits.disconnect(graph, [dice.choice(body.edges)], at=at)
        case 5 if inner:
            return edits.move(
                graph, {name: (dice.randrange(-30, 120) * 8, dice.randrange(-20, 40) * 8)}, at=at
            )
        case 6 if inner:
            return edits.set_title(
                graph, (*at, name), dice.choice(["", "A", "A much longer title than before"])
            )
        case 7 if inner and isinstance(body.nodes[name], Group):
            return edits.set_collapsed(graph, (*at, name), dice.random() < 0.5)
        case 8 if len(inner) > 2 and len(at) < 2:
            return regroup.group(graph, dice.sample(inner, 2), at=at)[0]
        case 9 if inner and isinstance(body.nodes[name], Group):
            return edits.set_repeat(graph, (*at, name), dice.randrange(1, 9))
    return graph


@pytest.mark.parametrize("seed", range(4))
def test_any_edits_leave_the_scene_equal_to_a_rebuilt_one(
    session: Session, scene: DesignScene, seed: int
) -> None:
    dice = random.Random(seed)
    for step in range(120):
        try:
            after = random_edit(session.graph, dice, session.catalogue)
        except GraphError:
            continue
        session.apply("edit", lambda _, after=after: after)
        session.select(dice.sample([path for path, _ in session.graph.walk()], 1))
        if step % 20 == 19:
            assert_equal_to_rebuilt(session, scene)
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
    assert_equal_to_rebuilt(session, scene)


def assert_equal_to_rebuilt(session: Session, scene: DesignScene) -> None:
    shown, places = scene.snapshot(), {path: item.pos() for path, item in scene.boxes.items()}
    fresh = DesignScene(session, theme.DARK)
    assert fresh.snapshot() == shown
    assert {path: item.pos() for path, item in fresh.boxes.items()} == places
    assert len(fresh.items()) == len(scene.items())
    session.graph_changed.disconnect(fresh._on_graph)
    scene.rebuild()
    assert scene.snapshot() == shown
    assert len(fresh.items()) == len(scene.items())


def test_an_edit_touches_only_what_differs(session: Session, scene: DesignScene) -> None:
    before = dict(scene.boxes)
    cards = {path: item.card for path, item in scene.boxes.items()}
    session.apply("set", lambda g: edits.set_param(g, ("stem",), "channels", 32, session.catalogue))
    assert all(scene.boxes[path] is item for path, item in before.items())
    changed = [path for path, item in scene.boxes.items() if item.card is not cards[path]]
    assert changed == [("stem",)]
    assert scene.boxes["stem",].card.line == "32 · k3"


def test_an_edit_inside_a_stage_reaches_its_item(session: Session, scene: DesignScene) -> None:
    item = scene.boxes["stage1", "conv"]
    session.apply("set", lambda g: edits.set_param(g, ("stage1",), "channels", 128, session.catalogue))
    assert scene.boxes["stage1", "conv"] is item
    assert item.card.line == "128 · k3"


def test_analysis_tells_shapes_shares_and_costs(session: Session, scene: DesignScene, analysed) -> None:
    session.accept_analysis(analysed(session.graph))
    stage = scene.boxes["stage1",].card
    assert (stage.shape, stage.share, stage.footer) == (
        "96×7×7",
        "75 % MACs",
        "first block stride 2, 64 → 96",
    )
    wire = scene.wires[(), Edge("stem", "y", "stage1", "x")].look
    assert (wire.label, wire.short, wire.state) == ("64×14×14", "64×14²", "ok")
    assert scene.boxes["stem",].card.foot.text == "1 M"
    assert scene.boxes["stem",].card.foot.fraction == pytest.approx(1 / 3)


def test_findings_are_pinned_to_node_port_and_wire(session: Session, scene: DesignScene, analysed) -> None:
    wrong = Finding(severity="error", code="shape", path=("head",), port="x", message="It does not fit.")
    session.accept_analysis(analysed(session.graph, wrong))
    card = scene.boxes["head",].card
    assert (card.severity, card.notes, card.faulty_ports) == ("error", ("It does not fit.",), {"x"})
    assert scene.wires[(), Edge("stage1", "y", "head", "x")].look.state == "error"


def test_a_folded_stage_shows_what_is_wrong_inside(session: Session, scene: DesignScene, analysed) -> None:
    session.apply("fold", lambda g: edits.set_collapsed(g, ("stage1",), True))
    inside = Finding(severity="error", code="shape", path=("stage1", "conv"), message="Inside.")
    session.accept_analysis(analysed(session.graph, inside))
    assert scene.boxes["stage1",].card.severity == "error"


def test_selection_fades_unrelated_wires(session: Session, scene: DesignScene) -> None:
    session.select([("stem",)])
    faded = {edge for (at, edge), wire in scene.wires.items() if wire.is_faded and not at}
    assert faded == {Edge("stage1", "y", "head", "x")}
    session.select([])
    assert not any(wire.is_faded for wire in scene.wires.values())


def test_a_graph_without_positions_is_laid_out_and_kept_on_the_first_move(session: Session) -> None:
    bare = Graph(
        nodes=frozen({n: edits.replace(i, x=0.0, y=0.0) for n, i in session.graph.nodes.items()}),
        edges=session.graph.edges,
    )
    session.new(bare)
    scene = DesignScene(session, theme.DARK)
    before = {name: box.rect[:2] for name, box in scene.level.boxes.items()}
    assert len(set(before.values())) == 4
    head = before["head"]
    session.apply("move", lambda g: changes.moved(g, {("head",): (head[0] + 80, head[1])}, session.catalogue))
    after = {name: box.rect[:2] for name, box in scene.level.boxes.items()}
    assert after == {**before, "head": (head[0] + 80, head[1])}


def test_unknown_blocks_show_their_wired_ports(session: Session, scene: DesignScene) -> None:
    session.apply("add", lambda g: edits.add_node(g, Node(id="odd", block="from_tomorrow", x=640, y=200)))
    session.apply("wire", lambda g: edits.connect(g, Edge("stage1", "y", "odd", "in"), session.catalogue))
    assert [spot.name for spot in scene.level.boxes["odd"].inputs] == ["in"]
    assert scene.boxes["odd",].card.line == "unknown block"
