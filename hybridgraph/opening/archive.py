"""The archive of `torch.export.save` (.pt2) read as data: JSON and raw numbers, never unpickled.

Torch's own reader unpickles the example inputs, and constants that are not plain tensors; this one leaves the first
alone and refuses the second.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hybridgraph.errors import DocumentError

MAX_JSON = 300 << 20
MAX_RATIO = 50
"""How many times smaller an entry of the archive may lie in it; torch does not compress at all."""
MAX_AXES = 8
_DTYPES = {
    1: torch.uint8, 2: torch.int8, 3: torch.int16, 4: torch.int32, 5: torch.int64, 6: torch.float16,
    7: torch.float32, 8: torch.float64, 12: torch.bool, 13: torch.bfloat16,
}  # fmt: skip
"""Torch's numbers for types of tensors (its export schema, `ScalarType`)."""


class Archive:
    """A .pt2 file: the program as data, and tensors by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            names = self._zip.namelist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise DocumentError(
                f"{path} is damaged or no program of torch.export: it is no whole zip archive.",
                "Export it again.",
            ) from error
        except OSError as error:
            raise DocumentError(
                f"{path} cannot be read: {(error.strerror or str(error)).lower()}."
            ) from error
        models = [name for name in names if name.endswith("models/model.json")]
        if len(models) != 1:
            old = any(name.endswith("serialized_exported_program.json") for name in names)
            raise DocumentError(
                f"{path} holds no program of torch.export"
                + (" in the form that torch has written since 2.8." if old else "."),
                "Open it with torch.export.load and save it again with torch 2.8 or newer."
                if old
                else "Save it with torch.export.save.",
            )
        self._root = models[0].removesuffix("models/model.json")
        self.program = self._json("models/model.json")
        self._weights = self._config("data/weights/model_weights_config.json")
        self._constants = self._config("data/constants/model_constants_config.json")
        self._raw: dict[str, Tensor] = {}

    def weight(self, name: str) -> Tensor:
        """A parameter or buffer. Raises DocumentError when it is missing, damaged or held as code."""
        return self._tensor(self._weights, "data/weights/", name)

    def constant(self, name: str) -> Tensor:
        """A constant tensor. Raises DocumentError when it is missing, damaged or held as code."""
        return self._tensor(self._constants, "data/constants/", name)

    def _config(self, name: str) -> Mapping[str, Any]:
        if self._root + name not in self._zip.namelist():
            return {}
        config = self._json(name).get("config")
        if not isinstance(config, dict):
            raise self._damaged(f"{name} lists no tensors")
        return config

    def _json(self, name: str) -> dict[str, Any]:
        try:
            data = json.loads(self._bytes(name, MAX_JSON))
        except (ValueError, RecursionError) as error:
            raise self._damaged(f"{name} is no JSON") from error
        if not isinstance(data, dict):
            raise self._damaged(f"{name} is no object")
        return data

    def _bytes(self, name: str, limit: int) -> bytes:
        try:
            info = self._zip.getinfo(self._root + name)
            if info.file_size > limit or info.file_size > MAX_RATIO * max(info.compress_size, 1):
                raise self._damaged(f"{name} claims {info.file_size:,} bytes")
            return self._zip.read(info)
        except KeyError as error:
            raise self._damaged(f"{name} is missing") from error
        except (
            zipfile.BadZipFile,
            RuntimeError,
            NotImplementedError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            raise self._damaged(f"{name} cannot be unpacked") from error

    def _tensor(self, config: Mapping[str, Any], folder: str, name: str) -> Tensor:
        try:
            entry = config[name]
            meta, file = entry["tensor_meta"], entry["path_name"]
            pickled = bool(entry["use_pickle"])
            dtype = _DTYPES[meta["dtype"]]
            sizes = [one["as_int"] for one in meta["sizes"]]
            strides = [one["as_int"] for one in meta["strides"]]
            offset = meta["storage_offset"]["as_int"]
        except (KeyError, TypeError) as error:
            raise self._damaged(f"the tensor {str(name)[:80]!r} is not described") from error
        if pickled:
            raise DocumentError(
                f"{self.path} keeps {str(name)[:80]!r} as code, so it is not opened.",
                "Export the program with plain tensors as its constants.",
            )
        plain = all(type(one) is int and one >= 0 for one in (*sizes, *strides, offset))
        if not plain or len(sizes) != len(strides) or len(sizes) > MAX_AXES or not isinstance(file, str):
            raise self._damaged(f"the sizes of {name[:80]!r} make no sense")
        raw = self._storage(folder + file)
        width = torch.empty((), dtype=dtype).element_size()
        last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
        if not prod(sizes):
            return torch.empty(sizes, dtype=dtype)
        if (last + 1) * width > raw.numel() or prod(sizes) > max(raw.numel(), 1):
            raise self._damaged(f"{name[:80]!r} claims more numbers than {file[:80]} holds")
        numbers = raw[: raw.numel() // width * width].view(dtype)
        return numbers.as_strided(sizes, strides, offset).contiguous()

    def _storage(self, name: str) -> Tensor:
        if name not in self._raw:
            data = self._bytes(name, 1 << 36)
            self._raw[name] = torch.frombuffer(bytearray(data or b"\0"), dtype=torch.uint8)[: len(data)]
        return self._raw[name]

    def _damaged(self, what: str) -> DocumentError:
        return DocumentError(f"{self.path} is damaged: {what}.", "Export it again.")
