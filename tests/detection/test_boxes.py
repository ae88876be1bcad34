"""Boxes and their overlap, against numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from hybridgraph.detection import generalized_iou, iou, to_centres, to_corners
from hybridgraph.errors import DataError
from tests.strategies import is_sentence


def box(*numbers: float) -> Tensor:
    return torch.tensor(numbers)


def test_centres_and_corners_are_two_ways_to_say_the_same() -> None:
    centred, cornered = box(0.5, 0.4, 0.2, 0.6), box(0.4, 0.1, 0.6, 0.7)
    torch.testing.assert_close(to_corners(centred), cornered)
    torch.testing.assert_close(to_centres(cornered), centred)
    assert to_corners(torch.zeros(2, 3, 4)).shape == (2, 3, 4)


WORKED = {
    # Equal boxes share all, and nothing of their hull is empty.
    "equal": ((0, 0, 2, 2), (0, 0, 2, 2), 1.0, 1.0),
    # 2×2 and 2×2, shifted by (1, 1): 1 shared, 4 + 4 - 1 = 7 in all; the hull is 3×3, 2 of its 9 are empty.
    "overlapping": ((0, 0, 2, 2), (1, 1, 3, 3), 1 / 7, 1 / 7 - 2 / 9),
    # 1×1 within 2×2: 1 of 4; the hull is the larger one.
    "inside": ((0, 0, 2, 2), (0, 0, 1, 1), 1 / 4, 1 / 4),
    # Side by side: nothing shared, nothing empty.
    "touching": ((0, 0, 1, 1), (1, 0, 2, 1), 0.0, 0.0),
    # A gap of two between two unit boxes: 2 of the hull's 4 are empty.
    "apart": ((0, 0, 1, 1), (3, 0, 4, 1), 0.0, -2 / 4),
    # A line has no area: 0 of 4 shared, and it lies within the other.
    "a line": ((0, 0, 2, 2), (1, 0, 1, 2), 0.0, 0.0),
    # Two points span a hull of 1 with nothing in it.
    "two points": ((0, 0, 0, 0), (1, 1, 1, 1), 0.0, -1.0),
    # A point and itself: nothing over nothing counts as nothing.
    "a point twice": ((1, 1, 1, 1), (1, 1, 1, 1), 0.0, 0.0),
}


@pytest.mark.parametrize(("first", "second", "plain", "generalized"), WORKED.values(), ids=WORKED)
def test_overlap_of_worked_pairs(
    first: tuple[float, ...], second: tuple[float, ...], plain: float, generalized: float
) -> None:
    one, other = box(*first), box(*second)
    for a, b in ((one, other), (other, one)):
        assert iou(a, b).item() == pytest.approx(plain)
        assert generalized_iou(a, b).item() == pytest.approx(generalized)


def test_every_pair_of_two_lists_comes_from_their_axes() -> None:
    many, few = torch.rand(5, 2).repeat(1, 2).cumsum(1), torch.rand(3, 2).repeat(1, 2).cumsum(1)
    table = generalized_iou(many[:, None], few[None])
    assert table.shape == (5, 3)
    assert table[4, 1] == generalized_iou(many[4], few[1])


def test_boxes_without_area_have_a_finite_gradient() -> None:
    point = torch.ones(1, 4, requires_grad=True)
    generalized_iou(point, torch.ones(1, 4)).sum().backward()
    assert point.grad is not None
    assert point.grad.isfinite().all()


def test_a_box_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(DataError) as refused:
        generalized_iou(box(0.5, 0.5, 0.2, 0.2)[None], box(0, 0, 1, 1)[None])  # a centre taken for corners
    assert is_sentence(refused.value.message)
    assert "to_corners" in refused.value.hint
