"""What cannot be planned is a finding at the node and port that cause it, and the rest is planned all the same."""

import pytest
from hypothesis import HealthCheck, given, settings

from hybridgraph.graph.model import Graph, Path
from hybridgraph.graph.values import Cycle, First, Ramp, Ref
from hybridgraph.plan import Stage, Step
from hybridgraph.shapes import ImageMap, Vector
from tests.core.toys import analyzed, chain, finding, graph, group, image, node, planned
from tests.strategies import graphs, is_sentence

HEAD = node("head", "judge")


def test_a_sound_design_has_a_plan_and_no_findings():
    made, analysis = planned(chain(node("a", channels=4, stride=2), HEAD))
    assert made is not None
    assert analysis.findings == ()
    assert (analysis.input, analysis.output) == (ImageMap(3, 32, 32), Vector(10))
    assert analysis.nodes["a",].outputs == {"y": ImageMap(4, 16, 16)}
    assert analysis.total.params == 3 * 4 + 4 * 10
    assert analysis.total.macs == 3 * 4 * 16 * 16 + 4 * 10


BROKEN = {
    "cycle": (graph(image(), node("a", "sum"), node("b"), HEAD,
                    wires="image > a.a, a > b, b > a.b, b > head"),
              ("a",), "", ["The wires lead in a circle", "→"]),
    "two-sources": (graph(image(), node("a"), node("b"), HEAD, wires="image > a, image > b, a > head, b > head"),
                    ("head",), "x", ["Two wires end in the same port 'x' of Judge"]),
    "kind": (graph(image(), HEAD, node("a"), wires="image > head, head > a"),
             ("a",), "x", ["Paint takes an image map", "Judge gives a vector (B, C) of 10"]),
    "unwired": (graph(image(), node("s", "sum"), HEAD, wires="image > s.a, s > head"),
                ("s",), "b", ["nothing is wired to its input 'b'"]),
    "unknown-block": (chain(node("a", "block_of_the_future"), HEAD),
                      ("a",), "", ["'block_of_the_future' is unknown to this version"]),
    "unknown-port": (graph(image(), node("a"), HEAD, wires="image > a, image > a.z, a > head"),
                     ("a",), "z", ["no input called 'z'"]),
    "unknown-reference": (chain(node("a", channels=Ref("width")), HEAD),
                          ("a",), "channels", ["no parameter called 'width'"]),
    "parameter": (chain(node("a", channels=0), HEAD),
                  ("a",), "channels", ["0 is below the limit of 1"]),
    "block": (graph(image(), node("a", channels=5), node("s", "sum"), HEAD,
                    wires="image > a, a > s.a, image > s.b, s > head"),
              ("s",), "", ["only equal shapes can be summed"]),
    "no-image": (graph(node("a"), HEAD, wires="a > head"), (), "", ["no image"]),
    "no-output": (graph(image(), wires=""), ("image",), "", ["Nothing is wired to the image"]),
    "two-outputs": (graph(image(), node("a"), node("b"), wires="image > a, image > b"),
                    ("a",), "", ["two ends: Paint (a) and Paint (b)"]),
    "two-images": (graph(image(), node("more", "image"), HEAD, wires="image > head"),
                   ("more",), "", ["more than one image"]),
}  # fmt: skip


@pytest.mark.parametrize("code", BROKEN)
def test_a_fault_is_found_where_it_is(code: str):
    value, path, port, words = BROKEN[code]
    made, analysis = planned(value)
    found = [f for f in analysis.findings if f.code == code]
    assert made is None
    assert (path, port) in [(f.path, f.port) for f in found]
    assert all(f.severity == "error" and is_sentence(f.message) for f in found)
    assert all(word in found[0].message for word in words)
    assert all(not f.hint or is_sentence(f.hint) for f in analysis.findings)


