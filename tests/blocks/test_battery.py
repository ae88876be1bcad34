"""What every block promises, asked of each one in the registry."""

from __future__ import annotations

import ast
import importlib
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import hybridgraph.blocks
from hybridgraph.errors import BlockError
from hybridgraph.shapes import ImageMap, Shape, Tokens, Vector, from_dims
from hybridgraph.spec import REGISTRY, BlockSpec, Literal_, Parameter

FILES = sorted(Path(hybridgraph.blocks.__file__).parent.glob("*.py"))
SPECS = {id_: spec for id_, spec in REGISTRY.items() if not spec.structural}
# Small values in place of the papers'; whoever has no such parameter keeps its default.
SMALL: dict[str, Literal_] = {"channels": 16, "head_dim": 8, "window": 4, "classes": 5, "reduction": 4}
# Where those do not fit the sample shapes.
OWN: dict[str, dict[str, Literal_]] = {
    "aa_conv": {"nu": 0.5},
    "aa_residual": {"nu": 0.5, "channels": 64},
    "cvt_token_block": {"class_token": False},
    "early_conv_stem": {"stride": 4, "width": 4},
    "aa_preact_residual": {"nu": 0.5, "key_floor": 4},
}
SHAPES: dict[str, Shape] = {
    "image": ImageMap(16, 8, 8),
    "any": ImageMap(16, 8, 8),
    "tokens": Tokens(16, 16),
    "vector": Vector(16),
}
# More arguments worth the whole battery than the small defaults.
VARIANTS: dict[str, list[dict[str, Literal_]]] = {
    "aa_conv": [{"stride": 2, "nu": 1.0, "pool": True}, {"relative": False, "nu": 0.5, "kappa": 2.0}],
    "aa_preact_residual": [
        {"stride": 2, "channels": 32},
        {"pool": True, "relative": False, "drop_path": 0.3},
    ],
    "aa_residual": [{"kind": "basic", "stride": 2}, {"channels": 64, "pool": True, "drop_path": 0.3}],
    "bam": [{"combine": "sum", "final_norm": True, "layers": 1}],
    "classifier": [{"norm": "positions"}, {"norm": "none", "hidden": True, "dropout": 0.5}],
    "coatnet_transformer": [{"stride": 2, "channels": 24, "bias_size": 7, "drop_path": 0.3}],
    "conv_norm_act": [{"norm": "layer", "groups": 4, "stride": 2}, {"norm": "none", "activation": "silu"}],
    "cvt_block": [
        {"stride_q": 2, "kind_k": "average", "scale": "head"},
        {"kind_q": "linear", "kind_k": "linear", "kind_v": "linear", "stride_k": 1, "stride_v": 1},
    ],
    "cvt_token_block": [{"class_token": False, "height": 2}, {"stride_q": 2, "class_token": False}],
    "early_conv_stem": [{"layers": 6, "norm": "layer"}, {"stride": 1, "layers": 2}],
    "convnext_block": [{"layer_scale": False, "drop_path": 0.3}],
    "inverted_residual": [
        {"se_reduction": 4, "activation": "silu", "drop_path": 0.3},
        {"expansion": 1},
        {"fused": True, "stride": 2},
        {"fused": True, "expansion": 1, "channels": 16, "se_reduction": 4},
    ],
    "mbconv": [{"stride": 2, "stride_in": "expand", "pool": "max"}, {"se_reduction": None, "channels": 8}],
    "moat": [{"stride": 2, "window": 2, "bias_size": 3}, {"window": None, "relative_bias": False}],
    "maxvit": [{"stride": 2, "window": 2, "se_reduction": None}, {"relative_bias": False, "drop_path": 0.3}],
    "patch_merging": [{"norm_last": True}],
    "preact_residual": [
        {"kind": "bottleneck", "stride": 2, "attention": "se"},
        {"attention": "cbam", "drop_path": 0.3, "attention_bias": False},
    ],
    "pool": [{"mode": "max", "kernel": 3}],
    "relative_attention": [{"window": None}, {"relative_bias": False}],
    "cbam": [{"order": "spatial_first", "pool": "avg"}, {"pool": "max", "bias": False}],
    "resnet_basic": [{"attention": "se", "stride": 2, "attention_bias": False}, {"attention": "cbam"}],
    "resnet_bottleneck": [
        {"attention": "se", "stride": 2},
        {"attention": "cbam", "stride_in_first": False},
        {"expansion": 2, "groups": 4, "first_narrower": 2, "shortcut_kernel": 3, "stride": 2},
    ],
    "shaw_attention": [{"reach": 2, "shared": False}, {"on_keys": False}, {"on_values": False}],
    "swin_v2_block": [
        {"window": 2, "shift": 1, "drop_path": 0.3},
        {"window": 4, "shift": 2, "trained_window": 2, "spacing": "linear"},
        {"window": 9, "shift": 4},
    ],
    "swin_block": [
        {"window": 2, "shift": 1, "drop_path": 0.3},
        {"window": 9, "shift": 4},
        {"relative_bias": False},
        {"window": 2, "shift": 1, "relative_bias": False},
    ],
    "token_classifier": [{"pool": "mean", "dropout": 0.5}],
    "tokens_to_map": [{"height": 2}],
}
CASES = [
    pytest.param(spec, arguments, id=f"{id_}{arguments or ''}")
    for id_, spec in SPECS.items()
    for arguments in [{}, *VARIANTS.get(id_, [])]
]


