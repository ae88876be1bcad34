"""An ONNX file as operations: its nodes in order, each lowered by the table in `onnx_operators`.

The file is parsed as data; tensors kept in other files are read from the file's own folder alone.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import hybridgraph.opening.onnx_moves  # noqa: F401  (fills the table)
from hybridgraph.errors import DocumentError
from hybridgraph.opening.building import BATCHES, Builder, Value
from hybridgraph.opening.onnx_operators import LOWERED, Attributes
from hybridgraph.opening.program import Program

MAX_BYTES = 1 << 32
MAX_AXES = 8
_TYPES = {
    1: np.float32, 2: np.uint8, 3: np.int8, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16,
    11: np.float64,
}  # fmt: skip
"""ONNX's numbers for types of tensors (TensorProto.DataType)."""
_SIDE = 224
_MASKED = -100.0
"""What is added to logits that shall not count is this or less."""
_MAX_MASK = 1 << 24


def read_onnx(path: Path) -> Program:
    """The program in an ONNX file. Raises DocumentError when it is damaged or holds what has no counterpart here."""
    import onnx

    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(f"{path} has {size / 1e9:.1f} GB, more than an ONNX file can hold.")
        model = onnx.load(str(path), load_external_data=False)
    except DocumentError:
        raise
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except Exception as error:  # protobuf's own, which onnx does not hand on by name
        raise DocumentError(
            f"{path} is damaged or neither an ONNX file nor a program of torch.export."
        ) from error
    if not model.graph.node or not model.opset_import:
        raise DocumentError(f"{path} is damaged or neither an ONNX file nor a program of torch.export.")
    try:
        return _Reader(path, model).program()
    except (KeyError, IndexError, TypeError, AttributeError, AssertionError) as error:
        raise DocumentError(
            f"{path} holds an operation in a form that cannot be opened ({type(error).__name__}: {str(error)[:80]}).",
            "Export it again with a recent opset.",
        ) from error


