"""Checkpoints: safetensors files whose header carries JSON, so that one atomic write keeps both together.

`last.safetensors` holds weights, optimizer and progress to go on from; `best.safetensors` the weights alone,
under the names of the model. `start.safetensors` holds weights from elsewhere that the training begins with. A SHA-256 over tensors and JSON is kept in the header: safetensors itself does
not notice a flipped byte. Nothing in these files can hold code.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn, optim

from hybridgraph.distributed.sharding import divided_like, whole
from hybridgraph.distributed.world import ALONE, World
from hybridgraph.errors import DocumentError, RunError
from hybridgraph.runs.store import CHECKPOINTS, START
from hybridgraph.storage import write_atomic

LAST, BEST = "last.safetensors", "best.safetensors"
_MODEL, _AVERAGE, _OPTIMIZER = "model.", "average.", "optimizer."
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a checkpoint file holds: tensors by name and a JSON object."""

    path: Path
    tensors: dict[str, Tensor]
    content: dict[str, Any]


def save_last(
    run: Path,
    model: nn.Module,
    optimizer: optim.Optimizer,
    content: dict[str, Any],
    average: nn.Module | None = None,
    *,
    world: World = ALONE,
) -> str:
    """Write everything needed to go on; answers the path relative to the run. Raises RunError.

    Several processes call this together; the first writes what they hold.
    """
    tensors = {_MODEL + name: tensor for name, tensor in model.state_dict().items()}
    if average is not None:
        tensors |= {_AVERAGE + name: tensor for name, tensor in average.state_dict().items()}
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            if value is not None:  # SGD before its first step, and without momentum
                tensors[f"{_OPTIMIZER}{name}.{key}"] = value
    return _write(run, LAST, tensors, content, world)


def save_best(run: Path, model: nn.Module, content: dict[str, Any], *, world: World = ALONE) -> str:
    """Write the weights alone, together as above; answers the path relative to the run. Raises RunError."""
    return _write(run, BEST, dict(model.state_dict()), content, world)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint onto the processor. Raises RunError when it is damaged, foreign or of a newer version."""
    hint = "Put back the file from a copy, or start a new run."
    if path.name == LAST and path.with_name(BEST).exists():
        hint += " With --weights and the folder of this one it begins with the best weights so far."
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a mapping
    except (SafetensorError, ValueError) as error:
        raise RunError(f"The checkpoint {path} is damaged or no safetensors file: {error}.", hint) from error
    except OSError as error:
        raise RunError(f"Cannot read the checkpoint {path}: {error.strerror or error}.") from error
    text = header.get("hybridgraph")
    if text is None:
        raise RunError(f"The file {path} is a safetensors file, but no checkpoint of a run.", hint)
    if header.get("sha256") != fingerprint(tensors, text):
        raise RunError(f"The checkpoint {path} is damaged: its SHA-256 does not fit its content.", hint)
    content = json.loads(text)
    if content["version"] > _VERSION:
        raise RunError(
            f"The checkpoint {path} has version {content['version']}; this HybridGraph reads up to {_VERSION}.",
            "Resume the run with a newer HybridGraph.",
        )
    return Checkpoint(path=path, tensors=tensors, content=content)


def load_weights(run: Path, which: Literal["best", "last"] = "best") -> dict[str, Tensor]:
    """The trained weights of a run under the names of the model, on the processor.

    Raises RunError when the run has none or the file is damaged.
    """
    path = run / CHECKPOINTS / (BEST if which == "best" else LAST)
    if which == "best" and not path.exists():
        path = run / CHECKPOINTS / LAST  # stopped before its first evaluation
    if not path.exists():
        raise RunError(f"The run {run} has no checkpoint yet.", "Train it first.")
    tensors = load_checkpoint(path).tensors
    return tensors if path.name == BEST else _part(tensors, _MODEL)


def begin(run: Path, model: nn.Module) -> dict[str, Any] | None:
    """Put the weights in that a training begins with; answers what their file says, None where there is none.

    Raises RunError.
    """
    path = run / CHECKPOINTS / START
    if not path.exists():
        return None
    start = load_checkpoint(path)
    try:
        model.load_state_dict(start.tensors)
    except RuntimeError as error:
        raise RunError(f"The first weights {path} do not fit the design.", "Start a new run.") from error
    return start.content


def restore_weights(checkpoint: Checkpoint, model: nn.Module, average: nn.Module | None = None) -> None:
    """Put the weights back, in the memory layout of the model. Raises RunError on a mismatch."""
    weights = _part(checkpoint.tensors, _MODEL)
    wanted = model.state_dict()
    differing = sorted(
        name
        for name in wanted.keys() | weights.keys()
        if name not in wanted or name not in weights or wanted[name].shape != weights[name].shape
    )
    if differing:
        raise RunError(
            f"The checkpoint {checkpoint.path} does not fit the design: {', '.join(differing[:3])} differ.",
            "Start a new run for the changed design.",
        )
    model.load_state_dict(weights)
    if average is not None:
        average.load_state_dict(_part(checkpoint.tensors, _AVERAGE))


def restore_optimizer(checkpoint: Checkpoint, model: nn.Module, optimizer: optim.Optimizer) -> None:
    """Put the optimizer's state back, in the memory layout of the weights, whole or divided as they are."""
    for name, parameter in model.named_parameters():
        prefix = f"{_OPTIMIZER}{name}."
        for full_name, value in checkpoint.tensors.items():
            key = full_name.removeprefix(prefix)
            if key == full_name or "." in key:
                continue
            state = optimizer.state[parameter]
            if value.ndim:
                state[key] = divided_like(value, parameter)
            else:  # the fused kernel counts its steps on the device
                state[key] = value.to(parameter.device) if optimizer.defaults.get("fused") else value


def _part(tensors: Mapping[str, Tensor], mark: str) -> dict[str, Tensor]:
    return {name.removeprefix(mark): value for name, value in tensors.items() if name.startswith(mark)}


def _write(run: Path, name: str, tensors: dict[str, Tensor], content: dict[str, Any], world: World) -> str:
    plain = {}
    for key, value in tensors.items():
        together = whole(value.detach())  # all processes ask for it, one tensor at a time
        if world.is_first:
            # a copy of each: tied weights share their memory, which safetensors refuses to write
            plain[key] = together.to("cpu", copy=True).contiguous()
    world.first(lambda: _write_file(run / CHECKPOINTS / name, plain, content), None)
    return f"{CHECKPOINTS}/{name}"


def _write_file(path: Path, plain: dict[str, Tensor], content: dict[str, Any]) -> None:
    text = json.dumps({"version": _VERSION, **content})
    header = {"format": "pt", "hybridgraph": text, "sha256": fingerprint(plain, text)}
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, save(plain, metadata=header))
    except DocumentError as error:
        raise RunError(
            f"The checkpoint cannot be saved. {error.message}", f"{error.hint} Then resume the run."
        ) from error
    except OSError as error:
        raise RunError(f"The checkpoint {path} cannot be saved: {error.strerror or error}.") from error


def fingerprint(tensors: Mapping[str, Tensor], text: str) -> str:
    """A SHA-256 over the names, types, shapes and bytes of tensors and over the text beside them."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
