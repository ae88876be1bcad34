"""Weights as data: safetensors files, written whole and checked before the first number reaches a network.

A file says in its header where its numbers come from, as JSON under `hybridgraph`, and keeps a SHA-256 over the
tensors and that text, because safetensors itself does not notice a flipped byte. Files of others, which have
neither, are read as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from hybridgraph import __version__
from hybridgraph.data.preprocessing import RESIZE
from hybridgraph.errors import DocumentError, ExportError, RunError
from hybridgraph.events import RunStarted
from hybridgraph.jobs import JOB_FILE
from hybridgraph.plan import Plan
from hybridgraph.runs import open_run
from hybridgraph.train import checkpoints

_CODE_MARKS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""How files begin that Python would run while it reads them: torch's zip files and bare pickles."""
_TAR_MARK = slice(257, 262)
_MODEL = "model."
_ROWS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Tensors under the names of a network's state, and what is known of the pictures they were fitted to.

    `mean` and `std` are one number for each channel on a scale of 0 to 1: the network reads
    (picture - mean) / std. `picture` is their height and width, `resize` says how they came to it. Empty tuples mean that nobody said. `is_ours` tells
    that HybridGraph wrote them.
    """

    tensors: Mapping[str, Tensor] = field(repr=False)
    origin: str
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    picture: tuple[int, ...] = ()
    resize: str = ""
    is_ours: bool = False


def read_weights(path: Path | str) -> Weights:
    """The weights in a safetensors file, on the processor. Nothing in the file is executed.

    Raises DocumentError for a file that is missing, damaged or of another kind, and for one that holds code.
    """
    path = Path(path)
    _refuse_code(path)
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a mapping
    except (SafetensorError, ValueError) as error:
        raise DocumentError(
            f"The weights {path} are damaged or no safetensors file: {error}.", "Fetch or export them again."
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    text = header.get("hybridgraph", "")
    if "sha256" in header and header["sha256"] != checkpoints.fingerprint(tensors, text):
        raise DocumentError(
            f"The weights {path} are damaged: their SHA-256 does not fit their content.",
            "Fetch or export them again.",
        )
    content = _content(text)
    return Weights(
        tensors=_model_part(tensors, content),
        origin=str(path),
        classes=_texts(content.get("classes")),
        mean=_numbers(content.get("mean")),
        std=_numbers(content.get("std")),
        picture=_sides(content),
        resize=_resize(content),
        is_ours=bool(content),
    )


def run_weights(run: Path | str) -> Weights:
    """The trained weights of a run: the best, or the last where it was stopped before its first evaluation.

    Raises RunError when the run has none, DocumentError when they are damaged.
    """
    folder = open_run(run)
    files = [folder.checkpoints / name for name in (checkpoints.BEST, checkpoints.LAST)]
    present = next((file for file in files if file.exists()), None)
    if present is None:
        raise RunError(f"The run {folder.path} has no weights yet.", "Train it first.")
    found = read_weights(present)
    if found.classes:
        return found
    started = next((event for event in folder.events() if isinstance(event, RunStarted)), None)
    classes = started.classes if started is not None else ()
    return replace(found, classes=classes)


def find_weights(source: Weights | Path | str) -> Weights:
    """The weights of a run, given as its folder, or of a safetensors file. Raises as the two readers do."""
    if isinstance(source, Weights):
        return source
    path = Path(source)
    return run_weights(path) if path.is_dir() or path.name == JOB_FILE else read_weights(path)


def load_weights(path: Path | str, module: nn.Module) -> Weights:
    """Put the weights of a file into a module, all of them or none, and hand back what the file says.

    Raises DocumentError when the file cannot be read, ExportError with a table of the tensors that differ when
    it does not fit; the module is then as it was.
    """
    weights = read_weights(path)
    fit_weights(weights, module)
    return weights


def fit_weights(weights: Weights, module: nn.Module) -> None:
    """Put weights into a module, all or none. Raises ExportError with a table of the tensors that differ."""
    wanted = module.state_dict()
    rows = [
        (name, described(wanted.get(name)), described(weights.tensors.get(name)))
        for name in sorted(wanted.keys() | weights.tensors.keys())
        if not _fits(wanted.get(name), weights.tensors.get(name))
    ]
    if rows:
        raise ExportError(
            f"The weights {weights.origin} do not fit the design: {len(rows)} of {len(wanted)} tensors differ.",
            f"Take the weights that belong to this design.\n{table(rows)}",
        )
    module.load_state_dict(weights.tensors)


def holds_code(path: Path) -> bool:
    """Whether a file is of a kind that Python would run while it reads it. Raises DocumentError."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise _unreadable(path, error) from error
    return start.startswith(_CODE_MARKS) or start[_TAR_MARK] == b"ustar"


