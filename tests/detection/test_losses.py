"""The match and the losses of it, against numbers worked out by hand."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
import torch
from torch import Tensor

from hybridgraph.detection import (
    LossWeights,
    Match,
    MatchCosts,
    Target,
    match,
    predictions,
    set_loss,
    split,
)
from hybridgraph.detection.matching import pair_costs
from hybridgraph.errors import DataError, TrainingError
from tests.strategies import is_sentence

NOTHING = Target(labels=torch.zeros(0, dtype=torch.long), boxes=torch.zeros(0, 4))
LEFT, RIGHT = [0.25, 0.5, 0.5, 1.0], [0.75, 0.5, 0.5, 1.0]  # the halves of a picture, as centre and size


def objects(*labelled: tuple[int, list[float]]) -> Target:
    return Target(
        labels=torch.tensor([label for label, _ in labelled]),
        boxes=torch.tensor([box for _, box in labelled]),
    )


def logits(*shares: list[float]) -> Tensor:
    """Logits whose softmax gives these probabilities, a row for each query."""
    return torch.tensor(shares).log()


def found(scores: Tensor, boxes: Tensor) -> Tensor:
    """One picture, one layer: (1, 1, Q, K + 1 + 4)."""
    return torch.cat([scores, boxes], dim=1)[None, None]


# -- the match


def test_the_cost_of_a_pair_is_worked_out() -> None:
    # The query gives class 1 a probability of 0.25 and sees the left half; the object is the right half.
    # L1: |0.25 - 0.75| = 0.5. The halves touch and fill their hull: GIoU 0. So -1 · 0.25 + 5 · 0.5 - 2 · 0 = 2.25.
    scores = logits([0.5, 0.25, 0.25])
    prices = pair_costs(scores, torch.tensor([LEFT]), objects((1, RIGHT)), MatchCosts())
    assert prices.item() == pytest.approx(2.25)
    # On the object itself: -0.25 + 0 - 2.
    prices = pair_costs(scores, torch.tensor([LEFT]), objects((1, LEFT)), MatchCosts())
    assert prices.item() == pytest.approx(-2.25)
    only_boxes = MatchCosts(classes=0.0, l1=1.0, giou=0.0)
    assert pair_costs(scores, torch.tensor([LEFT]), objects((1, RIGHT)), only_boxes).item() == pytest.approx(
        0.5
    )


def test_what_is_best_for_all_goes_before_what_is_best_for_one() -> None:
    # Same boxes, so that only probabilities decide. Query 0 is the best for both objects (0.5, 0.4), query 1 is worth
    # 0.45 to the first and 0.05 to the second: 0.5 + 0.05 < 0.4 + 0.45, so query 0 gives up its favourite.
    scores = logits([0.5, 0.4, 0.1], [0.45, 0.05, 0.5])
    pair = match(scores, torch.tensor([LEFT, LEFT]), objects((0, LEFT), (1, LEFT)))
    assert pair.queries.tolist() == [0, 1]
    assert pair.objects.tolist() == [1, 0]


@pytest.mark.parametrize("seed", range(3))
def test_no_other_assignment_is_cheaper(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(5, 4, generator=generator)
    boxes = 0.1 + 0.5 * torch.rand(8, 4, generator=generator)
    target = Target(labels=torch.randint(0, 3, (3,), generator=generator), boxes=boxes[5:])
    prices = pair_costs(scores, boxes[:5], target, MatchCosts())
    pair = match(scores, boxes[:5], target)
    best = min(sum(prices[q, t].item() for t, q in enumerate(some)) for some in permutations(range(5), 3))
    assert prices[pair.queries, pair.objects].sum().item() == pytest.approx(best)


def test_a_picture_without_objects_has_no_pairs() -> None:
    pair = match(torch.randn(4, 3), torch.rand(4, 4), NOTHING)
    assert isinstance(pair, Match)
    assert len(pair.queries) == len(pair.objects) == 0


def test_numbers_that_are_not_finite_are_no_costs() -> None:
    with pytest.raises(TrainingError, match="not finite") as refused:
        match(torch.full((2, 3), math.nan), torch.rand(2, 4), objects((0, LEFT)))
    assert is_sentence(refused.value.message)


# -- the losses


def test_the_losses_of_two_queries_and_one_object() -> None:
    # Query 0 (0.7 for class 0, box = left half) is matched; query 1 says nothing with 0.5.
    # Classes: weights 1 and 0.1, (1 · -ln 0.7 + 0.1 · -ln 0.5) / 1.1.
    # The object is the left half made narrower to 0.4, at 0.2: L1 = |0.25 - 0.2| + |0.5 - 0.4| = 0.15, one object.
    # Overlap 0.4 of 0.5, hull 0.5: GIoU 0.8, so 1 - 0.8 = 0.2.
    # Query 0 alone prefers a class (query 1 prefers nothing): 1 seen, 1 there.
    scores = logits([0.7, 0.1, 0.2], [0.3, 0.2, 0.5])
    boxes = torch.tensor([LEFT, RIGHT])
    loss = set_loss(found(scores, boxes), [objects((0, [0.2, 0.5, 0.4, 1.0]))])
    (layer,) = loss.layers
    classes = (-math.log(0.7) - 0.1 * math.log(0.5)) / 1.1
    assert layer.classes.item() == pytest.approx(classes)
    assert layer.l1.item() == pytest.approx(0.15)
    assert layer.giou.item() == pytest.approx(0.2)
    assert layer.cardinality_error.item() == 0
    assert loss.total.item() == pytest.approx(classes + 5 * 0.15 + 2 * 0.2)


def test_boxes_count_for_each_object_of_all_pictures_and_classes_over_all_queries() -> None:
    # Picture 1 has the left half found exactly, picture 2 two halves, of which the second is seen as the first:
    # an L1 of 0.5 and a GIoU of 0 there. Three objects: L1 0.5 / 3, GIoU (0 + 0 + 1) / 3.
    # Every query is certain in the same way: 0.5 for class 0, 0.25 for the others. Matched -ln 0.5 at weight 1 three
    # times, the fourth is nothing: -ln 0.25 at 0.1; the weights make 3.1. All four prefer class 0: |2 - 1|, |2 - 2|.
    scores = logits(*[[0.5, 0.25, 0.25]] * 2)
    output = torch.cat(
        [found(scores, torch.tensor([LEFT, RIGHT])), found(scores, torch.tensor([LEFT, LEFT]))]
    )
    loss = set_loss(output, [objects((0, LEFT)), objects((0, LEFT), (0, RIGHT))])
    (layer,) = loss.layers
    assert layer.l1.item() == pytest.approx(0.5 / 3)
    assert layer.giou.item() == pytest.approx(1 / 3)
    assert layer.classes.item() == pytest.approx((3 * math.log(2) + 0.1 * math.log(4)) / 3.1)
    assert layer.cardinality_error.item() == pytest.approx(0.5)


def test_without_objects_only_no_object_is_learned() -> None:
    # Two queries, probability 0.5 and 0.8 of nothing; one class weight alone, so that it cancels.
    scores = logits([0.25, 0.25, 0.5], [0.1, 0.1, 0.8]).requires_grad_()
    boxes = torch.tensor([LEFT, RIGHT], requires_grad=True)
    loss = set_loss(found(scores, boxes), [NOTHING])
    assert loss.total.item() == pytest.approx(-(math.log(0.5) + math.log(0.8)) / 2)
    assert loss.layers[0].l1.item() == loss.layers[0].giou.item() == 0
    loss.total.backward()
    assert scores.grad is not None
    assert scores.grad.any()
    assert boxes.grad is None or not boxes.grad.any()


def test_every_layer_is_matched_afresh_and_counts_as_much() -> None:
    # In the first layer query 0 is on the object, in the second query 1: two matches, neither of which costs anything.
    sure, unsure = [0.98, 0.01, 0.01], [0.01, 0.01, 0.98]
    first = found(logits(sure, unsure), torch.tensor([LEFT, RIGHT]))
    second = found(logits(unsure, sure), torch.tensor([RIGHT, LEFT]))
    loss = set_loss(torch.cat([first, second], dim=1), [objects((0, LEFT))])
    each = -math.log(0.98)  # both queries, whatever their weights
    assert [layer.classes.item() for layer in loss.layers] == pytest.approx([each, each], rel=1e-5)
    assert [layer.l1.item() for layer in loss.layers] == [0, 0]
    assert loss.total.item() == pytest.approx(2 * each, abs=1e-5)


def test_weights_are_those_asked_for() -> None:
    output = found(logits([0.5, 0.25, 0.25]), torch.tensor([LEFT]))
    only = LossWeights(classes=0.0, l1=1.0, giou=0.0)
    assert set_loss(output, [objects((0, RIGHT))], weights=only).total.item() == pytest.approx(0.5)


def test_gradients_reach_scores_and_matched_boxes_of_every_layer() -> None:
    torch.manual_seed(0)
    output = torch.cat([torch.randn(1, 3, 4, 6), 0.2 + 0.5 * torch.rand(1, 3, 4, 4)], dim=3).requires_grad_()
    set_loss(output, [objects((0, LEFT), (4, RIGHT))]).total.backward()
    assert output.grad is not None
    touched = output.grad[0, :, :, -4:].abs().sum(dim=2) > 0
    assert touched.sum(dim=1).tolist() == [2, 2, 2]  # two objects, a query each
    assert (output.grad[..., :-4].abs().sum(dim=3) > 0).all()


def test_half_precision_is_judged_in_full() -> None:
    output = found(logits([0.5, 0.25, 0.25]), torch.tensor([LEFT])).bfloat16()
    assert set_loss(output, [objects((0, LEFT))]).total.dtype is torch.float32


# -- what cannot be taught

REFUSED = {
    "more objects than queries": ([objects(*[(0, LEFT)] * 3)], "Picture 1 has 3 objects, but the network looks for 2 at most."),
    "a class too many": ([objects((2, LEFT))], "Picture 1, object 1 is of class 2, but the classes are 0 to 1."),
    "pixels": ([objects((0, [120.0, 40.0, 30.0, 20.0]))], "the box (120, 40, 30, 20) is not in shares of the picture."),
    "not a number": ([objects((0, [math.nan, 0.5, 0.5, 0.5]))], "is not in shares of the picture."),
    "a line": ([objects((0, LEFT), (1, [0.5, 0.5, 0.0, 0.3]))], "Picture 1, object 2: a box of 0 × 0.3 has no area."),
    "another picture": ([NOTHING, NOTHING], "Objects are given for 2 pictures, but the output is of 1."),
    "no box": ([Target(labels=torch.tensor([0, 1]), boxes=torch.tensor([LEFT]))], "Picture 1 has labels of 2 and boxes of 1×4."),
}  # fmt: skip


@pytest.mark.parametrize(("targets", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_taught_is_told_with_its_place(targets: list[Target], told: str) -> None:
    output = found(logits([0.5, 0.25, 0.25], [0.5, 0.25, 0.25]), torch.tensor([LEFT, RIGHT]))
    with pytest.raises(DataError) as refused:
        set_loss(output, targets)
    assert told in refused.value.message
    assert is_sentence(refused.value.message)


# -- the answer


def test_predictions_leave_no_object_out_of_the_choice() -> None:
    # The second query prefers nothing (0.6) and still stands for class 1, at 0.3.
    early = found(logits([0.1, 0.1, 0.8], [0.1, 0.1, 0.8]), torch.tensor([RIGHT, RIGHT]))
    late = found(logits([0.7, 0.1, 0.2], [0.1, 0.3, 0.6]), torch.tensor([LEFT, RIGHT]))
    answer = predictions(torch.cat([early, late], dim=1))
    assert answer.labels.tolist() == [[0, 1]]
    torch.testing.assert_close(answer.scores, torch.tensor([[0.7, 0.3]]))
    torch.testing.assert_close(answer.boxes, torch.tensor([[[0.0, 0, 0.5, 1], [0.5, 0, 1, 1]]]))


def test_an_output_is_split_into_scores_and_boxes() -> None:
    scores, boxes = split(torch.arange(7.0))
    assert (scores.tolist(), boxes.tolist()) == ([0, 1, 2], [3, 4, 5, 6])
