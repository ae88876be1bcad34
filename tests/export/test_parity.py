"""How outputs are compared."""

import math

import pytest
import torch
from torch import Tensor, nn

from hybridgraph.errors import ExportError
from hybridgraph.export import parity
from hybridgraph.export.parity import Sample
from hybridgraph.export.record import Trial
from hybridgraph.shapes import ImageMap


def judged(expected: list[Tensor], got: list[Tensor]) -> tuple[Trial, ...]:
    samples = [Sample(pictures="random", images=torch.zeros(len(one), 3, 4, 5)) for one in expected]
    return parity.judge(samples, [(one,) for one in expected], [(one,) for one in got], is_scored=True)


def test_the_largest_difference_is_told_with_its_share_of_the_range_of_all_batches() -> None:
    first, second = judged(
        [torch.tensor([[0.0, 2.0]]), torch.tensor([[-2.0, 1.0], [0.0, 1.0]])],
        [torch.tensor([[0.0, 2.0]]), torch.tensor([[-2.0, 1.5], [1.1, 1.0]])],
    )
    assert (first.largest, first.relative, first.top1) == (0.0, 0.0, 1.0)
    assert (second.largest, second.relative) == pytest.approx((1.1, 0.275))
    assert (second.top1, second.batch, second.height, second.width) == (0.5, 2, 4, 5)


@pytest.mark.parametrize(
    ("expected", "got", "relative"),
    [([0.0, 0.0], [0.0, 0.0], 0.0), ([0.0, 0.0], [0.0, 1.0], math.inf), ([4.0, 4.0], [4.0, 5.0], 0.25),
     ([0.0, 1.0], [0.0, math.nan], math.inf), ([0.0, 1.0], [0.0, math.inf], math.inf)],
)  # fmt: skip
def test_outputs_without_a_range_and_outputs_that_are_no_numbers(
    expected: list[float], got: list[float], relative: float
) -> None:
    (trial,) = judged([torch.tensor([expected])], [torch.tensor([got])])
    assert trial.relative == relative


def test_other_shapes_are_a_failure() -> None:
    with pytest.raises(ExportError, match=r"outputs of \(2, 3\) where the design gives \(2, 4\)"):
        judged([torch.zeros(2, 4)], [torch.zeros(2, 3)])


def test_a_difference_beyond_rounding_is_a_failure() -> None:
    trials = judged([torch.tensor([[0.0, 1.0]])], [torch.tensor([[0.0, 1.001]])])
    parity.require(trials, "The file", 1e-2)
    with pytest.raises(ExportError, match="The file does not compute what the design computes"):
        parity.require(trials, "The file")


class _Cancelling(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return ((x + 3e4) - 3e4).mean(dim=(2, 3))


def test_rounding_is_how_far_a_network_is_from_itself_in_fp64() -> None:
    samples = parity.random_samples(ImageMap(3, 4, 5))
    for module, low, high in ((nn.Flatten(), 0.0, 1e-12), (_Cancelling(), 1e-5, 1e-2)):
        wanted = parity.expected(module, samples)
        assert low <= parity.rounding(module, samples, wanted) <= high


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
