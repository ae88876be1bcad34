"""The engine as a process: line by line, and whatever comes in, it answers and goes on."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hybridgraph import __version__, analysis, compiler, presets
from hybridgraph.engine import Engine
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, digest
from hybridgraph.weights.files import Weights, facts, packed, read_weights
from hybridgraph.weights.starting import starting_weights
from tests.core.toys import chain, node
from tests.strategies import is_sentence


class Client:
    """The engine process and the two pipes to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hybridgraph.serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )

    def send(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer = json.loads(self.process.stdout.readline())
        assert isinstance(answer, dict)
        return answer

    def ask(self, method: str, **more: object) -> dict[str, Any]:
        self.send(json.dumps({"id": 7, "method": method, **more}).encode())
        return self.receive()

    def close(self) -> int:
        """Close the engine's input and wait for it to end."""
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    made = Client()
    yield made
    assert made.close() == 0  # it ends when its input does


def plain(graph: Graph) -> Any:
    return json.loads(files.dumps(graph))


POCKET = presets.build("pocket-moat")


def test_it_says_what_it_is(client: Client):
    answer = client.ask("hello")
    assert answer["version"] == __version__
    assert answer["devices"][-1]["id"] == "cpu"
    assert all(set(device) >= {"id", "title"} for device in answer["devices"])


def test_it_analyses_as_the_engine_does(client: Client):
    answer = client.ask("analyze", graph=plain(POCKET))
    assert answer["id"] == 7
    assert answer["digest"] == digest(POCKET)
    assert analysis.decode(answer["analysis"]) == Engine().analyze(POCKET)


def test_findings_are_answers_and_no_errors(client: Client):
    broken = chain(node("a", "conv_norm_act", kernel=2), node("head", "classifier"))
    answer = client.ask("analyze", graph=plain(broken))
    assert analysis.decode(answer["analysis"]) == Engine().analyze(broken)


@pytest.mark.parametrize("standalone", [False, True])
def test_it_writes_the_source_of_a_run(client: Client, standalone: bool):
    answer = client.ask("source", graph=plain(POCKET), standalone=standalone)
    rendered = compiler.source(POCKET, standalone=standalone)
    assert answer["source"] == rendered.text
    assert answer["digest"] == digest(POCKET)
    first, last = answer["lines"]["stem"]
    assert "self.stem = " in "\n".join(answer["source"].split("\n")[first - 1 : last])


BAD = {
    "no JSON": (b"{", "no JSON"),
    "no object": (b"[1]", "JSON object"),
    "no UTF-8": (b'\xff\xfe{"id": 1}', ""),
    "half a surrogate pair": (rb'{"id": "\ud800", "method": "\ud800"}', "no method"),
    "no such method": (b'{"id": 1, "method": "explode"}', "no method 'explode'"),
    "a method that is no word": (b'{"id": 1, "method": {"a": 1}}', ""),
    "no graph": (b'{"id": 1, "method": "analyze"}', "no HybridGraph design"),
    "a damaged graph": (
        b'{"id": 1, "method": "analyze", "graph": {"format": "hybridgraph", "nodes": 3}}',
        "nodes",
    ),
    "NaN": (b'{"id": 1, "method": "analyze", "graph": NaN}', "NaN"),
    "too deep": (b'{"id": 1, "method": "analyze", "graph": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", ""),
    "the source of nothing": (
        json.dumps({"id": 1, "method": "source", "graph": plain(Graph())}).encode(),
        "no image",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_request_is_answered_and_the_next_one_too(client: Client, case: str):
    line, words = BAD[case]
    client.send(line)
    answer = client.receive()
    assert is_sentence(answer["error"]["message"])
    assert words in answer["error"]["message"]
    assert client.ask("hello")["version"] == __version__


def test_empty_lines_are_passed_over(client: Client):
    client.send(b"")
    client.send(b"   ")
    assert client.ask("hello")["id"] == 7


def test_answers_come_in_the_order_of_the_requests(client: Client):
    for number in range(5):
        client.send(json.dumps({"id": number, "method": "analyze", "graph": plain(POCKET)}).encode())
    assert [client.receive()["id"] for _ in range(5)] == list(range(5))


def test_weights_to_begin_with_are_fitted_and_the_head_begins_anew(client: Client, tmp_path: Path) -> None:
    trained = presets.build("pocket-moat", image_size=8, channels_in=1, classes=3)
    data, _ = starting_weights(trained, _weights_of(trained, tmp_path))
    (tmp_path / "trained.safetensors").write_bytes(data)
    design = presets.build("pocket-moat", image_size=8, channels_in=1, classes=5)
    paths = {"weights": str(tmp_path / "trained.safetensors"), "into": str(tmp_path / "start.safetensors")}
    answer = client.ask("start", graph=plain(design), **paths)
    assert answer["fresh"]
    assert all(name.startswith("classifier.") for name in answer["fresh"])
    begun, old = (read_weights(tmp_path / f"{name}.safetensors").tensors for name in ("start", "trained"))
    same = [name for name in old if name not in answer["fresh"]]
    assert all(begun[name].equal(old[name]) for name in same)
    assert begun["classifier.linear.weight"].shape[0] == 5
    other = presets.build("pocket-coatnet", image_size=8, channels_in=1, classes=3)
    assert "do not fit" in client.ask("start", graph=plain(other), **paths)["error"]["message"]
    assert is_sentence(
        client.ask("start", graph=plain(design), weights="nowhere", into="")["error"]["message"]
    )


def test_a_head_for_classes_of_other_names_begins_anew(client: Client, tmp_path: Path) -> None:
    design = presets.build("pocket-moat", image_size=8, channels_in=1, classes=2)
    trained = _weights_of(design, tmp_path, classes=("cat", "dog"))
    for names, is_fresh in ((("cat", "dog"), False), (("daisy", "rose"), True)):
        for name in names:
            place = tmp_path / "-".join(names) / name
            place.mkdir(parents=True)
            for index in range(3):
                Image.new("L", (8, 8), index).save(place / f"{index}.png")
        answer = client.ask(
            "start",
            graph=plain(design),
            weights=str(trained),
            into=str(tmp_path / "start.safetensors"),
            data=f"folder:{place.parent}",
        )
        assert bool(answer["fresh"]) is is_fresh


def _weights_of(design: Graph, folder: Path, classes: tuple[str, ...] = ()) -> Path:
    """A file with the weights of a fresh network that says to tell these classes apart."""
    engine = Engine()
    path = folder / "fresh.safetensors"
    told = Weights(tensors={}, origin="", classes=classes)
    path.write_bytes(
        packed(compiler.compile_seeded(design, engine), facts(compiler.planned(design, engine), told))
    )
    return path