def build(spec: BlockSpec, arguments: dict[str, Literal_], **more: Literal_) -> nn.Module:
    """The block for the sample shapes, with wired arguments taken from them as the engine does."""
    wired = {}
    for name, source in spec.wired.items():
        port, _, attribute = source.partition(".")
        declared = spec.input(port)
        assert declared is not None
        wired[name] = getattr(SHAPES[declared.kind], attribute)
    small = {name: value for name, value in SMALL.items() if name in spec.params} | OWN.get(spec.id, {})
    cls = getattr(importlib.import_module(spec.module), spec.class_name)
    return cls(**wired, **(small | arguments | more))


def inputs(spec: BlockSpec, batch: int = 3, **options: object) -> dict[str, Tensor]:
    generator = None if options.get("device") else torch.Generator().manual_seed(2)
    return {
        port.name: torch.randn(batch, *SHAPES[port.kind].dims, generator=generator, **options)
        for port in spec.inputs
        if not port.optional
    }


def complaint(error: BlockError) -> str:
    """The message, after making sure that it is one for a person."""
    assert error.message[0].isupper() or error.message[0].isdigit(), error.message
    assert error.message.endswith("."), error.message
    assert not error.hint or error.hint.endswith("."), error.hint
    return str(error)


@pytest.mark.parametrize(("spec", "arguments"), CASES)
def test_meta_and_real_run_agree_on_the_shape(spec: BlockSpec, arguments: dict[str, Literal_]) -> None:
    with torch.device("meta"):
        planned = build(spec, arguments).eval()
    real = build(spec, arguments).eval()
    assert {n: p.shape for n, p in planned.state_dict().items()} == {
        n: p.shape for n, p in real.state_dict().items()
    }
    with torch.no_grad():
        y = real(**inputs(spec))
        assert planned(**inputs(spec, device="meta")).shape == y.shape
    assert y.isfinite().all()
    kind = spec.outputs[0].kind
    shape = from_dims("image" if kind in {"any", "same"} else kind, y.shape[1:])
    assert all(size > 0 for size in shape.dims)


@pytest.mark.parametrize(("spec", "arguments"), CASES)
def test_evaluation_is_deterministic_and_takes_each_example_alone(
    spec: BlockSpec, arguments: dict[str, Literal_]
) -> None:
    block = build(spec, arguments).eval()
    x = inputs(spec)
    with torch.no_grad():
        y = block(**x)
        assert torch.equal(block(**x), y)
        alone = block(**{name: value[1:2] for name, value in x.items()})
        torch.testing.assert_close(alone, y[1:2], rtol=1e-4, atol=1e-5)
        last = {n: v.to(memory_format=torch.channels_last) if v.ndim == 4 else v for n, v in x.items()}
        torch.testing.assert_close(block(**last), y, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("spec", "arguments"), CASES)