class _Reader:
    def __init__(self, path: Path, model: Any) -> None:
        self.path, self.model, self.graph = path, model, model.graph
        tensors = {one.name for one in self.graph.initializer}
        pictures = [one for one in self.graph.input if one.name not in tensors]
        if len(pictures) != 1 or len(self.graph.output) != 1:
            raise DocumentError(
                f"{path} takes {len(pictures)} inputs and gives {len(self.graph.output)} outputs; a network here takes "
                "one tensor of pictures and gives one.",
                "Export a module whose forward takes the pictures and returns the logits alone.",
            )
        self.picture = pictures[0]
        self.dims, self.batch = self._sizes()
        self.uses = Counter(name for node in self.graph.node for name in node.input)
        self.uses.update(one.name for one in self.graph.output)

    def _sizes(self) -> tuple[tuple[int, int, int], int | None]:
        sides = self.picture.type.tensor_type.shape.dim
        if len(sides) != 4:
            raise DocumentError(
                f"{self.path} takes a tensor of {len(sides)} axes; a network here takes (B, C, H, W)."
            )
        numbers = [one.dim_value if one.HasField("dim_value") else None for one in sides]
        channels, height, width = (one if one is not None else default for one, default in zip(
            numbers[1:], (3, _SIDE, _SIDE), strict=True
        ))  # fmt: skip
        if not all(1 <= one <= 1 << 14 for one in (channels, height, width)) or numbers[0] == 0:
            raise DocumentError(f"{self.path} takes pictures of {channels}×{height}×{width}.")
        return (channels, height, width), numbers[0]

    def program(self) -> Program:
        """The lowered program."""
        batches = (self.batch, self.batch) if self.batch is not None else BATCHES
        build = Builder(str(self.path), batches)
        values: dict[str, Value | None] = {"": None, self.picture.name: build.enter(self.dims)}
        for one in self.graph.initializer:
            tensor = self._tensor(one)
            values[one.name] = build.constant(tensor, one.name, trained=_is_trained(tensor))
        count = 0
        for node in self.graph.node:
            count += node.op_type != "Constant"
            self._lower(build, node, values)
        gives = values[self.graph.output[0].name]
        if gives is None or not gives.live:
            raise DocumentError(f"{self.path} gives what does not depend on the pictures.")
        return Program(
            name=self.path.stem, origin="ONNX", image=self.dims, steps=tuple(build.steps), weights=build.weights,
            trained=frozenset(build.trained),
            shapes={k: (tuple(v.pair[0].shape), tuple(v.pair[1].shape)) for k, v in build.values.items()},
            live=frozenset(k for k, v in build.values.items() if v.live), gives=gives.name, reference=self.run,
            batches=batches, fixed_batch=self.batch, operations=count,
        )  # fmt: skip

    def _lower(self, build: Builder, node: Any, values: dict[str, Value | None]) -> None:
        lower = LOWERED.get(node.op_type) if node.domain in ("", "ai.onnx") else None
        if lower is None:
            place = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
            raise DocumentError(
                f"{self.path} uses {place[:80]}, an operation that cannot be opened.",
                "Export the part without it, or draw it from blocks.",
            )
        attributes = Attributes(node, self._tensor, self.uses)
        found = lower(build, [values[name] for name in node.input], attributes)
        results = found if isinstance(found, list) else [found]
        values.update(zip(node.output, results, strict=False))

    def _tensor(self, proto: Any) -> Tensor:
        """A tensor of the file. Raises DocumentError when it claims more numbers than there are."""
        dims = list(proto.dims)
        name = proto.name[:80]
        if proto.data_type not in _TYPES or len(dims) > MAX_AXES or any(one < 0 for one in dims):
            raise DocumentError(f"{self.path}: the tensor {name!r} is of a kind that cannot be opened.")
        dtype = np.dtype(_TYPES[proto.data_type])
        count = 1
        for side in dims:
            count *= side
        if proto.data_location == 1:
            data: bytes = self._outside(proto, count * dtype.itemsize)
        elif proto.HasField("raw_data"):
            data = proto.raw_data
        else:
            listed = (
                len(proto.float_data) + len(proto.int32_data) + len(proto.int64_data) + len(proto.double_data)
            )
            if listed != count:
                raise self._short(name)
            import onnx

            return torch.from_numpy(np.array(onnx.numpy_helper.to_array(proto)))
        if len(data) != count * dtype.itemsize:
            raise self._short(name)
        numbers = np.frombuffer(data, dtype=dtype.newbyteorder("<")).astype(dtype).reshape(dims)
        return torch.from_numpy(numbers)

    def _outside(self, proto: Any, size: int) -> bytes:
        """Numbers kept in another file of the same folder."""
        entries = {one.key: one.value for one in proto.external_data}
        name = entries.get("location", "")
        folder = self.path.resolve().parent
        place = (folder / name).resolve()
        if not name or Path(name).is_absolute() or not place.is_relative_to(folder):
            raise DocumentError(
                f"{self.path} keeps numbers in {name[:80]!r}, outside its folder, so it is not opened.",
                "Save the model as one file.",
            )
        try:
            offset, length = int(entries.get("offset", 0)), int(entries.get("length", size))
            if length != size or offset < 0 or offset + length > place.stat().st_size:
                raise self._short(proto.name[:80])
            with place.open("rb") as file:
                file.seek(offset)
                found: bytes = file.read(length)
                return found
        except ValueError as error:
            raise self._short(proto.name[:80]) from error
        except OSError as error:
            raise DocumentError(
                f"{self.path} keeps numbers in {name[:80]}, which cannot be read: {(error.strerror or 'failed').lower()}.",
                "Put the file beside it.",
            ) from error

    def _short(self, name: str) -> DocumentError:
        return DocumentError(
            f"{self.path} is damaged: the tensor {name!r} claims another number of values than it has."
        )

    def run(self, images: Tensor) -> Tensor:
        """The file in ONNX Runtime on the processor: (B, C, H, W) to its output. Raises DocumentError."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 4
        try:
            session = onnxruntime.InferenceSession(
                str(self.path), options, providers=["CPUExecutionProvider"]
            )
            return torch.from_numpy(session.run(None, {self.picture.name: images.numpy()})[0])
        except Exception as error:  # ONNX Runtime's exceptions have no root of their own
            first = (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
            raise DocumentError(f"ONNX Runtime refuses {self.path}: {first[:200]}.") from error


def _is_trained(tensor: Tensor) -> bool:
    """Whether a tensor of the file is a parameter, as far as can be seen: no single number, no mask of 0 and another."""
    if not tensor.is_floating_point() or tensor.ndim == 0:
        return False
    if tensor.ndim == 1 or tensor.numel() > _MAX_MASK:
        return True
    values = tensor.unique()
    return not (len(values) == 2 and 0 in values and bool((values <= _MASKED).any()))