IN_STAGES = {
    "unwired-output": (group("stage", node("p"), wires="x > p"), "unwired", ("stage", "y"), "x"),
    "no-port": (group("stage", node("p"), wires="p > y", inputs=""), "no-port", ("stage",), ""),
    "unknown-block": (group("stage", node("p", "new"), wires="x > p, p > y"), "unknown-block", ("stage", "p"), ""),
    "unknown-reference": (group("stage", node("p"), wires="x > p, p > y", c=Ref("q")), "unknown-reference",
                          ("stage",), "c"),
    "entry-late": (group("stage", node("p"), node("q", once=True), wires="x > p, p > q, q > y", repeat=2),
                   "entry", ("stage",), ""),
    "entry-around": (group("stage", node("p", once=True, channels=3), node("s", "sum"), wires="x > p, p > s.a, x > s.b, s > y"),
                     "entry", ("stage",), ""),
    "cycle": (group("stage", node("p"), node("q"), wires="x > p.z, p > q, q > p, q > y"), "cycle", ("stage", "p"), ""),
    "image": (group("stage", node("picture", "image"), node("s", "sum"), wires="x > s.a, picture > s.b, s > y"),
              "inner-image", ("stage", "picture"), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", IN_STAGES)
def test_a_fault_in_a_stage_is_found_in_the_stage(case: str):
    stage, code, path, port = IN_STAGES[case]
    made, analysis = planned(
        graph(image(), stage, HEAD, wires="stage > head" + (", image > stage" if stage.inputs else ""))
    )
    assert made is None
    assert (code, path, port) in [(f.code, f.path, f.port) for f in analysis.errors]


@pytest.mark.parametrize("repeat", [1, 3])
def test_a_wire_to_a_port_a_stage_does_not_have_is_found(repeat: int):
    stage = group("stage", node("p"), wires="x > p, p > y", repeat=repeat)
    made, analysis = planned(
        graph(image(), stage, HEAD, wires="image > stage, image > stage.side, stage > head")
    )
    assert made is None
    assert (finding(analysis, "unknown-port").path, finding(analysis, "unknown-port").port) == (
        ("stage",),
        "side",
    )


def test_a_wire_from_a_port_that_is_not_there_is_found():
    made, analysis = planned(graph(image(), node("a"), HEAD, wires="image > a, a.left > head"))
    assert made is None
    assert [(f.path, f.port) for f in analysis.errors] == [(("head",), "x")]
    assert is_sentence(analysis.errors[0].message)


def test_a_stage_that_waits_leaves_its_body_waiting():
    stage = group("stage", node("p"), wires="x > p, p > y")
    analysis = analyzed(chain(node("a", channels=0), stage, HEAD))
    states = {"/".join(path): report.state for path, report in analysis.nodes.items()}
    assert states["a"] == "error"
    assert {states["stage"], states["stage/p"], states["head"]} == {"waiting"}
    assert [f.code for f in analysis.findings] == ["parameter"]  # what only waits is no second finding


def test_what_does_not_depend_on_a_break_is_planned():
    value = graph(image(), node("a", "new"), node("b", channels=4), node("s", "sum"), HEAD,
                  wires="image > a, image > b, a > s.a, b > s.b, s > head")  # fmt: skip
    analysis = analyzed(value)
    assert analysis.nodes["b",].outputs == {"y": ImageMap(4, 32, 32)}
    assert analysis.nodes["s",].state == analysis.nodes["head",].state == "waiting"


def test_a_node_off_the_path_is_a_warning_and_does_not_count():
    value = graph(image(), HEAD, node("idle"), wires="image > head")
    made, analysis = planned(value)
    assert made is not None
    assert [(f.code, f.severity, f.path) for f in analysis.findings if f.code == "unreached"] == [
        ("unreached", "warning", ("idle",))
    ]
    assert analysis.errors == ()


def test_a_branch_that_leads_nowhere_is_a_warning_beside_a_head():
    value = graph(image(), node("a"), HEAD, node("idle"), wires="image > a, a > head, a > idle")
    made, analysis = planned(value)
    assert made is not None
    assert finding(analysis, "unused").path == ("idle",)
    assert [step.name for step in made.body.steps] == ["a", "head"]
    assert analysis.total.params == 3 * 8 + 8 * 10


def test_an_unknown_parameter_is_kept_and_named():
    made, analysis = planned(chain(node("a", loudness=3), HEAD))
    assert made is not None
    found = finding(analysis, "unknown-parameter")
    assert (found.severity, found.path, found.port) == ("warning", ("a",), "loudness")


def test_the_same_fault_in_each_repeat_is_found_once():
    stage = group("stage", node("p", channels=0), wires="x > p, p > y", repeat=5)
    assert len(analyzed(chain(stage, HEAD)).findings) == 1


def test_a_fault_of_a_later_repeat_names_the_repeat():
    stage = group("stage", node("p", channels=First(3, 6)), node("s", "sum"), wires="x > p, p > s.a, x > s.b, s > y",
                  repeat=3)  # fmt: skip
    assert "repeat 2" in finding(analyzed(chain(stage, HEAD)), "block").message


# -- values for each repeat


def rates(value: Graph, path: Path) -> list[object]:
    """The parameter `rate` of the block at `path` in each repeat, in order."""
    made, analysis = planned(value)
    assert made is not None, analysis.findings

    def collect(steps) -> list[object]:
        found: list[object] = []
        for step in steps:
            if isinstance(step, Stage):
                found += collect(step.entry)
                for body in step.repeats:
                    found += collect(body.steps)
            elif isinstance(step, Step) and step.path == path:
                found.append(step.args["rate"])
        return found

    return collect(made.body.steps)


def ramped(name: str, repeat: int, value) -> object:
    return group(name, node("p", rate=Ref("rate")), wires="x > p, p > y", repeat=repeat, rate=value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, [0.5, 0.5, 0.5, 0.5]),
        (First(0.5, 0.1), [0.5, 0.1, 0.1, 0.1]),
        (Cycle((0.1, 0.2, 0.3)), [0.1, 0.2, 0.3, 0.1]),
        (Ramp(0.0, 0.3), [0.0, 0.1, 0.2, 0.3]),
        (Ramp(0.3, 0.0), [0.3, 0.2, 0.1, 0.0]),
    ],
)
def test_a_value_for_each_repeat(value, expected: list[float]):
    assert rates(chain(ramped("stage", 4, value), HEAD), ("stage", "p")) == pytest.approx(expected)


