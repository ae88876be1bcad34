"""The model of a run: imported from its source, checked on two pictures, seeded for each step."""

import importlib.util
import re
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from hybridgraph.data.randomness import mix
from hybridgraph.errors import TrainingError
from hybridgraph.train.faults import is_out_of_memory


def load_model(path: Path, seed: int) -> nn.Module:
    """Import `path` and call its `build_model()`; the weights depend on the seed alone.

    Raises TrainingError when there is no such file or function, or it fails.
    """
    if not path.is_file():
        raise TrainingError(
            f"The run has no model: {path} is missing.", "Start the run again from its design."
        )
    name = "hybridgraph_run_" + re.sub(r"\W", "_", path.parent.name)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TrainingError(f"The model {path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling in the source look their module up here
    writes = sys.dont_write_bytecode
    try:
        sys.dont_write_bytecode = True  # no __pycache__ in the run folder, and never a stale one
        spec.loader.exec_module(module)
        torch.manual_seed(mix(seed, 0))
        model = module.build_model()
    except Exception as error:
        raise TrainingError(
            f"The model {path} cannot be built: {type(error).__name__}: {_first_line(error)}."
        ) from error
    finally:
        sys.dont_write_bytecode = writes
        del sys.modules[name]
    if not isinstance(model, nn.Module):
        raise TrainingError(f"build_model() in {path} gives a {type(model).__name__}, not a torch module.")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise TrainingError("The design has no weights to train.", "Add a block with weights.")
    return model


def check_output(model: nn.Module, images: Tensor, classes: int) -> None:
    """Run a few pictures through the model. Raises TrainingError when it fails or gives other classes.

    Shape: (B, C, S, S) must become (B, classes).
    """
    size = "×".join(str(side) for side in images.shape[1:])
    model.eval()
    try:
        with torch.no_grad():
            logits = model(images)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        if is_out_of_memory(error):
            raise
        raise TrainingError(
            f"The design does not take pictures of {size}: {_first_line(error)}.",
            "Set the input of the design to this size, or the image size to the design's.",
        ) from error
    if not isinstance(logits, Tensor) or logits.shape != (len(images), classes):
        got = "×".join(map(str, logits.shape[1:])) if isinstance(logits, Tensor) else type(logits).__name__
        raise TrainingError(
            f"The design gives {got} for each picture where one number for each of {classes} classes is needed.",
            "End it in a classifier head with that many classes.",
        )


def seed_step(device: torch.device, seed: int, step: int, part: int = 0, rank: int = 0) -> None:
    """Make dropout and stochastic depth of a step, or of a part of it, depend on (seed, step, part, rank) alone."""
    place = (part, rank) if rank else (part,) if part else ()
    value = mix(seed, step, 3, *place)
    torch.default_generator.manual_seed(value)  # torch.manual_seed asks every device: ten times slower
    if device.type == "cuda":
        torch.cuda.manual_seed(value)
    elif device.type == "mps":
        torch.mps.manual_seed(value)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
