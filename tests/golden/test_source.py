"""The source of a few designs, byte for byte; read the difference, then refresh with --refresh-goldens."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from hybridgraph import compiler, presets
from hybridgraph.codegen.standalone import _Bundle
from hybridgraph.engine import Engine
from hybridgraph.graph.model import Graph, Node
from hybridgraph.spec import REGISTRY, BlockSpec
from tests.core.toys import chain, graph, group, image, node

ENGINE = Engine()
NAMES = ["moat-0", "coatnet-0", "swin-t", "se-resnet-50", "detr-r50", "pocket-moat"]
SOURCES = Path(__file__).parent / "source"
GOLDENS = sorted(SOURCES.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_the_source_of_a_preset(name: str, check_golden: Callable[[str, str], None]):
    check_golden(f"source/{name}.py", compiler.source(presets.build(name), engine=ENGINE).text)


def branched() -> Graph:
    """A design with everything a lane of stages does not have: branches, a skip over a stage, two inputs."""
    body = [node("conv", "conv_norm_act", channels=16), node("se", "se", reduction=4), node("join", "add")]
    stage = group(
        "mix",
        *body,
        wires="x > conv, conv > se, se > join.a, skip > join.b, join > y",
        inputs="x skip",
        repeat=3,
    )
    return graph(
        image(3, 32), node("stem", "conv_stem", channels=16), stage, node("pool", "pool"),
        node("shrink", "conv_norm_act", channels=16, stride=2), node("concat", "concat"), node("head", "classifier", classes=10),
        wires="image > stem, stem > mix.x, stem > mix.skip, mix > pool, stem > shrink, pool > concat.a, "
        "shrink > concat.b, concat > head",
        name="branched",
    )  # fmt: skip


def test_the_source_of_a_design_with_branches(check_golden: Callable[[str, str], None]):
    check_golden("source/branched.py", compiler.source(branched(), engine=ENGINE).text)


def test_the_goldens_are_there():
    assert {file.stem for file in GOLDENS} >= {*NAMES, "branched"}


# -- what holds of every golden, however it was refreshed


def self_names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {
        found.attr
        for found in ast.walk(tree)
        if isinstance(found, ast.Attribute)
        and isinstance(found.value, ast.Name)
        and found.value.id == "self"
        and isinstance(found.ctx, context)
    }


@pytest.mark.parametrize("file", GOLDENS, ids=lambda file: file.stem)
def test_what_is_built_is_used_and_nothing_foreign_is_imported(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    compile(tree, file.name, "exec")
    for imported in (found for found in ast.walk(tree) if isinstance(found, ast.Import | ast.ImportFrom)):
        assert isinstance(imported, ast.ImportFrom)
        assert imported.module == "torch" or (imported.module or "").startswith("hybridgraph.blocks.")
    classes = [found for found in tree.body if isinstance(found, ast.ClassDef)]
    assert classes[-1].name == "Network"
    for cls in classes:
        init, forward = (found for found in cls.body if isinstance(found, ast.FunctionDef))
        assert (init.name, forward.name) == ("__init__", "forward")
        assert self_names(init, ast.Store) == self_names(forward, ast.Load)
        assert ast.get_docstring(cls)
    built = [found.id for found in ast.walk(tree) if isinstance(found, ast.Name)]
    assert {cls.name for cls in classes} <= set(built)
    assert all(len(line) <= 110 for line in file.read_text(encoding="utf-8").split("\n"))


@pytest.mark.parametrize("name", [*NAMES, "branched"])
def test_every_node_has_its_lines(name: str):
    value = branched() if name == "branched" else presets.build(name)
    rendered = compiler.source(value, engine=ENGINE)
    lines = rendered.text.split("\n")
    for path in rendered.modules:
        first, last = rendered.lines[path]
        assert 1 <= first <= last <= len(lines)
        item = value.item(path)
        name = REGISTRY[item.block].class_name if isinstance(item, Node) else "nn.Module"
        assert name in "\n".join(lines[first - 1 : last])
    standalone = compiler.source(value, standalone=True, engine=ENGINE)
    for path, (first, last) in rendered.lines.items():
        moved_first, moved_last = standalone.lines[path]
        assert standalone.text.split("\n")[moved_first - 1 : moved_last] == lines[first - 1 : last]


# -- one file on torch alone

RUN = """
import sys
sys.modules["hybridgraph"] = None  # importing it raises from here on
import torch
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from safetensors.torch import load_file, save_file
torch.set_num_threads(1)
for folder in map(Path, sys.argv[1:]):
    spec = spec_from_file_location("model", folder / "model.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.build_model()
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    x = load_file(folder / "x.safetensors")["x"]
    with torch.no_grad():
        evaluated = network.eval()(x)
    network.train()
    torch.manual_seed(1)
    trained = network(x)
    trained.square().mean().backward()
    gradients = torch.cat([p.grad.flatten() for p in network.parameters()])
    save_file({"evaluated": evaluated, "trained": trained.detach(), "gradients": gradients}, folder / "y.safetensors")
print(*sorted(name for name in sys.modules if name.startswith("hybridgraph.")))
"""

ALONE = {
    "moat": presets.build("tiny-moat-0", image_size=32, classes=5),
    "coatnet": chain(
        node("stem", "conv_stem", channels=16),
        node("t", "coatnet_transformer", channels=32, stride=2, head_dim=16, drop_path=0.1),
        node("head", "classifier", classes=5, hidden=True),
    ),
    "swin": chain(
        node("embed", "patch_embed", channels=16, patch=4),
        group("stage", node("b", "swin_block", head_dim=8, window=4, shift=2), wires="x > b, b > y", repeat=2),
        node("merge", "patch_merging"),
        node("head", "classifier", classes=5, norm="positions"),
    ),
    "resnet": chain(
        node("stem", "resnet_stem", channels=16),
        node("a", "resnet_bottleneck", channels=32, attention="se", reduction=4),
        node("b", "resnet_bottleneck", channels=32, attention="cbam", reduction=4),
        node("head", "classifier", classes=5, norm="none"),
    ),
    "branched": branched(),
    "pocket-moat": presets.build("pocket-moat", channels_in=3),
}  # fmt: skip


def test_standalone_source_gives_the_same_bits_without_hybridgraph(tmp_path: Path):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as in the other process: sums in another order are other sums
    try:
        expected = {name: run_here(value, tmp_path / name) for name, value in ALONE.items()}
    finally:
        torch.set_num_threads(threads)
    folders = [str(tmp_path / name) for name in ALONE]
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", RUN, *folders],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
    for name, wanted in expected.items():
        found = load_file(tmp_path / name / "y.safetensors")
        for key, value in wanted.items():
            assert torch.equal(found[key], value), (name, key)


def run_here(value: Graph, folder: Path) -> dict[str, torch.Tensor]:
    """Write the standalone source with weights and an input; what the compiled network makes of them."""
    folder.mkdir()
    (folder / "model.py").write_text(
        compiler.source(value, standalone=True, engine=ENGINE).text, encoding="utf-8"
    )
    torch.manual_seed(0)
    network = compiler.compile(value, engine=ENGINE)
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_()  # statistics that differ from fresh ones, as after training
    shape = ENGINE.analyze(value).input
    assert shape is not None
    x = torch.randn(3, *shape.dims)
    save_file(
        {key: tensor.contiguous().clone() for key, tensor in network.state_dict().items()},
        folder / "weights.safetensors",
    )
    save_file({"x": x}, folder / "x.safetensors")
    with torch.no_grad():
        evaluated = network.eval()(x)
    network.train()
    torch.manual_seed(1)
    trained = network(x)
    trained.square().mean().backward()
    gradients = torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])
    return {"evaluated": evaluated, "trained": trained.detach(), "gradients": gradients}


@pytest.mark.parametrize("spec", [s for s in REGISTRY.values() if not s.structural], ids=lambda spec: spec.id)
def test_every_block_can_be_inlined(spec: BlockSpec):
    bundle = _Bundle()
    bundle.add(spec.module, spec.class_name)
    assert not any("hybridgraph" in line for line in bundle.imports)
    tree = ast.parse("\n".join(bundle.texts))
    assert spec.class_name in {found.name for found in tree.body if isinstance(found, ast.ClassDef)}
    called = {
        found.func.id
        for found in ast.walk(tree)
        if isinstance(found, ast.Call) and isinstance(found.func, ast.Name)
    }
    assert "block" not in called  # the catalogue's declaration stays behind
