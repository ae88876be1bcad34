"""Two profiles side by side: of two designs, or of one on two devices. The module needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.graph.model import Path
from hybridgraph.profiler.result import NodeProfile, ProfileResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A node or stage in both profiles, in microseconds for one picture; None where a profile has none of this path.

    `path` () is the network as a whole.
    """

    path: Path
    title: str
    is_group: bool
    first_us: float | None
    second_us: float | None

    @property
    def ratio(self) -> float | None:
        """The second time over the first; None where one is missing."""
        return self.second_us / self.first_us if self.first_us and self.second_us is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The whole first, then the nodes in the order of the first profile, then those that only the second has.

    `is_training` says that steps of training are compared, else forward passes: training where both measured it.
    """

    is_training: bool
    pairs: tuple[Pair, ...]


def side_by_side(first: ProfileResult, second: ProfileResult) -> Sides:
    """Both profiles by path. Times are for one picture, so that batches may differ."""
    is_training = first.training is not None and second.training is not None
    theirs = {node.path: node for node in second.nodes}
    mine = {node.path for node in first.nodes}
    nodes = [
        Pair(
            path=node.path,
            title=node.title,
            is_group=node.is_group,
            first_us=_time(node, first, is_training),
            second_us=_time(theirs.get(node.path), second, is_training),
        )
        for node in first.nodes
    ]
    more = [
        Pair(
            path=node.path,
            title=node.title,
            is_group=node.is_group,
            first_us=None,
            second_us=_time(node, second, is_training),
        )
        for node in second.nodes
        if node.path not in mine
    ]
    whole = Pair(
        path=(),
        title="",
        is_group=True,
        first_us=picture_us(first, is_training=is_training),
        second_us=picture_us(second, is_training=is_training),
    )
    return Sides(is_training=is_training, pairs=(whole, *nodes, *more))


def picture_us(result: ProfileResult, *, is_training: bool) -> float:
    """Microseconds of the whole network for one picture: of a step of training, or of a forward pass."""
    times = result.training.times if is_training and result.training is not None else result.total
    return times.median_us / result.batch


def _time(node: NodeProfile | None, result: ProfileResult, is_training: bool) -> float | None:
    if node is None:
        return None
    times = node.training.total if is_training and node.training is not None else node.forward
    return times.median_us / result.batch
