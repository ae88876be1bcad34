"""What a profile hands back: times of nodes, of their repeats and of the whole. The module needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hybridgraph.events import NodeTimed
from hybridgraph.graph.model import Path
from hybridgraph.profiler.film import Film
from hybridgraph.profiler.roofline import Dot, Rates

Phase = Literal["inference", "forward", "backward", "optimizer"]
"""The forward pass in evaluation mode, and the three parts of a step of training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Repeated measurements of one time in microseconds: the median and the middle 80 %."""

    median_us: float
    p10_us: float
    p90_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTimes:
    """A step of training on one batch: forward pass in training mode, backward pass, optimizer, and their sum.

    The median of a sum is not the sum of the medians, but near to it.
    """

    forward: Spread
    backward: Spread
    optimizer: Spread
    total: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatProfile:
    """One repeat of a node, or of a stage with what it holds; `index` counts from 0, the outermost stage first."""

    index: tuple[int, ...]
    forward: Spread
    training: StepTimes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of torch, or on CUDA a kernel, that a node runs in one traced pass, all its calls together."""

    name: str
    phase: Phase
    calls: int
    time_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProfile:
    """One node, all its repeats together, or a group, the sum of its nodes.

    `params`, `macs` and `activation_bytes` are the analysis's, the latter two for one image (1 MAC = 2 FLOPs,
    activations as autograd keeps them in fp32). Times are of one batch. `forward` is that of inference, `share` its
    part of the time of all nodes (0 to 1); `training` and `training_share` say the same of a step of training.
    `calls` is how often the node runs in one forward pass, `repeats` has each of them where there are several; what a
    stage runs once before its repeats is in none of them. `moved_bytes` is what one forward pass of the batch has to
    move: inputs, outputs and parameters. `operations` are sorted by time, the longest first.
    """

    path: Path
    title: str
    is_group: bool
    params: int
    macs: int
    activation_bytes: int
    calls: int
    forward: Spread
    share: float
    training: StepTimes | None = None
    training_share: float = 0.0
    moved_bytes: int = 0
    repeats: tuple[RepeatProfile, ...] = ()
    operations: tuple[Operation, ...] = ()

    def event(self) -> NodeTimed:
        """The times for the log; the ids of the path are joined by slashes."""
        step = self.training
        return NodeTimed(
            path="/".join(self.path),
            forward_us_median=self.forward.median_us,
            forward_us_p10=self.forward.p10_us,
            forward_us_p90=self.forward.p90_us,
            share=self.share,
            calls=self.calls,
            params=self.params,
            macs=self.macs,
            activation_bytes=self.activation_bytes,
            backward_us_median=step.backward.median_us if step else 0.0,
            optimizer_us_median=step.optimizer.median_us if step else 0.0,
            step_us_median=step.total.median_us if step else 0.0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """What ran before the first measurement and is in no figure."""

    passes: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The network as a whole, timed without anything at the nodes, in turn with the passes that time them.

    `covered` is the time of all nodes over this time: near 1 where timing costs nothing and no work lies between the
    nodes. It is the median over pairs of neighbouring passes. `repeats` is how many pairs there were time for.
    """

    times: Spread
    covered: float
    repeats: int
    warm_up: WarmUp


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileResult:
    """The nodes of a design in its order, groups before what they hold, and the network as a whole.

    `image` is (channels, height, width). `total` is one forward pass of a batch in evaluation mode, `inference` says
    how it was taken. `step` are the parts of a step of training, without timers at the nodes, and `training` the step as
    a whole; both are None where training was not measured. The films show memory over one forward pass and one step.
    """

    device: str
    precision: str
    batch: int
    image: tuple[int, int, int]
    nodes: tuple[NodeProfile, ...]
    inference: Whole
    inference_film: Film
    rates: Rates
    roofline: tuple[Dot, ...]
    training: Whole | None = None
    step: StepTimes | None = None
    training_film: Film | None = None
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> Spread:
        """One forward pass of the whole network in evaluation mode."""
        return self.inference.times

    @property
    def repeats(self) -> int:
        """How often inference was measured."""
        return self.inference.repeats

    @property
    def covered(self) -> float:
        """The time of all nodes in inference as a share of the whole."""
        return self.inference.covered

    @property
    def images_per_second(self) -> float:
        """Images in a second of forward passes."""
        return 1e6 * self.batch / self.total.median_us

    @property
    def training_images_per_second(self) -> float:
        """Images in a second of training steps; 0 where these were not measured."""
        return 1e6 * self.batch / self.training.times.median_us if self.training else 0.0

    @property
    def peak_memory_bytes(self) -> int:
        """The most that is alive at once in a forward pass, weights and pictures included."""
        return self.inference_film.peak_bytes
