"""No block leaves a tensor behind on the processor when it is moved to a GPU."""

import pytest
import torch

from tests.contracts.cases import SPECS, outputs, small

CASES = {id_: small(id_) for id_ in SPECS}


def test_tensors_that_lie_apart_are_refused(gpu: torch.device) -> None:
    layer = torch.nn.Linear(3, 2).to(gpu)
    assert layer(torch.ones(1, 3, device=gpu)).is_cuda
    with pytest.raises(RuntimeError, match="cuda:0 and cpu"):
        layer(torch.ones(1, 3))
    with pytest.raises(TypeError, match=r"Tensor\.cpu\(\) first"):
        layer.weight.detach().numpy()


@pytest.mark.parametrize("id_", CASES)
def test_a_block_computes_there_what_it_computes_here(id_: str, gpu: torch.device) -> None:
    block, twin, given = CASES[id_].build().eval(), CASES[id_].build().eval(), CASES[id_].inputs()
    block.to(gpu)
    there = {name: values.to(gpu).requires_grad_() for name, values in given.items()}
    for result, wanted in zip(outputs(block, there), outputs(twin, given), strict=True):
        assert result.is_cuda
        torch.testing.assert_close(result.cpu(), wanted)
    results = [result.float().sum() for result in outputs(block.train(), there)]
    if any(result.requires_grad for result in results):
        sum(results).backward()
