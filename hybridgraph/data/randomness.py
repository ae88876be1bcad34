"""Random numbers as functions of their place: the same (seed, epoch, index) gives the same number anywhere.

No generator state has to be saved for a run to go on exactly where it stopped. The numbers come from counting
and mixing 64-bit words (the splitmix64 finaliser of Steele, Lea and Flood, "Fast splittable pseudorandom
number generators", OOPSLA 2014), on the processor, so that every device sees the same ones.
"""

import numpy as np
import torch
from torch import Tensor

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1


def mix(*values: int) -> int:
    """Fold whole numbers into one well-mixed number below 2**63; the order of the numbers matters."""
    state = 0
    for value in values:
        state = (state ^ (value & _MASK)) + _GOLDEN & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return state >> 1


def uniform(key: int, indices: Tensor, draws: int) -> Tensor:
    """Draw `draws` numbers in [0, 1) for each index under one key.

    Shape: (B,) whole numbers -> (draws, B) float64, on the processor.
    """
    counters = indices.numpy().astype(np.uint64) * np.uint64(draws)
    state = counters[None, :] + np.arange(draws, dtype=np.uint64)[:, None]  # (draws, B), all different
    with np.errstate(over="ignore"):
        state = (state + np.uint64(1)) * np.uint64(_GOLDEN) + np.uint64(key)
        state = (state ^ state >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ state >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        state = state ^ state >> np.uint64(31)
    return torch.from_numpy((state >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    """The order in which an epoch visits its pictures. Shape: (count,) int64."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(mix(seed, epoch, 1)))
