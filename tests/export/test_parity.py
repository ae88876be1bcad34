"""How outputs are compared."""

import math

import pytest
import torch

from hybridgraph.errors import ExportError
from hybridgraph.export import parity
from hybridgraph.shapes import ImageMap


def test_the_largest_difference_is_told_with_its_share_of_the_range() -> None:
    expected = [torch.tensor([[0.0, 2.0]]), torch.tensor([[-2.0, 1.0]])]
    got = [torch.tensor([[0.0, 2.0]]), torch.tensor([[-2.0, 1.5]])]
    assert parity.compare(expected, got) == parity.Difference(largest=0.5, relative=0.125)


@pytest.mark.parametrize(
    ("expected", "got", "relative"),
    [([0.0, 0.0], [0.0, 0.0], 0.0), ([0.0, 0.0], [0.0, 1.0], math.inf), ([4.0, 4.0], [4.0, 5.0], 0.25),
     ([0.0, 1.0], [0.0, math.nan], math.inf), ([0.0, 1.0], [0.0, math.inf], math.inf)],
)  # fmt: skip
def test_outputs_without_a_range_and_outputs_that_are_no_numbers(
    expected: list[float], got: list[float], relative: float
) -> None:
    assert parity.compare([torch.tensor(expected)], [torch.tensor(got)]).relative == relative


def test_other_shapes_are_a_failure() -> None:
    with pytest.raises(ExportError, match=r"outputs of \(2, 3\) where the design gives \(2, 4\)"):
        parity.compare([torch.zeros(2, 4)], [torch.zeros(2, 3)])


def test_a_difference_beyond_rounding_is_a_failure() -> None:
    parity.require(parity.Difference(largest=1.0, relative=1e-5), "The file")
    with pytest.raises(ExportError, match="The file does not compute what the design computes"):
        parity.require(parity.Difference(largest=1.0, relative=1e-3), "The file")


def test_pictures_are_the_same_each_time_and_differ_between_batches() -> None:
    shape = ImageMap(3, 4, 5)
    one, again, three = (parity.random_images(shape, batch) for batch in (1, 1, 3))
    assert one.shape == (1, 3, 4, 5)
    assert torch.equal(one, again)
    assert not torch.equal(one, three[:1])


def test_a_failed_allocation_ends_in_a_sentence() -> None:
    with pytest.raises(ExportError, match="Out of memory"), parity.enough_memory():
        torch.empty(2**46)
    with pytest.raises(RuntimeError, match="another"), parity.enough_memory():
        raise RuntimeError("another")
