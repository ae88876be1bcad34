"""Files of others as plain tensors: safetensors, and torch's checkpoints as far as they are data.

Checkpoints are pickles. torch reads them with `weights_only`, which knows tensors, numbers, texts and containers and
runs nothing; a file that needs more is refused. This is the only place that opens them.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from hybridgraph.errors import DocumentError
from hybridgraph.weights.files import Weights, holds_code, read_weights

WRAPPERS = ("model_ema", "state_dict_ema", "model", "state_dict", "module", "net")
"""Where checkpoints keep the weights among other things; moving averages first, since they are what is evaluated."""
PREFIXES = ("module.", "_orig_mod.")
"""What DataParallel and torch.compile put in front of every name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Weights under the names of whoever wrote them, and where in the file they were, "" at its top."""

    weights: Weights
    wrapper: str = ""


def read_foreign(path: Path | str) -> Foreign:
    """The tensors in a safetensors file or a torch checkpoint, on the processor. Nothing in it is executed.

    Raises DocumentError for a file that is missing, damaged, of another kind or without tensors, and for a
    checkpoint that is more than data.
    """
    path = Path(path)
    if holds_code(path):
        tensors, wrapper = _unwrapped(_checkpoint(path))
        weights = Weights(tensors=tensors, origin=str(path))
    else:
        weights = read_weights(path)
        tensors, wrapper = _unwrapped(weights.tensors)
        weights = replace(weights, tensors=tensors)
    if not tensors:
        raise DocumentError(f"The file {path} holds no weights by name.", "Give the state_dict of a network.")
    return Foreign(weights=weights, wrapper=wrapper)


def _checkpoint(path: Path) -> object:
    try:
        with warnings.catch_warnings(
            action="ignore"
        ):  # of newer pickle protocols, which the error says better
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise DocumentError(
            f"The checkpoint {path} is more than tensors, or damaged, so it is not opened.",
            "Ask its maker for a safetensors file, or save its state_dict alone where you trust it.",
        ) from error
    except Exception as error:  # a damaged archive fails in every way there is
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].split(". ")[0].rstrip(".")
        raise DocumentError(
            f"The checkpoint {path} is damaged or of another kind: {reason}.", "Fetch it again."
        ) from error


def _unwrapped(content: object) -> tuple[dict[str, Tensor], str]:
    """The tensors by name within a checkpoint, and under which of its entries they were."""
    wrappers = []
    while isinstance(content, Mapping):
        inner = next((name for name in WRAPPERS if isinstance(content.get(name), Mapping)), None)
        if inner is None:
            break
        wrappers.append(inner)
        content = content[inner]
    entries = content.items() if isinstance(content, Mapping) else ()
    tensors = {str(name): value for name, value in entries if isinstance(value, Tensor)}
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors, ".".join(wrappers)
