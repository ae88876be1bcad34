"""Running statistics that keep up with the first steps.

Batch norm measures pictures with a running mean of what it saw in training. The hybrids' papers use a memory of
a hundred steps, made for hundreds of thousands of them; a short training ends with a good part of the initial
guess still in it: with one hundredth of it left, pocket-moat was shown with 13 % of the sample's pictures right
after an epoch, and with 71 % with none of it. So nothing of the guess is kept, and the memory
grows with the training to its own length. While the learning rate is high it stays at ten steps, since weights that
move fast make old statistics wrong. Training itself does not read these statistics.
"""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

_SHARE = 5  # the memory is a fifth of the steps taken, until it has its own length
_AT_FULL_RATE = 0.1
"""The momentum at the highest learning rate: ten steps, torch's default."""

Norms = list[tuple[_BatchNorm, float]]


def find_norms(model: nn.Module) -> Norms:
    """The batch norms that keep running statistics, each with the momentum it was built with."""
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    return [(norm, norm.momentum) for norm in norms if norm.momentum]


def set_memory(norms: Norms, step: int, rate: float) -> None:
    """Give the norms their memory for a step, of its number and its learning `rate` as a share of the highest.

    A function of nothing else, so that resuming is exact.
    """
    current = 1 / max(1, step / _SHARE)  # 1 at first: the initial guess is forgotten at once
    for norm, momentum in norms:
        norm.momentum = max(momentum, current, _AT_FULL_RATE * rate)
