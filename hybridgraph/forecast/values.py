"""What a forecast says, and what it is made of: the memory of each block over one step. Values without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from hybridgraph.graph.model import Path
from hybridgraph.plan import Step
from hybridgraph.recipes import Recipe
from hybridgraph.shapes import Shape

Format = Literal["fp32", "bf16", "fp16"]
Phase = Literal["forward", "backward", "update"]
VALUE_BYTES: Mapping[str, int] = {"fp32": 4, "bf16": 2, "fp16": 2}


@dataclass(frozen=True, slots=True)
class Load:
    """Bytes or multiply-adds that do not depend on the batch, and those that each image adds."""

    fixed: int = 0
    per_image: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(self.fixed + other.fixed, self.per_image + other.per_image)

    def at(self, batch: int) -> int:
        """The sum for a batch."""
        return self.fixed + self.per_image * batch


def most(loads: Iterable[Load], batch: int) -> int:
    """The largest of them for a batch; 0 where there is none."""
    return max((load.at(batch) for load in loads), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """What a block is fed in a step: the shape of one image's part, its number format and layout in memory.

    `needs_gradient` says whether a gradient goes back along the wire.
    """

    shape: Shape
    format: Format = "fp32"
    is_channels_last: bool = False
    needs_gradient: bool = False

    @property
    def load(self) -> Load:
        """Its bytes."""
        count = VALUE_BYTES[self.format]
        for number in self.shape.dims:
            count *= number
        return Load(0, count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One block in one step, followed from allocation to release.

    `inference`, `forward` and `backward` are the moments at which most is alive of what the block itself allocates: in
    evaluation without gradients, and in the two passes of training. `kept` is what autograd keeps inside of it
    between these; `inputs` and `outputs` name the ports whose tensors are kept as well, and `same` an output that
    is an input's memory. `trained` are the bytes of weights that get a gradient. `cast` are bytes of weights in half that live until the end of a forward pass. `macs` are
    those of both passes.
    """

    macs: Load = Load()
    inference: tuple[Load, ...] = ()
    forward: tuple[Load, ...] = ()
    backward: tuple[Load, ...] = ()
    kept: Load = Load()
    inputs: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()
    same: Mapping[str, str] = field(default_factory=dict)
    leaving: Mapping[str, Entering] = field(default_factory=dict)
    weights: int = 0
    buffers: int = 0
    trained: int = 0
    cast: int = 0


class Tracer(Protocol):
    """Follows a block through one step."""

    def __call__(self, step: Step, given: Mapping[str, Entering], *, is_frozen: bool) -> Trace:
        """The trace of this step with these inputs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What a training remembers from step to step beside the weights.

    `states` is how many numbers the optimizer has for each weight it changes, AdamW's two by default; `has_mean` whether
    a running mean of all weights and buffers is kept.
    """

    states: int = 2
    has_mean: bool = False

    @classmethod
    def of(cls, recipe: Recipe) -> Fitting:
        """That of a recipe's optimizer."""
        moving = int(recipe.momentum > 0)
        states = {"sgd": moving, "rmsprop": 1 + moving}.get(recipe.optimizer, cls().states)
        return cls(states=states, has_mean=recipe.ema > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The moment at which most is alive: how much, of what, in which phase, and while which node runs.

    `optimizer` is what a `Fitting` remembers. `activations` are the pictures, what autograd keeps and the values on wires; `workspace` is what the node itself holds
    beside that, gradients of activations included. The five parts add up to `bytes`.
    """

    bytes: int = 0
    weights: int = 0
    gradients: int = 0
    optimizer: int = 0
    activations: int = 0
    workspace: int = 0
    phase: Phase = "forward"
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeForecast:
    """A node or group in one step: its multiply-adds of training for one image, forward and backward.

    The bytes are the most that is alive in the whole network while it runs, in inference and in training.
    """

    path: Path
    training_macs: int = 0
    inference_bytes: int = 0
    training_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What one step of a design will take, for a batch and a number format.

    `training_macs` are those of one image, forward and backward. `largest_batch` is the largest whose training fits into
    `limit_bytes`; 0 where none does.
    """

    digest: str
    batch: int
    precision: Format
    device: str
    training_macs: int
    inference: Peak
    training: Peak
    nodes: Mapping[Path, NodeForecast]
    limit_bytes: int = 0
    largest_batch: int = 0


def encode(forecast: Forecast) -> dict[str, Any]:
    """The forecast as JSON-ready data."""
    data = {name: getattr(forecast, name) for name in Forecast.__slots__}
    return {
        **data,
        "inference": _peak(forecast.inference),
        "training": _peak(forecast.training),
        "nodes": [{**asdict(node), "path": list(node.path)} for node in forecast.nodes.values()],
    }


def decode(data: Mapping[str, Any]) -> Forecast:
    """The inverse of `encode`, after JSON."""
    nodes = [NodeForecast(**{**entry, "path": tuple(entry["path"])}) for entry in data["nodes"]]
    peaks = {
        name: Peak(**{**data[name], "path": tuple(data[name]["path"])}) for name in ("inference", "training")
    }
    return Forecast(**{**data, **peaks, "nodes": {node.path: node for node in nodes}})


def _peak(peak: Peak) -> dict[str, Any]:
    return {**asdict(peak), "path": list(peak.path)}
