"""Orders of classes in which their confusion is easy to read."""

from __future__ import annotations

from collections import defaultdict

from hybridgraph.runs.evaluation import Evaluation


def by_confusion(evaluation: Evaluation) -> list[int]:
    """The classes so that those taken for one another stand side by side.

    From the class that is mistaken most often on, always the one that is confused most with any of the last three.
    """
    both: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for true, told, count in evaluation.pairs:
        if true != told:
            both[true][told] += count
            both[told][true] += count
    left = set(range(len(evaluation.classes)))
    order: list[int] = []
    while left:
        near: dict[int, int] = defaultdict(int)
        for distance, last in enumerate(reversed(order[-3:])):
            for other, count in both[last].items():
                if other in left:
                    near[other] += count * (3 - distance)
        chosen = max(near or left, key=lambda one: (near[one], sum(both[one].values()), -one))
        left.discard(chosen)
        order.append(chosen)
    return order