def test_a_ramp_over_the_net_goes_on_from_stage_to_stage():
    ramp = Ramp(0.0, 0.4, "net")
    value = chain(ramped("one", 2, ramp), ramped("off", 2, 0.7), ramped("two", 3, ramp), HEAD)
    assert rates(value, ("one", "p")) == pytest.approx([0.0, 0.1])
    assert rates(value, ("off", "p")) == pytest.approx([0.7, 0.7])
    assert rates(value, ("two", "p")) == pytest.approx([0.2, 0.3, 0.4])


def test_a_ramp_over_one_repeat_is_its_start():
    assert rates(chain(ramped("stage", 1, Ramp(0.1, 0.5)), HEAD), ("stage", "p")) == [0.1]


# -- stages


def test_the_first_repeat_changes_the_shape_for_the_others():
    stage = group("stage", node("p", channels=8, stride=First(2, 1)), wires="x > p, p > y", repeat=3)
    report = analyzed(chain(stage, HEAD)).nodes["stage", "p"]
    assert report.outputs == {"y": ImageMap(8, 16, 16)}
    assert report.repeats == 3
    assert report.cost.params == 3 * 8 + 8 * 8 + 8 * 8


def test_a_stage_costs_what_its_blocks_cost_also_within_another():
    inner = group("inner", node("p", channels=4), wires="x > p, p > y", repeat=3)
    outer = group("outer", inner, node("q", channels=4), wires="x > inner, inner > q, q > y", repeat=2)
    analysis = analyzed(chain(outer, HEAD))
    inside = (3 * 4 + 2 * 16) + 3 * 16
    assert analysis.nodes["outer", "inner"].cost.params == inside
    assert analysis.nodes["outer", "inner", "p"].cost.params == inside
    assert analysis.nodes["outer", "inner"].repeats == 6
    assert analysis.nodes["outer",].cost.params == inside + 2 * 16
    assert analysis.total.params == inside + 2 * 16 + 4 * 10


def test_an_entry_part_costs_once():
    stage = group("stage", node("merge", channels=8, stride=2, once=True), node("p"),
                  wires="x > merge, merge > p, p > y", repeat=3)  # fmt: skip
    made, analysis = planned(chain(stage, HEAD))
    assert made is not None
    assert analysis.nodes["stage", "merge"].cost.params == 24
    assert analysis.nodes["stage", "p"].cost.params == 3 * 64
    planned_stage = made.body.steps[0]
    assert isinstance(planned_stage, Stage)
    assert [step.name for step in planned_stage.entry] == ["merge"]
    assert [[step.name for step in body.steps] for body in planned_stage.repeats] == [["p"]] * 3


def test_the_second_input_of_a_stage_is_the_same_for_each_repeat():
    stage = group("stage", node("s", "sum"), node("p", channels=3), wires="x > s.a, skip > s.b, s > p, p > y",
                  inputs="x skip", repeat=2)  # fmt: skip
    value = graph(
        image(),
        node("a", channels=3),
        stage,
        HEAD,
        wires="image > stage.skip, a > stage, image > a, stage > head",
    )
    made, analysis = planned(value)
    assert made is not None
    assert analysis.nodes["stage",].inputs == {"skip": ImageMap(3, 32, 32), "x": ImageMap(3, 32, 32)}


@pytest.mark.parametrize("drawn", ["x > p, x > q, p > y, q > z", "x > q, q > z, x > p, p > y"])
def test_the_ports_of_a_stage_keep_their_order_whatever_wire_is_drawn_first(drawn: str):
    body = [node("p", channels=3), node("q", channels=5)]
    stage = group(
        "stage", *body, wires=drawn.replace("x > q", "side > q"), inputs="x side", outputs="y z", repeat=2
    )
    value = graph(image(), stage, HEAD, wires="image > stage.side, image > stage.x, stage.z > head")
    made, _ = planned(value)
    assert made is not None
    planned_stage = made.body.steps[0]
    assert isinstance(planned_stage, Stage)
    assert (list(planned_stage.inputs), list(planned_stage.outputs)) == (["x", "side"], ["y", "z"])
    assert [list(body.results) for body in planned_stage.repeats] == [["y", "z"]] * 2


@pytest.mark.parametrize(
    ("side", "severity", "words"),
    [(33, "advice", "does not divide"), (1, "warning", "nothing left to divide")],
)
def test_a_stride_that_hardly_fits_is_told(side: int, severity: str, words: str):
    value = graph(image(side=side), node("a", stride=2), HEAD, wires="image > a, a > head")
    found = finding(analyzed(value), "stride")
    assert (found.severity, found.path) == (severity, ("a",))
    assert words in found.message


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(graphs())
def test_any_graph_gets_an_analysis_of_sentences(value: Graph):
    made, analysis = planned(value)
    assert (made is None) >= bool(analysis.errors)
    for found in analysis.findings:
        assert is_sentence(found.message), found
        assert found.path == () or value.item(found.path)
