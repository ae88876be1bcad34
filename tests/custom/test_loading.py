"""Block files that run: what they bring, what they may get wrong, and what a design says of them."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hybridgraph import analyze, compiler
from hybridgraph.cli import run
from hybridgraph.custom import loading, uses
from hybridgraph.custom.folder import folder
from hybridgraph.custom.template import template
from hybridgraph.engine import Engine
from hybridgraph.errors import GraphError
from hybridgraph.graph import files
from hybridgraph.serve import Server
from hybridgraph.spec import REGISTRY
from tests.custom.conftest import Write, network
from tests.strategies import is_sentence

GOOD = template("my_block")
FORWARD = "        y = self.norm(self.conv(x)).relu()\n"

WRONG = {
    "constructor": (GOOD.replace("residual: bool = True", "other: bool = True"), "constructor and declaration disagree"),
    "default": (GOOD.replace("channels: int = 64", "channels: int = 0"), "default of 'channels' does not fit"),
    "forward": (GOOD.replace("def forward(self, x:", "def forward(self, z:"), "forward takes ['z']"),
    "module": (GOOD.replace("class MyBlock(nn.Module)", "class MyBlock"), "MyBlock is no nn.Module"),
    "import": (GOOD.replace("import check_kernel, init_kaiming", "import nonsense, check_kernel, init_kaiming"), "in line 11"),
    "raises": (GOOD + "\nX = 1 / 0\n", "ZeroDivisionError in line"),
    "leaves": (GOOD + "\nX = exit(3)\n", "it left the program"),
    "ours": (GOOD + "\nclass DropPath(nn.Module):\n    pass\n", "the name DropPath is taken by HybridGraph's layers.py"),
    "family": (GOOD.replace('"convolution",  #', '"sorcery",  #'), "the family 'sorcery' is none of"),
    "card": (GOOD.replace("{channels} · k", "{colour} · k"), "its card names 'colour'"),
    "kind": (GOOD.replace('outputs={"y": IMAGE}', 'outputs={"y": "smell"}'), "has the kind 'smell'"),
    "wire": (GOOD.replace('"x.channels"', '"z.channels"'), "which is no port"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_goes_wrong_is_told_and_leaves_no_trace(own: Write, name: str) -> None:
    text, expected = WRONG[name]
    own("my_block", text)
    before = dict(REGISTRY)
    found = next(one for one in analyze(network("my_block")).errors if one.code == "unknown-block")
    assert expected in found.message, found.message
    assert is_sentence(str(found)), str(found)
    assert dict(REGISTRY) == before
    assert not any(module.startswith("hybridgraph_own") for module in sys.modules)


def test_without_agreement_nothing_runs_and_the_finding_says_what_to_do(own: Write, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    text = GOOD + f"\nPROOF = __import__('pathlib').Path({str(proof)!r}).write_text('')\n"
    for agree, said in (
        (False, "to which you have not agreed"),
        (True, ""),
        (False, "has changed since you agreed"),
    ):
        own("my_block", text, agree=agree)
        errors = analyze(network("my_block")).errors
        assert [said in one.message and "blocks agree my_block.py" in one.hint for one in errors] == [
            True
        ] * bool(said)
        assert proof.exists() == agree
        proof.unlink(missing_ok=True)
        text += "# more\n"
        loading.forget()


def test_a_block_is_counted_once_and_its_class_stands_in_the_source(own: Write) -> None:
    file = own("my_block")
    graph, engine = network("my_block", channels=8), Engine()
    analysis = engine.analyze(graph)
    assert not analysis.errors
    assert analysis.nodes["own",].cost.verdict == "once"
    assert analysis.nodes["own",].cost.params == 8 * 8 * 9 + 16
    for standalone in (True, False):
        text = compiler.source(graph, standalone=standalone, engine=engine).text
        assert f"# With blocks of my_block.py (SHA-256 {file.digest})." in text
        assert "class MyBlock(nn.Module):" in text
        assert "import hybridgraph" not in text
        assert "from hybridgraph" not in text
        assert "@block" not in text
    made = compiler.compile(graph, engine=engine)
    assert made(torch.zeros(2, 1, 8, 8)).shape == (2, 3)


def test_blocks_of_two_files_that_share_a_name_are_refused_together(own: Write) -> None:
    helper = "\n\ndef soften(x: Tensor) -> Tensor:\n    return x * 0.5\n"
    for name in ("one_block", "two_block"):
        own(name, template(name).replace(FORWARD, f"{FORWARD}        y = soften(y)\n") + helper)
    graph = network("one_block", channels=8)
    assert Engine().plan(graph)[0] is not None
    other = replace(graph.nodes["stem"], block="two_block")
    with pytest.raises(GraphError, match=r"both define soften"):
        compiler.source(graph.with_item(other))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("        raise KeyError('colour')\n", "my_block.py fails: KeyError in line 46: 'colour'."),
        ("        exit(2)\n", "it left the program in line 46 (sys.exit), which a block must not."),
        ("        return x.nonsense\n", "AttributeError in line 46"),
        ("        return x[0, 0]\n", ""),
        ("        return [x]\n", ""),
        ("        return None\n", ""),
        ("        return x.item()\n", ""),
    ],
)
def test_a_forward_that_goes_wrong_is_a_finding(own: Write, line: str, said: str) -> None:
    own("my_block", GOOD.replace(FORWARD, line + FORWARD))
    (found,) = [one for one in analyze(network("my_block")).errors if one.path == ("own",)]
    assert said in found.message, found.message
    assert "\n" not in found.message


def test_what_a_block_prints_stays_off_standard_output(
    own: Write, capsys: pytest.CaptureFixture[str], tmp_path
) -> None:
    own("my_block", GOOD.replace(FORWARD, "        print('noise')\n" + FORWARD))
    files.save(network("my_block"), tmp_path / "own.hybrid.json")
    assert run(["check", str(tmp_path / "own.hybrid.json"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["custom_blocks"][0]["file"] == "my_block.py"


def test_a_design_names_the_file_and_never_carries_it(own: Write, tmp_path: Path, capsys) -> None:
    file = own("my_block")
    plain, saved = tmp_path / "plain.hybrid.json", tmp_path / "saved.hybrid.json"
    files.save(network("my_block", channels=8), plain)
    assert run(["new", str(plain), "-o", str(saved)]) == 0
    data = json.loads(saved.read_text(encoding="utf-8"))
    assert data["custom_blocks"] == [{"block": "my_block", "file": "my_block.py", "sha256": file.digest}]
    assert "Module" not in saved.read_text(encoding="utf-8")
    graph = files.load(saved)
    assert uses.stamped(graph) is graph
    assert not uses.explained(graph, analyze(graph), {}).errors
    own("my_block", GOOD.replace('"kernel"', '"side"').replace("kernel: int", "side: int").replace(
        "check_kernel(kernel)", "check_kernel(side)").replace("channels, kernel, padding=kernel", "channels, side, padding=side")
        .replace("k{kernel}", "k{side}"))  # fmt: skip
    loading.forget()
    changed = analyze(graph)
    assert [one.code for one in changed.findings if one.severity == "warning"] == ["other-block-file"]
    (folder() / "my_block.py").unlink()
    loading.forget()
    (gone,) = [one for one in analyze(graph).errors if one.code == "unknown-block"]
    assert "my_block.py, which is not in the folder" in gone.message
    assert uses.stamped(graph) is graph  # it still says what it needs


def test_comparisons_and_tables_call_a_block_by_its_title(own: Write, tmp_path: Path, capsys) -> None:
    own("my_block", GOOD.replace("My block", "Leaf mixer"))
    paths = [tmp_path / "a.hybrid.json", tmp_path / "b.hybrid.json"]
    files.save(network("my_block", channels=8), paths[0])
    files.save(network("se"), paths[1])
    assert run(["diff", str(paths[0]), str(paths[1])]) == 0
    assert "Leaf mixer" in capsys.readouterr().out
    assert run(["export", str(paths[0]), "--format", "latex", "-o", str(tmp_path / "a.tex")]) == 0
    assert "Leaf mixer" in (tmp_path / "a.tex").read_text(encoding="utf-8")
    assert run(["export", str(paths[0]), "--format", "report", "-o", str(tmp_path / "a.html")]) == 0
    assert "Leaf mixer" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_a_parameter_that_vanished_is_kept_and_told(own: Write) -> None:
    own("my_block")
    found = analyze(network("my_block", channels=8, colour=3)).findings
    assert [(one.code, one.severity) for one in found] == [("unknown-parameter", "warning")]


@pytest.mark.parametrize(
    "odd", [3, [4], [{"block": 1}], {"block": "x"}, [{"block": "my_block", "file": "f", "sha256": None}]]
)
def test_what_is_damaged_in_a_design_is_left_out(own: Write, odd: object) -> None:
    graph = network("my_block")
    assert uses.declared(replace(graph, extra={uses.KEY: odd})) == {}


def test_the_engine_loads_afresh_and_leaves_out_what_it_is_told(own: Write) -> None:
    file = own("my_block")
    notices: list[dict] = []
    server = Server(notices.append)

    def ask(**more: object) -> dict:
        return server.answer(json.dumps({"id": 1, "method": "blocks", **more}))

    def params() -> int:
        graph = files.encode(network("my_block", channels=8))
        return server.answer(json.dumps({"id": 2, "method": "analyze", "graph": graph}))["analysis"]["total"][
            "params"
        ]

    assert [entry["id"] for entry in ask()["blocks"]] == ["my_block"]
    assert notices == [{"trying": "my_block.py"}, {"trying": ""}]
    once = params()
    own("my_block", GOOD.replace("bias=False", "bias=True"))
    ask()
    assert params() == once + 8
    assert ask(without=[["my_block.py", file.digest]])["blocks"]  # that content is not there any more
    now = own("my_block")
    assert ask(without=[[now.name, now.digest]])["blocks"] == []
    own("my_block", WRONG["raises"][0])
    (fault,) = ask()["faults"]
    assert fault[0] == "my_block.py"
    assert "ZeroDivisionError" in fault[2]


def test_the_contract_is_offered_for_a_file(own: Write, capsys: pytest.CaptureFixture[str]) -> None:
    own(
        "my_block",
        GOOD.replace(FORWARD, "        x = x + torch.rand(1)\n" + FORWARD).replace(
            "from torch", "import torch\nfrom torch", 1
        ),
    )
    from hybridgraph.custom.cases import small
    from hybridgraph.custom.checking import PROMISES, _first

    loading.Loader().provide(["my_block"])
    faults = {promise: _first([small("my_block")], ask) for promise, ask in PROMISES.items()}
    assert "two runs in evaluation mode differ" in faults.pop("repeats itself and takes each example alone")
    assert "another result" in faults.pop("weights can be saved and loaded")
    assert set(faults.values()) == {""}


def test_the_example_of_the_manual_runs_alone(own: Write, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "custom_blocks.md").read_text(encoding="utf-8")
    text = page.partition("```python\n")[2].partition("```")[0]
    own("soft_pool", text)
    model = tmp_path / "model.py"
    model.write_text(compiler.source(network("soft_pool")).text, encoding="utf-8")
    code = "import runpy, sys, torch; m = runpy.run_path(sys.argv[1])['build_model'](); print(m(torch.zeros(2, 1, 8, 8)).shape)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(model)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stdout.strip() == "torch.Size([2, 3])", done.stderr
