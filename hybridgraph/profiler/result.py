"""What a profile hands back."""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.events import NodeTimed
from hybridgraph.graph.model import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Repeated measurements of one time in microseconds: the median and the middle 80 %."""

    median_us: float
    p10_us: float
    p90_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProfile:
    """One node, all its repeats together, or a group, the sum of its nodes.

    `params`, `macs` and `activation_bytes` are the analysis's, the latter two for one image (1 MAC = 2 FLOPs,
    activations as autograd keeps them in fp32). `forward` is the time of one batch in evaluation mode, `share` its
    part of the time of all nodes (0 to 1), `calls` how often the node runs in one forward pass.
    """

    path: Path
    is_group: bool
    params: int
    macs: int
    activation_bytes: int
    forward: Spread
    share: float
    calls: int

    def event(self) -> NodeTimed:
        """The same for the log; the ids of the path are joined by slashes."""
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
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileResult:
    """The nodes of a design in its order, groups before what they hold, and the network as a whole.

    `total` is the forward pass without the timers around the nodes. `peak_memory_bytes` is the most that was alive
    at once in one forward pass, weights and pictures included: by CUDA's allocator there, elsewhere by adding up
    the tensors.
    """

    device: str
    precision: str
    batch: int
    repeats: int
    nodes: tuple[NodeProfile, ...]
    total: Spread
    peak_memory_bytes: int

    @property
    def images_per_second(self) -> float:
        """Images in a second of forward passes."""
        return 1e6 * self.batch / self.total.median_us

    @property
    def covered(self) -> float:
        """The time of all nodes as a share of the whole; near 1 where the timers cost nothing."""
        return sum(node.forward.median_us for node in self.nodes if not node.is_group) / self.total.median_us