def test_gradients_reach_every_parameter_and_input(spec: BlockSpec, arguments: dict[str, Literal_]) -> None:
    torch.manual_seed(0)
    block = build(spec, arguments).train()
    for parameter in block.parameters():  # away from initial values that stop a gradient, such as CBAM's zero
        nn.init.normal_(parameter, std=0.2)
    x = {name: value.requires_grad_() for name, value in inputs(spec, batch=8).items()}
    y = block(**x)
    (y * torch.randn_like(y)).sum().backward()
    for name, tensor in [*block.named_parameters(), *x.items()]:
        assert tensor.grad is not None, name
        assert tensor.grad.isfinite().all(), name
        assert tensor.grad.any(), name


@pytest.mark.parametrize(("spec", "arguments"), CASES)
def test_mixed_precision_runs_forward_and_back(spec: BlockSpec, arguments: dict[str, Literal_]) -> None:
    block = build(spec, arguments).train()
    x = {name: value.requires_grad_() for name, value in inputs(spec, batch=2).items()}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = block(**x)
        with torch.no_grad():
            block.eval()(**x)
    y.float().sum().backward()
    assert y.isfinite().all()


@pytest.mark.parametrize(
    ("spec", "name", "value"),
    [
        pytest.param(spec, name, value, id=f"{id_}-{name}-{value}")
        for id_, spec in SPECS.items()
        for name, parameter in spec.params.items()
        for value in (
            *((parameter.minimum, parameter.maximum) if parameter.kind in {"int", "float"} else ()),
            *((True, False) if parameter.kind == "bool" else ()),
            *parameter.choices,
            *((None,) if parameter.optional else ()),
        )
    ],
)
def test_each_declared_limit_builds_or_is_refused_with_a_sentence(
    spec: BlockSpec, name: str, value: float | str | None
) -> None:
    assert spec.params[name].complaint(value) is None
    try:
        with torch.device("meta"), torch.no_grad():
            y = build(spec, {}, **{name: value}).eval()(**inputs(spec, device="meta"))
    except BlockError as error:
        complaint(error)
    else:
        assert y.shape[0] == 3


@pytest.mark.parametrize(("spec", "arguments"), CASES)
def test_inert_parameters_change_neither_shape_nor_parameters(
    spec: BlockSpec, arguments: dict[str, Literal_]
) -> None:
    def sizes(**more: Literal_) -> dict[str, torch.Size]:
        return {name: value.shape for name, value in build(spec, arguments, **more).state_dict().items()}

    with torch.device("meta"):
        for name, parameter in spec.params.items():
            if parameter.inert:
                assert sizes(**{name: parameter.minimum}) == sizes(**{name: parameter.maximum})


@pytest.mark.parametrize("id_", SPECS)
def test_the_declaration_is_complete(id_: str) -> None:
    spec = SPECS[id_]

    def documented(parameter: Parameter) -> bool:
        return parameter.doc.endswith(".") and parameter.doc[0].isupper()

    assert all(documented(parameter) for parameter in spec.params.values())
    assert spec.summary.endswith(".")
    assert "Shape:" in spec.doc
    assert spec.family == "glue" or spec.paper
    assert 1 <= len(spec.symbol) <= 3
    assert [port.name for port in spec.outputs] == ["y"]
    wired = {}
    for name, source in spec.wired.items():
        port = spec.input(source.split(".")[0])
        assert port is not None
        wired[name] = getattr(SHAPES[port.kind], source.split(".")[1])
    spec.card.format(**spec.defaults(), **wired)


def test_top_level_names_are_unique_so_that_files_can_be_inlined() -> None:
    names: Counter[str] = Counter()
    for file in FILES:
        if file.name == "__init__.py":
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                names[node.name] += 1
            elif isinstance(node, ast.Assign):
                names.update(target.id for target in node.targets if isinstance(target, ast.Name))
            else:
                assert isinstance(node, (ast.Import, ast.ImportFrom, ast.Expr)), ast.unparse(node)
                renamed = getattr(node, "names", [])
                assert all(a.asname is None or a.name == "torch.nn.functional" for a in renamed)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_block_file_is_imported_by_the_package() -> None:
    modules = {file.stem for file in FILES} - {"__init__", "layers"}
    assert modules == set(hybridgraph.blocks.__all__)
    assert {spec.module.rpartition(".")[2] for spec in SPECS.values()} == modules
