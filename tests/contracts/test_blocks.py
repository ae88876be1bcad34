"""What every block promises, asked of each one in the catalogue at each value that it declares."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import hybridgraph.blocks
from hybridgraph.engine import Engine
from hybridgraph.graph.model import Edge, Graph, Node, frozen
from hybridgraph.shapes import ImageMap
from hybridgraph.spec import BlockSpec, Literal_, Parameter
from tests.contracts.cases import (
    ENGINE,
    SPECS,
    Case,
    asking,
    design,
    one_by_one,
    outputs,
    small,
    together,
    values,
)
from tests.strategies import is_sentence

FILES = sorted(Path(hybridgraph.blocks.__file__).parent.glob("*.py"))
# Inputs that no gradient comes back to, since only their sizes are read.
SIZES_ONLY = {("object_queries", "x"), ("sine_positions", "x")}

each_block = pytest.mark.parametrize("spec", [pytest.param(spec, id=id_) for id_, spec in SPECS.items()])


def run(spec: BlockSpec) -> list[Case]:
    """The cases of a block that are small enough to be run."""
    return [case for case in one_by_one(spec.id) if case.runs]


def require_sentences(case: Case) -> None:
    """What a block is refused with has to be for a person, and ours: torch's own complaints name no parameter."""
    measured = case.measured
    assert is_sentence(measured.error[0].upper() + measured.error[1:]), measured.error
    assert not measured.error.startswith("it cannot work on"), measured.error
    assert measured.hint.endswith("."), (measured.error, measured.hint)


def require_the_engine_is_right(case: Case) -> None:
    """The real block has the parameters and gives the shape that the engine says."""
    block, measured = case.build().eval(), case.measured
    assert sum(parameter.numel() for parameter in block.parameters()) == measured.cost.params
    with torch.no_grad():
        given = outputs(block, case.inputs())
    for said, y in zip(measured.outputs.values(), given, strict=True):
        assert tuple(y.shape) == (3, *said.dims)
        assert y.isfinite().all()


def require_close(one: Tensor, other: Tensor) -> None:
    """Equal up to the order of sums, in proportion to the largest value."""
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5 * max(1.0, float(other.detach().abs().max())))


@each_block
def test_some_small_arguments_are_taken(spec: BlockSpec) -> None:
    assert small(spec.id).runs
    assert [port.name for port in spec.outputs] == list(small(spec.id).measured.outputs)


@each_block
def test_each_declared_value_builds_or_is_refused_with_a_sentence(spec: BlockSpec) -> None:
    for each in one_by_one(spec.id):
        with asking(each) as case:
            if case.measured.error:
                require_sentences(case)
            elif case.runs:
                require_the_engine_is_right(case)


@each_block
def test_values_get_on_with_one_another_or_are_refused(spec: BlockSpec) -> None:
    tried = {name: st.sampled_from(values(parameter)) for name, parameter in spec.params.items()}

    @settings(max_examples=12 if len(tried) > 1 else 1)
    @given(st.fixed_dictionaries(tried))
    def check(params: dict[str, Literal_]) -> None:
        case = small(spec.id).given(**params)
        if case.measured.error:
            require_sentences(case)
        elif case.runs:
            require_the_engine_is_right(case)

    check()


@each_block
def test_evaluation_repeats_itself_and_takes_each_example_alone(spec: BlockSpec) -> None:
    for each in run(spec):
        with asking(each) as case, torch.no_grad():
            block, x = case.build().eval(), case.inputs()
            last = {n: v.to(memory_format=torch.channels_last) if v.ndim == 4 else v for n, v in x.items()}
            alone = {name: value[1:2] for name, value in x.items()}
            for y, again, of_last, of_one in zip(
                *(outputs(block, given) for given in (x, x, last, alone)), strict=True
            ):
                assert torch.equal(again, y)
                require_close(of_last, y)
                require_close(of_one, y[1:2])


@each_block
def test_training_differs_by_chance_and_statistics_alone(spec: BlockSpec) -> None:
    for each in run(spec):
        with asking(each) as case:
            block, x = case.given(**dict.fromkeys(rates(spec), 0.0)).build().train(), case.inputs()
            for part in block.modules():
                if isinstance(part, nn.modules.batchnorm._BatchNorm):
                    part.eval()
            trained = outputs(block, x)
            for one, other in zip(trained, outputs(block.eval(), x), strict=True):
                require_close(one, other)


@each_block
def test_gradients_reach_every_parameter_and_input(spec: BlockSpec) -> None:
    for each in run(spec):
        with asking(each) as case:
            if not excused(case):
                assert unreached(case) == {name for block, name in SIZES_ONLY if block == spec.id}


def excused(case: Case) -> bool:
    """Whether a gradient may end on its way: nearly everything is left out, or attention sees one position alone.

    To a single key goes a weight of 1, whatever queries, keys and biases are.
    """
    left_out = any(case.arguments[name] == case.spec.params[name].maximum for name in rates(case.spec))
    attends = case.spec.family in {"attention", "intrinsic", "extrinsic"}
    single = any(isinstance(y, ImageMap) and y.grid == (1, 1) for y in case.measured.outputs.values())
    return left_out or (attends and (single or case.arguments.get("window") == 1))


