"""The standalone source: one file on torch alone that gives the very same bits."""

import ast
import dataclasses
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from hybridgraph import codegen, compiler
from hybridgraph.codegen import Rendered
from hybridgraph.errors import ExportError, GraphError
from hybridgraph.export import export_source, load_weights
from hybridgraph.export.formatting import format_source
from hybridgraph.graph.model import Graph
from hybridgraph.plan import Plan
from tests.export.designs import DESIGNS, SIDE, stirred_weights, tiny_moat
from tests.forks import Forked


@pytest.fixture
def forked(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stranger is forked from a process that has loaded torch, not started."""

    def run(command: list[str], **_options: object) -> "subprocess.CompletedProcess[bytes]":
        _python, _isolated, script, *arguments = command
        process = Forked(tmp_path_factory.mktemp("stranger") / "stderr", run_as_stranger, script, arguments)
        return subprocess.CompletedProcess(command, process.wait(240), b"", process.stderr.encode())

    monkeypatch.setattr("hybridgraph.export.source.subprocess", SimpleNamespace(run=run))


def run_as_stranger(script: str, arguments: list[str]) -> None:
    """Run the script as in a process that knows nothing of HybridGraph."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("hybridgraph", "app")]:
        del sys.modules[name]
    runpy.run_path(script)["main"](*arguments)


def test_the_stranger_is_a_python_process_of_its_own(tmp_path: Path) -> None:
    result = export_source(tiny_moat(), tmp_path / "model.py", stirred_weights(tiny_moat(), tmp_path))
    assert (result.largest, len(result.batches)) == (0.0, 3)


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("family", DESIGNS)
def test_the_source_gives_the_same_bits_with_the_weights_beside_it(family: str, tmp_path: Path) -> None:
    graph, weights = DESIGNS[family](), stirred_weights(DESIGNS[family](), tmp_path)
    result = export_source(graph, tmp_path / "model.py", weights)
    assert (result.format, result.largest, result.relative) == ("code", 0.0, 0.0)
    assert len(result.batches) == 3
    assert {file.name for file in result.files} == {"model.py", "model.safetensors"}
    text = (tmp_path / "model.py").read_text(encoding="utf-8")
    assert "hybridgraph" not in text
    assert format_source(text) == text
    own, theirs = compiler.compile(graph).eval(), compiler.build(tmp_path / "model.py").eval()
    load_weights(weights, own)
    load_weights(tmp_path / "model.safetensors", theirs)
    images = torch.randn(2, 3, SIDE, SIDE)
    with torch.no_grad():
        assert torch.equal(own(images), theirs(images))


@pytest.mark.usefixtures("forked")
def test_without_weights_only_the_source_is_written(tmp_path: Path) -> None:
    result = export_source(tiny_moat(), tmp_path / "model.py")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.py", "model.py.export.json"]
    assert result.bytes == (tmp_path / "model.py").stat().st_size


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("(B, C, H, W)", '"""', "cannot be formatted"),
        ("def build_model()", "import numpy\n\n\ndef build_model()", "would import numpy"),
        ("def build_model()", "__import__('hybridgraph')\n\n\ndef build_model()", "has to stand alone"),
        ("stride=2", "stride=1", "does not run: size mismatch"),
        ("return self.shortcut(x) + ", "return self.shortcut(x) * 1.0001 + ", "does not compute"),
    ],
)
def test_a_source_that_is_not_the_design_is_never_written(
    old: str, new: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = codegen.standalone

    def broken(plan: Plan) -> Rendered:
        rendered = render(plan)
        assert old in rendered.text
        return dataclasses.replace(rendered, text=rendered.text.replace(old, new))

    monkeypatch.setattr(codegen, "standalone", broken)
    with pytest.raises(ExportError, match=sentence):
        export_source(tiny_moat(), tmp_path / "model.py")
    assert list(tmp_path.iterdir()) == []


def test_a_design_without_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="no image"):
        export_source(Graph(name="empty"), tmp_path / "model.py")


def test_ruff_changes_the_form_of_a_source_and_nothing_else() -> None:
    text = compiler.source(tiny_moat(), standalone=True).text
    formatted = format_source(text)
    assert ast.dump(ast.parse(formatted)) == ast.dump(ast.parse(text))
    assert max(map(len, formatted.splitlines())) <= 120
