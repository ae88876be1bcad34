"""Edits are pure: they leave the graph they are given alone, so undo is keeping the value from before."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, files, wiring
from hybridgraph.graph.model import Edge, Graph
from hybridgraph.graph.values import Cycle, First, Ramp
from tests.core.toys import TOYS, analyzed, chain, graph, group, image, node
from tests.strategies import attempted, bodies, edited, graphs, is_sentence


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_undoing_any_sequence_of_edits_gives_back_the_equal_graph(data: st.DataObject):
    """The values from before are what undo brings back, so no edit may touch them."""
    history = [data.draw(graphs())]
    texts = [files.dumps(history[0])]
    for _ in range(data.draw(st.integers(1, 8))):
        made, refusal = attempted(data.draw(edited(history[-1], TOYS)))
        if made is None:
            assert refusal is not None
            assert is_sentence(refusal.message)
            continue
        for body in (made.at(path) for path in bodies(made)):
            assert all(edge.source in body.nodes and edge.target in body.nodes for edge in body.edges)
        history.append(made)
        texts.append(files.dumps(made))
        assert files.loads(texts[-1]) == made
    assert [files.dumps(value) for value in history] == texts


def test_values_cannot_be_changed_in_place():
    value = chain(node("a"))
    with pytest.raises(TypeError):
        value.nodes["b"] = node("b")  # type: ignore[index]
    with pytest.raises(AttributeError):
        value.name = "other"  # type: ignore[misc]


# -- connecting

TWO = graph(
    image(), node("a"), node("b"), node("head", "judge"), node("both", "sum"), wires="image > a, a > b"
)


@pytest.mark.parametrize(
    ("edge", "words"),
    [
        (Edge("a", "y", "nobody", "x"), ["no node called 'nobody'"]),
        (Edge("nobody", "y", "a", "x"), ["no node called 'nobody'"]),
        (Edge("a", "z", "b", "x"), ["Paint (a) has no output called 'z'"]),
        (Edge("a", "y", "b", "z"), ["Paint (b) has no input called 'z'"]),
        (Edge("a", "y", "image", "x"), ["Image has no input called 'x'"]),
        (Edge("a", "y", "a", "x"), ["Paint (a) cannot feed itself"]),
        (Edge("b", "y", "a", "x"), ["close a circle", "Paint (a) already feeds Paint (b)"]),
        (Edge("head", "y", "a", "x"), ["Judge gives a vector (B, C)", "Paint (a) takes an image map"]),
    ],
)
def test_a_wire_that_cannot_be_is_refused_with_the_reason(edge: Edge, words: list[str]):
    reason = wiring.refusal(TWO, edge, TOYS)
    assert is_sentence(reason)
    assert all(word in (reason or "") for word in words)
    with pytest.raises(GraphError) as caught:
        edits.connect(TWO, edge, TOYS)
    assert caught.value.message == reason


def test_a_new_wire_takes_the_place_of_the_one_in_its_port():
    made = edits.connect(TWO, Edge("image", "y", "b", "x"), TOYS)
    assert [str(edge) for edge in made.edges] == ["image.y → a.x", "image.y → b.x"]


def test_any_kind_may_enter_a_port_that_takes_any():
    assert wiring.refusal(TWO, Edge("head", "y", "both", "a"), TOYS) is None


def test_wires_are_drawn_to_unknown_blocks():
    value = edits.add_node(TWO, node("new", "block_of_the_future"))
    assert wiring.refusal(value, Edge("a", "y", "new", "whatever"), TOYS) is None


def test_a_groups_ports_are_those_of_its_body():
    stage = group("stage", node("p"), wires="x > p, p > out", inputs="x skip", outputs="out")
    value = edits.add_node(TWO, stage)
    assert wiring.refusal(value, Edge("a", "y", "stage", "skip"), TOYS) is None
    assert "no input called 'p'" in (wiring.refusal(value, Edge("a", "y", "stage", "p"), TOYS) or "")


# -- removing, healing, splicing


def test_removing_takes_the_wires_along_and_healing_joins_them():
    value = chain(node("a"), node("b"), node("c"), node("head", "judge"))
    assert [str(e) for e in edits.remove(value, ["b", "c"]).edges] == ["image.y → a.x"]
    healed = edits.remove(value, ["b", "c"], heal=True)
    assert [str(e) for e in healed.edges] == ["image.y → a.x", "a.y → head.x"]
    assert analyzed(healed).output == analyzed(value).output


def test_healing_joins_nothing_where_two_wires_come_in():
    value = graph(
        image(), node("a"), node("s", "sum"), node("b"), wires="image > a, image > s.a, a > s.b, s > b"
    )
    assert [str(e) for e in edits.remove(value, ["s"], heal=True).edges] == ["image.y → a.x"]


def test_removing_a_groups_port_removes_the_wires_that_ended_there():
    stage = group("stage", node("p"), wires="x > p, p > y", inputs="x skip")
    value = graph(image(), stage, node("b"), wires="image > stage.x, image > stage.skip, stage > b")
    made = edits.remove(value, ["skip"], at=("stage",))
    assert [str(edge) for edge in made.edges] == ["image.y → stage.x", "stage.y → b.x"]


def test_a_node_is_put_into_a_wire():
    made = edits.splice(TWO, Edge("a", "y", "b", "x"), node("between"), TOYS)
    assert [str(e) for e in made.edges] == ["image.y → a.x", "a.y → between.x", "between.y → b.x"]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (image(), "has no input to put into a wire"),
        (node("end", "judge"), "gives a vector"),
        (node("new", "block_of_the_future"), "to put into a wire"),
        (node("a"), "already a node called 'a'"),
    ],
)
def test_a_node_that_fits_no_wire_is_refused(new, words: str):
    with pytest.raises(GraphError, match=words) as caught:
        edits.splice(TWO, Edge("a", "y", "b", "x"), new, TOYS)
    assert is_sentence(caught.value.message)


def test_only_a_wire_that_is_there_can_be_spliced():
    with pytest.raises(GraphError, match="no wire"):
        edits.splice(TWO, Edge("image", "y", "b", "x"), node("between"), TOYS)


# -- parameters, titles, repeats


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("channels", 0, "below the limit of 1"),
        ("channels", 5000, "above the limit of 4096"),
        ("channels", 2.5, "not a whole number"),
        ("channels", True, "not a whole number"),
        ("channels", "8", "not a whole number"),
        ("channels", None, "needs a value"),
        ("rate", float("nan"), "no number that a design can hold"),
        ("channels", 10**400, "no number that a design can hold"),
        ("channels", First(8, 10**18), "no number that a design can hold"),
        ("channels", Cycle((8, float("inf"))), "no number that a design can hold"),
        ("rate", Ramp(0.0, float("nan")), "no number that a design can hold"),
        ("mode", "loud", "none of soft, hard"),
        ("volume", 1, "no parameter 'volume'"),
    ],
)
def test_a_value_outside_its_limits_is_refused(name: str, value, words: str):
    with pytest.raises(GraphError) as caught:
        edits.set_param(TWO, ("a",), name, value, TOYS)
    assert words in caught.value.message
    assert is_sentence(caught.value.message)


def test_a_block_takes_only_finite_numbers():
    assert TOYS["paint"].params["rate"].complaint(float("nan")) == "nan is not a finite number"


def test_a_title_no_file_could_hold_is_refused():
    for edit in (lambda: edits.set_title(TWO, ("a",), "t" * 1001), lambda: edits.set_name(TWO, "t" * 1001)):
        with pytest.raises(GraphError, match="1,000 are possible"):
            edit()


def test_a_parameter_set_and_reset_is_the_graph_from_before():
    assert edits.reset_param(edits.set_param(TWO, ("a",), "channels", 9, TOYS), ("a",), "channels") == TWO
    per_repeat = edits.set_param(TWO, ("a",), "stride", First(2, 1), TOYS)
    assert per_repeat.nodes["a"].params["stride"] == First(2, 1)


@pytest.mark.parametrize("repeat", [0, -1, 513])
def test_a_repeat_outside_its_limits_is_refused(repeat: int):
    value = chain(group("stage", node("p"), wires="x > p, p > y"))
    with pytest.raises(GraphError, match="1 to 512"):
        edits.set_repeat(value, ("stage",), repeat)


@pytest.mark.parametrize("path", [(), ("nobody",), ("a", "b"), ("nobody", "b")])
def test_a_path_to_nowhere_is_refused(path: tuple[str, ...]):
    for edit in (
        lambda: edits.set_title(TWO, path, "T"),
        lambda: edits.reset_param(TWO, path, "channels"),
        lambda: edits.set_repeat(TWO, path, 2),
    ):
        with pytest.raises(GraphError) as caught:
            edit()
        assert is_sentence(caught.value.message)


@given(st.text(max_size=40))
def test_ids_made_of_any_wish_can_be_saved(wish: str):
    name = edits.fresh_id({"node", "a"}, wish)
    value = edits.add_node(Graph(), node(name))
    assert files.loads(files.dumps(value)) == value
    assert edits.fresh_id({name}, wish) != name
