"""A program of torch.export as operations: its nodes in order, each lowered by the table in `aten`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import hybridgraph.opening.aten_moves  # noqa: F401  (fills the table)
from hybridgraph.errors import DocumentError
from hybridgraph.opening.archive import Archive
from hybridgraph.opening.aten import LOWERED, skipped
from hybridgraph.opening.building import BATCHES, Builder, Given, Sym, Value
from hybridgraph.opening.program import Program

_COUNTING: dict[str, Callable[[int, int], int]] = {
    "_operator.add": operator.add, "_operator.sub": operator.sub, "_operator.mul": operator.mul,
    "_operator.floordiv": operator.floordiv, "_operator.mod": operator.mod,
}  # fmt: skip
_ATEN = "torch.ops.aten."
_DTYPES = {4: torch.int32, 5: torch.int64, 6: torch.float32, 7: torch.float32, 8: torch.float32, 12: torch.bool,
           13: torch.float32}  # fmt: skip


def read_exported(path: Path) -> Program:
    """The program in a .pt2 file. Raises DocumentError when it is damaged or holds what has no counterpart here."""
    archive = Archive(path)
    try:
        return _Reader(archive).program()
    except (KeyError, TypeError, AttributeError, IndexError, StopIteration) as error:
        raise DocumentError(
            f"{path} is damaged: its program is not as torch writes it.", "Export it again."
        ) from error


class _Reader:
    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        module = archive.program["graph_module"]
        self.graph, self.signature = module["graph"], module["signature"]
        self.nodes: list[dict[str, Any]] = self.graph["nodes"]
        self.tensors: dict[str, Tensor] = {}
        self.trained: set[str] = set()
        self.picture = self._inputs()
        self.result = self._output()
        self.dims, self.batch = self._sizes()

    def _inputs(self) -> str:
        """Note the tensors of the program; the name of the pictures."""
        pictures = []
        for spec in self.signature["input_specs"]:
            ((kind, content),) = spec.items()
            if kind == "user_input":
                pictures.append(content["arg"])
                continue
            name = content["arg"]["name"]
            if kind == "parameter":
                self.tensors[name] = self.archive.weight(content["parameter_name"])
                self.trained.add(name)
            elif kind == "buffer":
                persistent = content.get("persistent", True)
                source = self.archive.weight if persistent else self.archive.constant
                self.tensors[name] = source(content["buffer_name"])
            elif kind == "tensor_constant":
                self.tensors[name] = self.archive.constant(content["tensor_constant_name"])
            else:
                raise DocumentError(
                    f"{self.archive.path} takes an input of the kind {kind!r}, which cannot be opened."
                )
        if len(pictures) != 1 or "as_tensor" not in pictures[0]:
            raise DocumentError(
                f"{self.archive.path} takes {len(pictures)} inputs; a network here takes one tensor of pictures.",
                "Export a module whose forward takes the pictures alone.",
            )
        return str(pictures[0]["as_tensor"]["name"])

    def _output(self) -> str:
        specs = self.signature["output_specs"]
        results = [spec["user_output"]["arg"] for spec in specs if "user_output" in spec]
        if len(results) != 1 or len(specs) != 1 or "as_tensor" not in results[0]:
            raise DocumentError(
                f"{self.archive.path} gives {len(results)} results or changes its own state; a network here gives one "
                "tensor.",
                "Export it in evaluation mode, with a forward that returns the logits alone.",
            )
        return str(results[0]["as_tensor"]["name"])

    def _sizes(self) -> tuple[tuple[int, int, int], int | None]:
        """Channels, height and width of the pictures, and the batch where it is fixed."""
        sizes = self.graph["tensor_values"][self.picture]["sizes"]
        if len(sizes) != 4:
            raise DocumentError(
                f"{self.archive.path} takes a tensor of {len(sizes)} axes; a network here takes (B, C, H, W)."
            )
        numbers = [_number(one) for one in sizes]
        channels, height, width = numbers[1:]
        if not all(1 <= one <= 1 << 14 for one in (channels, height, width)):
            raise DocumentError(f"{self.archive.path} takes pictures of {channels}×{height}×{width}.")
        return (channels, height, width), numbers[0] if "as_int" in sizes[0] else None

    def program(self) -> Program:
        """The lowered program."""
        batches = (self.batch, self.batch) if self.batch is not None else BATCHES
        build = Builder(str(self.archive.path), batches)
        values: dict[str, Any] = {self.picture: build.enter(self.dims)}
        labels = {node: node.removeprefix("p_").removeprefix("b_") for node in self.tensors}
        for name, tensor in self.tensors.items():
            values[name] = build.constant(tensor, labels[name], trained=name in self.trained)
        for node in self.nodes:
            self._lower(build, node, values)
        gives = values[self.result]
        if not isinstance(gives, Value) or not gives.live:
            raise DocumentError(f"{self.archive.path} gives what does not depend on the pictures.")
        return Program(
            name=self.archive.path.stem, origin="torch.export", image=self.dims, steps=tuple(build.steps),
            weights=build.weights, trained=frozenset(build.trained),
            shapes={k: (tuple(v.pair[0].shape), tuple(v.pair[1].shape)) for k, v in build.values.items()},
            live=frozenset(k for k, v in build.values.items() if v.live), gives=gives.name,
            reference=self.run, batches=batches, fixed_batch=self.batch,
            operations=sum(not skipped(node["target"]) for node in self.nodes),
        )  # fmt: skip

    def _lower(self, build: Builder, node: Mapping[str, Any], values: dict[str, Any]) -> None:
        target = str(node["target"])
        if skipped(target):
            return
        given = {one["name"]: _argument(one["arg"], values) for one in node["inputs"]}
        if target in _COUNTING:
            one, other = given.values()
            result: Any = _counted(_COUNTING[target], one, other)
        elif target == f"{_ATEN}sym_size.int":
            result = given["self"].shape[given["dim"]]
        else:
            lower = (
                LOWERED.get(target.removeprefix(_ATEN).partition(".")[0])
                if target.startswith(_ATEN)
                else None
            )
            if lower is None:
                raise DocumentError(
                    f"{self.archive.path} uses {target[:80]}, an operation that cannot be opened.",
                    "Export the part without it, or draw it from blocks.",
                )
            result = lower(build, given)
        _bind(node["outputs"], result, values)

    @torch.no_grad()
    def run(self, images: Tensor) -> Tensor:
        """The file's own nodes, run one after the other as torch's operators: (B, C, H, W) to the result."""
        values: dict[str, Any] = {**self.tensors, self.picture: images}
        for node in self.nodes:
            target = str(node["target"])
            if skipped(target):
                continue
            given = {one["name"]: _argument(one["arg"], values) for one in node["inputs"]}
            if target in _COUNTING:
                result: Any = _COUNTING[target](*given.values())
            else:
                name, _, overload = target.removeprefix(_ATEN).partition(".")
                if name == "sym_size":
                    result = given["self"].shape[given["dim"]]
                else:
                    named = {key: _typed(key, value) for key, value in given.items()}
                    result = getattr(getattr(torch.ops.aten, name), overload)(**named)
            _bind(node["outputs"], result, values)
        found: Tensor = values[self.result]
        return found


def _number(size: Mapping[str, Any]) -> int:
    if "as_int" in size:
        return int(size["as_int"])
    return int(size["as_expr"]["hint"]["as_int"])


def _counted(count: Callable[[int, int], int], one: Given, other: Given) -> Given:
    sides = [
        count(*(((n.first, n.second)[side] if isinstance(n, Sym) else n) for n in (one, other)))  # type: ignore[arg-type]
        for side in (0, 1)
    ]
    return sides[0] if sides[0] == sides[1] else Sym(sides[0], sides[1])


def _bind(outputs: list[dict[str, Any]], result: Any, values: dict[str, Any]) -> None:
    """Give the results of a node their names."""
    first = outputs[0]
    if "as_tensors" in first:
        for name, one in zip(first["as_tensors"], result, strict=True):
            values[name["name"]] = one
    elif "as_sym_int" in first:
        values[first["as_sym_int"]["as_name"]] = result
    elif isinstance(result, tuple | list):
        for output, one in zip(outputs, result, strict=False):
            if "as_tensor" in output:
                values[output["as_tensor"]["name"]] = one
    else:
        values[first["as_tensor"]["name"]] = result


def _argument(data: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """One argument of a node: a number, a word, a value computed before, or several."""
    ((kind, content),) = data.items()
    match kind:
        case "as_tensor":
            return values[content["name"]]
        case "as_tensors":
            return [values[one["name"]] for one in content]
        case "as_optional_tensors":
            return [values[one["as_tensor"]["name"]] if "as_tensor" in one else None for one in content]
        case "as_optional_tensor":
            return values[content["as_tensor"]["name"]] if "as_tensor" in content else None
        case "as_none":
            return None
        case "as_sym_int":
            return values[content["as_name"]] if "as_name" in content else content["as_int"]
        case "as_sym_ints":
            return [values[one["as_name"]] if "as_name" in one else one["as_int"] for one in content]
        case "as_int" | "as_float" | "as_bool" | "as_string" | "as_ints" | "as_floats" | "as_bools":
            return content
        case "as_scalar_type":
            return ScalarType(content)
        case _:
            return None  # devices, layouts and memory formats


class ScalarType(int):
    """Torch's number for a type of tensor."""


def _typed(key: str, value: Any) -> Any:
    if isinstance(value, ScalarType):
        return _DTYPES.get(int(value), torch.float32)
    return torch.device("cpu") if key == "device" else value