def unreached(case: Case) -> set[str]:
    """Parameters and inputs that get no gradient in any of a few draws: a unit may be dead in one of them."""
    never: set[str] | None = None
    for seed in range(5):
        torch.manual_seed(seed)
        block = case.build().train()
        torch.manual_seed(seed)
        for parameter in block.parameters():  # away from initial values that stop a gradient, as CBAM's zero
            nn.init.normal_(parameter, std=0.2)
        x = {name: value.requires_grad_() for name, value in case.inputs(batch=8).items()}
        for y in outputs(block, x):
            if y.requires_grad:
                (y * torch.randn_like(y)).sum().backward(retain_graph=True)
        tensors = {**dict(block.named_parameters()), **x}
        assert all(tensor.grad is None or tensor.grad.isfinite().all() for tensor in tensors.values())
        missed = {name for name, tensor in tensors.items() if tensor.grad is None or not tensor.grad.any()}
        never = missed if never is None else never & missed
        if not never:
            return set()
    return never or set()


@each_block
def test_mixed_precision_runs_forward_and_back(spec: BlockSpec) -> None:
    for each in together(spec.id):
        with asking(each) as case:
            block = case.build().train()
            x = {name: value.requires_grad_() for name, value in case.inputs().items()}
            with torch.autocast("cpu", dtype=torch.bfloat16):
                given = outputs(block, x)
                with torch.no_grad():
                    block.eval()(**x)
            for y in given:
                assert y.isfinite().all()
                if y.requires_grad:
                    y.float().sum().backward(retain_graph=True)


@each_block
def test_inert_parameters_change_neither_parameters_nor_multiplications(spec: BlockSpec) -> None:
    for name, parameter in spec.params.items():
        if parameter.inert:
            each = [small(spec.id).given(**{name: value}) for value in values(parameter)]
            costs = {Engine().measure(spec, case.arguments, case.shapes).cost for case in each}
            # The mask of what is left out is kept for the backward pass: a few bytes that are not worth a run.
            assert len({(cost.params, cost.macs) for cost in costs}) == 1, name


@each_block
def test_rates_change_the_training_and_nothing_else(spec: BlockSpec) -> None:
    for name in rates(spec):
        plain, other = (small(spec.id).given(**{name: value}).build() for value in (0.0, 0.5))
        for parameter in plain.parameters():
            nn.init.normal_(parameter, std=0.2)
        other.load_state_dict(plain.state_dict())
        x = small(spec.id).inputs(batch=16)
        with torch.no_grad():
            assert torch.equal(other.eval()(**x), plain.eval()(**x))
            assert not torch.equal(other.train()(**x), other(**x)), f"{name} does nothing"


def rates(spec: BlockSpec) -> list[str]:
    """The parameters that say how often something is left out in training."""
    return [
        name
        for name, parameter in spec.params.items()
        if parameter.kind == "float" and parameter.minimum == 0 and parameter.maximum == 0.99
    ]


def beyond(parameter: Parameter) -> list[object]:
    """Values that a parameter must not take."""
    tried: list[object] = [float("nan"), [1]]
    if parameter.kind != "words":
        tried += ["nonsense"]
    if parameter.minimum is not None:
        tried += [parameter.minimum - 1]
    if parameter.maximum is not None:
        tried += [parameter.maximum + 1]
    return tried if parameter.optional else [*tried, None]


@each_block
def test_values_beyond_the_limits_are_refused_with_one_sentence(spec: BlockSpec) -> None:
    for name, parameter in spec.params.items():
        for value in beyond(parameter):
            node = Node(id="case", block=spec.id, params=frozen({name: value}))
            image = Node(id="image", block="image")
            edge = Edge("image", "y", "case", spec.inputs[0].name)
            analysis = ENGINE.analyze(Graph(nodes=frozen({"image": image, "case": node}), edges=(edge,)))
            (found,) = [found for found in analysis.errors if found.code == "parameter"]
            assert found.path == ("case",)
            assert found.port == name
            assert is_sentence(found.message), found.message
            assert found.message.startswith(f"{spec.title}, {name}: ")


@each_block
def test_the_case_is_a_network(spec: BlockSpec) -> None:
    case = small(spec.id)
    analysis = ENGINE.analyze(design(case))
    assert not analysis.findings or {found.severity for found in analysis.findings} <= {"advice", "warning"}
    assert analysis.output == next(iter(case.measured.outputs.values()))


@each_block
def test_the_declaration_is_complete(spec: BlockSpec) -> None:
    for parameter in spec.params.values():
        assert is_sentence(parameter.doc), parameter.name
        assert parameter.doc[0].isupper()
    assert spec.summary.endswith(".")
    assert "Shape:" in spec.doc
    assert spec.family == "glue" or spec.paper
    assert 1 <= len(spec.symbol) <= 3
    spec.card.format(**small(spec.id).arguments)


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
