"""Design files: what is in them comes back, and what is wrong with them is said in one sentence."""

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridgraph import presets
from hybridgraph.errors import DocumentError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, digest
from hybridgraph.graph.values import Cycle, First, Ramp, Ref
from tests.core.toys import chain, group, node
from tests.strategies import graphs, is_sentence

MUSEUM = sorted((Path(__file__).parents[1] / "golden" / "designs").glob("*.hybrid.json"))


def same(first: Graph, second: Graph) -> bool:
    """Equal, and of the same types (in Python 1 == 1.0 == True)."""
    return first == second and files.dumps(first) == files.dumps(second)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(graphs())
def test_any_graph_comes_back_equal(value: Graph):
    text = files.dumps(value)
    back = files.loads(text)
    assert same(back, value)
    assert digest(back) == digest(value)
    assert files.dumps(files.loads(text)) == text


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_comes_back_equal(name: str, tmp_path: Path):
    file = tmp_path / f"{name} Größe.hybrid.json"
    files.save(presets.build(name), file)
    assert same(files.load(file), presets.build(name))


def test_what_this_version_does_not_know_is_written_back(tmp_path: Path):
    data = {
        "format": "hybridgraph", "version": 1, "name": "d", "license": "CC0",
        "nodes": [
            {"id": "a", "block": "block_of_the_future", "params": {"β": [1, {"$ref": "c"}]}, "at": [1.5, 2.0],
             "colour": {"r": 1, "deep": [None, True]}},
            {"id": "g", "repeat": 2, "params": {"r": {"$ramp": [0.0, 0.5], "over": "net"}}, "at": [0.0, 0.0],
             "body": {"nodes": [], "edges": [], "note": "✎"}, "pinned": True},
        ],
        "edges": [["a", "left", "g", "x"]],
    }  # fmt: skip
    data["nodes"][0]["params"] = {"β": 1, "c": {"$cycle": [1, "two", None]}, "d": {"$first": [2, 1]}}
    value = files.loads(json.dumps(data))
    assert json.loads(files.dumps(value)) == data
    assert value.nodes["a"].params["c"] == Cycle((1, "two", None))
    assert value.nodes["a"].params["d"] == First(2, 1)
    assert value.nodes["g"].params["r"] == Ramp(0.0, 0.5, "net")


def test_a_lone_surrogate_does_not_keep_a_design_from_being_saved(tmp_path: Path):
    value = files.loads(r'{"format": "hybridgraph", "version": 1, "nodes": [], "edges": [], "x": "\ud800"}')
    files.save(value, tmp_path / "d.hybrid.json")
    assert files.load(tmp_path / "d.hybrid.json") == value


@pytest.mark.parametrize("file", MUSEUM, ids=lambda file: file.stem)
def test_designs_of_every_version_still_open(file: Path):
    value = files.load(file)
    assert value.nodes
    assert same(files.loads(files.dumps(value)), value)


def test_the_museum_is_not_empty():
    assert MUSEUM


# -- faults

GOOD = files.dumps(
    chain(node("a", channels=Ref("c")), group("stage", node("p"), wires="x > p, p > y"))
).encode()
OPEN, CLOSE = b'{"format": "hybridgraph", "version": 1, ', b"}"


def document(nodes: str = "[]", edges: str = "[]", more: str = "") -> bytes:
    return OPEN + f'"nodes": {nodes}, "edges": {edges}{more}'.encode() + CLOSE


NODE = '{"id": "a", "block": "add"}'
DEEP = "[" * 100_000 + "]" * 100_000
DEEP_OBJECTS = '{"a":' * 100_000 + "1" + "}" * 100_000


def nested(depth: int) -> str:
    text = NODE
    for level in range(depth):
        text = f'{{"id": "g{level}", "body": {{"nodes": [{text}], "edges": []}}}}'
    return f"[{text}]"


FAULTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\t", "is empty"),
    "truncated": (GOOD[: len(GOOD) // 2], "is damaged at byte"),
    "no JSON": (b"hello", "is damaged at byte 0 (line 1)"),
    "binary": (bytes(range(1, 256)), "byte 127 is not UTF-8"),
    "NUL bytes": (b"\0" * 4096, "byte 0 is zero"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "byte 0 is not UTF-8"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "UTF-16 (byte 0)"),
    "UTF-16 without a mark": (GOOD.decode().encode("utf-16-le"), "byte 1 is zero"),
    "UTF-32": (GOOD.decode().encode("utf-32"), "UTF-32 (byte 0)"),
    "another JSON": (b'{"nodes": []}', 'lacks "format"'),
    "a list": (b"[1, 2]", 'lacks "format"'),
    "a number": (b"5", 'lacks "format"'),
    "a newer version": (GOOD.replace(b'"version": 1', b'"version": 7'), "made by a newer HybridGraph (format 7"),
    "no version": (b'{"format": "hybridgraph", "nodes": [], "edges": []}', "version: "),
    "a version in words": (GOOD.replace(b'"version": 1', b'"version": "one"'), "version: "),
    "deep lists": (DEEP.encode(), "nested too deeply"),
    "deep lists in a parameter": (document(f'[{{"id": "a", "block": "b", "params": {{"p": {DEEP}}}}}]'), "too deeply"),
    "deep objects": (document(more=f', "z": {DEEP_OBJECTS}'), "nested too deeply"),
    "deep groups": (document(nested(20)), "nests groups more than 12 deep"),
    "very deep groups": (document(nested(3000)), "deep"),
    "a foreign key too deep to be written again": (document(more=f', "z": {"[" * 600}{"]" * 600}'), "deep"),
    "a number of a million digits": (document(f'[{{"id": "a", "block": "b", "params": {{"p": {"9" * 10**6}}}}}]'),
                                     "1,000,000 digits is beyond"),
    "NaN": (document(NODE.join("[]").replace('"add"', '"add", "params": {"p": NaN}')), "NaN is no number"),
    "Infinity": (document('[{"id": "a", "block": "b", "at": [-Infinity, 0]}]'), "-Infinity is no number"),
    "1e400": (document('[{"id": "a", "block": "b", "params": {"p": 1e400}}]'), "1e400 is beyond what can be held"),
    "a float of a million digits": (document(f'[{{"id": "a", "block": "b", "params": {{"p": 1{"0" * 10**6}.5}}}}]'),
                                    "beyond what can be held"),
    "far away": (document('[{"id": "a", "block": "b", "at": [1e300, 0]}]'), "nodes[0].at[0]: "),
    "two nodes of one id": (document(f"[{NODE}, {NODE}]"), "two nodes have the id a"),
    "two keys of one name": (document(NODE.join("[]"), more=', "nodes": []'), "the key 'nodes' stands twice"),
    "two equal edges": (document(f"[{NODE}]", '[["a","y","a","x"],["a","y","a","x"]]'), "stands there twice"),
    "an edge to nowhere": (document(f"[{NODE}]", '[["a", "y", "b", "x"]]'), "edges[0] ends at 'b', which is no node"),
    "an edge of three names": (document(f"[{NODE}]", '[["a", "y", "a"]]'), "edges[0]"),
    "an id that is no name": (document('[{"id": "a b", "block": "c"}]'), "nodes[0].id: "),
    "an id of other letters": (document('[{"id": "a\\u0661", "block": "c"}]'), "nodes[0].id: "),
    "a private id": (document('[{"id": "_modules", "block": "c"}]'), "nodes[0].id: "),
    "an id with code": (document('[{"id": "__import__(\'os\')", "block": "c"}]'), "nodes[0].id: "),
    "neither block nor body": (document('[{"id": "a"}]'), "nodes[0]: needs either a block or a body"),
    "block and body": (document('[{"id": "a", "block": "b", "body": {}}]'), "needs either a block or a body"),
    "a repeat beyond limits": (document('[{"id": "a", "body": {}, "repeat": 1000000}]'), "nodes[0].repeat: "),
    "a value of a strange form": (document('[{"id": "a", "block": "b", "params": {"p": {"$eval": "1"}}}]'),
                                  "nodes[0].params: p: a value is a number"),
    "nodes that are no list": (document('{"a": 1}'), "nodes: "),
    "a null for nodes": (document("null"), "nodes: "),
    "a million nodes": (document(f"[{', '.join([NODE] * 500_000)}]"), "more than 20,000 nodes"),
    "a million empty nodes": (document("[" + "{}," * 999_999 + "{}]"), "more than 800,000 values"),
    "a million edges": (document(f"[{NODE}]", "[" + '["a","y"],' * 999_999 + '["a","y"]]'), "800,000 values"),
    "many faulty edges": (document(f"[{NODE}]", "[" + '["a","y"],' * 200_000 + '["a","y"]]'), "edges[0]"),
    "many equal edges": (document(f"[{NODE}]", "[" + '["a","y","a","x"],' * 150_000 + '["a","y","a","x"]]'), "twice"),
    "many faulty nodes": (document("[" + "{}," * 19_999 + "{}]"), "and 19,992 more"),
    "a million foreign values": (document(more=', "z": [' + "[]," * 2_000_000 + "[]]"), "values"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_file_is_refused_in_one_sentence(fault: str, tmp_path: Path):
    data, words = FAULTS[fault]
    file = tmp_path / "d.hybrid.json"
    file.write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        files.load(file)
    message = caught.value.message
    assert message.startswith((str(file), "The design"))
    assert words in message
    assert is_sentence(message)
    assert len(message) < 600 + len(str(file))
    assert file.read_bytes() == data


def test_every_fault_is_named_up_to_a_few():
    with pytest.raises(DocumentError) as caught:
        files.loads(
            document("[" + ",".join(f'{{"id": "{n} bad", "block": "b"}}' for n in range(20)) + "]").decode()
        )
    assert "nodes[0].id" in caught.value.message
    assert "nodes[7].id" in caught.value.message
    assert "and 12 more" in caught.value.message


def test_a_byte_order_mark_is_no_fault():
    assert files.parse(codecs.BOM_UTF8 + GOOD) == files.parse(GOOD)


def test_a_file_larger_than_any_design_is_not_read(tmp_path: Path):
    file = tmp_path / "d.hybrid.json"
    with file.open("wb") as handle:
        handle.truncate(files.MAX_BYTES + 1)
    with pytest.raises(DocumentError, match="larger than any design") as caught:
        files.load(file)
    assert is_sentence(caught.value.message)


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_named(kind: str, tmp_path: Path):
    path = tmp_path if kind == "folder" else tmp_path / "nothing.hybrid.json"
    with pytest.raises(DocumentError) as caught:
        files.load(path)
    assert str(path) in caught.value.message
    assert is_sentence(caught.value.message)


def opened(data: bytes) -> tuple[Graph | None, str]:
    """The graph in these bytes, or the refusal."""
    try:
        return files.parse(data, "the file"), ""
    except DocumentError as refusal:
        return None, refusal.message


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=3), st.integers(0, 40))
def test_a_damaged_file_opens_or_is_refused_in_a_sentence(place: int, bytes_: bytes, cut: int):
    data = GOOD[:place] + bytes_ + GOOD[place + cut :]
    value, refusal = opened(data)
    assert value is not None or is_sentence(refusal)


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "block", "body", "nodes", "edges", "params", "at", "repeat"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["nodes", "edges", "name", "more"]), _ANY))
def test_foreign_json_opens_or_is_refused_in_a_sentence(data: dict[str, object]):
    value, refusal = opened(json.dumps({"format": "hybridgraph", "version": 1, **data}).encode())
    assert is_sentence(refusal) if value is None else same(files.loads(files.dumps(value)), value)