def _refuse_code(path: Path) -> None:
    if holds_code(path):
        raise DocumentError(
            f"{path} is not a safetensors file; it holds code, so it is not opened.",
            "`hybridgraph weights import` reads torch checkpoints without running them, and writes safetensors.",
        )


def _unreadable(path: Path, error: OSError) -> DocumentError:
    return DocumentError(f"The weights {path} cannot be read: {(error.strerror or str(error)).lower()}.")


def _content(text: str) -> dict[str, Any]:
    """What the header says of the numbers; nothing where somebody else wrote it."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _numbers(value: object) -> tuple[float, ...]:
    plain = isinstance(value, list) and all(type(one) in (int, float) for one in value)
    return tuple(map(float, value)) if plain and isinstance(value, list) else ()


def _sides(content: Mapping[str, Any]) -> tuple[int, ...]:
    """Height and width of the pictures: a network's file says both, a training's the side of its squares."""
    job = content.get("job")
    side = job.get("image_size") if isinstance(job, dict) else None
    height, width = content.get("height", side), content.get("width", side)
    return (height, width) if isinstance(height, int) and isinstance(width, int) else ()


def _resize(content: Mapping[str, Any]) -> str:
    """How pictures came to their size; checkpoints of older trainings, which do not say, know one way."""
    value = content.get("resize", RESIZE if "job" in content else "")
    return value if isinstance(value, str) else ""


def _model_part(tensors: dict[str, Tensor], content: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights alone where a training's checkpoint keeps them beside the optimizer's state."""
    if "progress" not in content:
        return tensors
    return {name.removeprefix(_MODEL): value for name, value in tensors.items() if name.startswith(_MODEL)}


def facts(plan: Plan, weights: Weights | None) -> dict[str, Any]:
    """What a file of a network's weights should say about them, as JSON-ready data."""
    known: dict[str, Any] = {
        "version": 1,
        "made_by": f"HybridGraph {__version__}",
        "name": plan.name,
        "design": plan.digest,
        "channels_in": plan.input.channels,
        "height": plan.input.height,
        "width": plan.input.width,
    }
    if weights is not None:
        told = {"classes": weights.classes, "mean": weights.mean, "std": weights.std}
        known |= {name: list(value) for name, value in told.items() if value}
        known |= {"resize": weights.resize} if weights.resize else {}
    return known


def packed(module: nn.Module, told: Mapping[str, Any]) -> bytes:
    """The bytes of a safetensors file with a network's weights and the facts told about them."""
    # a copy of each: tied weights share their memory, which safetensors refuses to write
    state = module.state_dict()
    tensors = {name: value.detach().to("cpu", copy=True).contiguous() for name, value in state.items()}
    text = json.dumps(told, sort_keys=True)
    header = {"format": "pt", "hybridgraph": text, "sha256": checkpoints.fingerprint(tensors, text)}
    return save(tensors, metadata=header)


def table(rows: list[tuple[str, str, str]]) -> str:
    """Tensors that differ, as lines: the name, what the design has, what the file has."""
    shown = [("tensor", "in the design", "in the file"), *rows[:_ROWS]]
    widths = [max(len(row[column]) for row in shown) for column in range(2)]
    lines = [f"  {name:<{widths[0]}}  {design:<{widths[1]}}  {file}" for name, design, file in shown]
    more = len(rows) - _ROWS
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


def described(tensor: Tensor | None) -> str:
    """A tensor's shape and type in words: "768×384 float32"."""
    if tensor is None:
        return "missing"
    return f"{'×'.join(map(str, tensor.shape)) or 'one number'} {str(tensor.dtype).removeprefix('torch.')}"


def _fits(wanted: Tensor | None, given: Tensor | None) -> bool:
    if wanted is None or given is None:
        return False
    return wanted.shape == given.shape and wanted.is_floating_point() == given.is_floating_point()
