"""Where the gradient goes: for each block, whether its result and its weights get any, and why not.

Some weights have none at first and come to life with the step after (a scale that begins at 0 hides what it scales), so
several steps are looked at and the best counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from statistics import median

from torch import Tensor, nn

from hybridgraph.comparison.wording import name_of
from hybridgraph.graph.model import Graph, Path, is_port
from hybridgraph.places import Spot
from hybridgraph.preflight.values import NodeGradient, Reach
from hybridgraph.spec import Catalogue

FAINT = 1e-6
"""The share of the usual length below which a gradient is as good as none."""
_NAMED = 3


@dataclass(slots=True)
class _Seen:
    """What was seen of one repeat of a node: the longest gradients, and what its result is like.

    It is `flat` where it is one and the same number everywhere, and `loose` where no gradient can go back through it;
    it `cuts` where one could into what it is made of.
    """

    module: nn.Module
    result: float = 0.0
    flat: bool = True
    loose: bool = True
    cuts: bool = False
    shares: list[float] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)


class Watch:
    """Looks at a network while it is fitted to one batch."""

    def __init__(self, spots: Mapping[Spot, nn.Module]) -> None:
        self._seen = {spot: _Seen(module=module) for spot, module in spots.items()}
        self._hooks = [seen.module.register_forward_hook(self._listen(seen)) for seen in self._seen.values()]

    def look(self) -> None:
        """Take in the gradients of a step, after its backward pass and before the weights move."""
        for seen in self._seen.values():
            total = weight = 0.0
            for name, parameter in seen.module.named_parameters():
                if parameter.requires_grad:
                    length = 0.0 if parameter.grad is None else float(parameter.grad.float().norm())
                    former = seen.weights.get(name, 0.0)
                    seen.weights[name] = length if not isfinite(length) else max(former, length)
                    total, weight = total + length**2, weight + float(parameter.detach().float().norm()) ** 2
            seen.shares.append((total / weight) ** 0.5 if weight else 0.0)

    def end(self) -> None:
        """Stop listening to results."""
        for hook in self._hooks:
            hook.remove()

    def told(self, graph: Graph, catalogue: Catalogue, frozen: frozenset[Path]) -> tuple[NodeGradient, ...]:
        """What came of it for each node, in the order of the design; of its repeats the worst counts."""
        by_path: dict[Path, list[_Seen]] = {}
        for (path, _), seen in self._seen.items():
            by_path.setdefault(path, []).append(seen)
        shares = [max(one.shares, default=0.0) for some in by_path.values() for one in some if one.weights]
        usual = median([share for share in shares if isfinite(share)] or [0.0])
        cuts = [path for path, repeats in by_path.items() if any(seen.cuts for seen in repeats)]
        found = []
        for path, repeats in by_path.items():
            title = name_of(graph, path, catalogue)
            if path in frozen:
                found.append(NodeGradient(path=path, title=title, reach="frozen"))
                continue
            judged = [_judge(seen, usual) for seen in repeats]
            worst = max(range(len(judged)), key=lambda index: _RANK[judged[index][0]])
            reach, why = judged[worst]
            if why == _NOTHING_BACK and (ends := cuts or _followers(graph, path)):
                names = ", ".join(name_of(graph, one, catalogue) for one in ends[:_NAMED])
                why = f"{why} {'The way back ends at' if cuts else 'It is followed by'} {names}."
            if why and len(repeats) > 1 and any(one[0] != reach for one in judged):
                why = f"In repeat {worst + 1} of {len(repeats)}: {why}"
            share = min((max(one.shares, default=0.0) for one in repeats), default=0.0)
            share = share if isfinite(share) else 0.0
            found.append(NodeGradient(path=path, title=title, reach=reach, share=share, why=why))
        return tuple(found)

    @staticmethod
    def _listen(seen: _Seen) -> Callable[[nn.Module, object, object], None]:
        def take(gradient: Tensor) -> None:
            seen.result = max(seen.result, float(gradient.detach().float().abs().max()))

        def listen(_module: nn.Module, inputs: object, output: object) -> None:
            found = [value for value in _tensors(output) if value.is_floating_point()]
            seen.flat = seen.flat and all(bool((value == value.reshape(-1)[0]).all()) for value in found)
            seen.loose = not any(value.requires_grad for value in found)
            seen.cuts = seen.loose and any(value.requires_grad for value in _tensors(inputs))
            for value in found:
                if value.requires_grad:
                    value.register_hook(take)

        return listen


_FLAT = "Its result is one and the same number everywhere, so nothing can be learnt from it."
_NOTHING_BACK = "No gradient comes back to its result."
_RANK: Mapping[Reach, int] = {"alive": 0, "frozen": 0, "partly": 1, "faint": 2, "dead": 3, "broken": 4}


def _judge(seen: _Seen, usual: float) -> tuple[Reach, str]:
    if any(not isfinite(length) for length in seen.weights.values()) or not isfinite(seen.result):
        return (
            "broken",
            "Its gradient is no number: the values before it grow too large or are divided by zero.",
        )
    if not seen.weights and seen.loose and not seen.cuts:
        return "alive", ""  # at the picture's end, where there is nothing to learn
    if not seen.weights and seen.flat:
        return "dead", _FLAT
    empty = [name for name, length in seen.weights.items() if length == 0]
    if (seen.weights and len(empty) == len(seen.weights)) or (not seen.weights and seen.result == 0):
        if seen.cuts:
            return "dead", "It hands on a result through which no gradient can go back."
        if seen.flat:
            return "dead", _FLAT
        if seen.result == 0:
            return "dead", _NOTHING_BACK
        return "dead", "A gradient comes back to its result, but none of its weights has a part in that."
    if empty:
        listed = ", ".join(empty[:_NAMED]) + (" …" if len(empty) > _NAMED else "")
        count = f"{len(empty)} of its {len(seen.weights)} tensors of weights"
        return "partly", f"{count} never get a gradient: {listed}."
    if seen.weights and max(seen.shares) < FAINT * usual:
        return (
            "faint",
            f"Its gradient is {max(seen.shares) / usual:.0e} of the usual one, so it hardly learns.",
        )
    return "alive", ""


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _followers(graph: Graph, path: Path) -> list[Path]:
    """The nodes and groups that read what a node gives, looked for outside of its group where it is the last one."""
    if not path:
        return []
    body = graph.at(path[:-1])
    found: list[Path] = []
    for edge in body.edges:
        if edge.source == path[-1]:
            target = body.nodes[edge.target]
            found += _followers(graph, path[:-1]) if is_port(target, "output") else [(*path[:-1], target.id)]
    return list(dict.fromkeys(found))
