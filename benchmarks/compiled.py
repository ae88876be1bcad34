"""The compiled module against one written by hand with the same layers: forward, training step, peak memory."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.handwritten import HandWritten, drawn
from benchmarks.timing import Row, Work, interleaved, peak_bytes
from hybridgraph import compiler

SIZES = {(16, 8, 8): 32, (32, 32, 32): 16, (64, 112, 112): 2}
"""Channels, height and width of the input, and how many of them are computed at once."""
TARGET = 1.02
PAIRS = {(16, 8, 8): 20, (32, 32, 32): 4, (64, 112, 112): 1}
"""How many times as many pairs as rounds are measured: small inputs are quick and noisy."""


def measure(device: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark, each the compiled module over the hand-written one."""
    rows: list[Row] = []
    for size, batch in SIZES.items():
        torch.manual_seed(0)
        hand: nn.Module = HandWritten(size[0]).to(device)
        made = compiler.compile(drawn(*size)).to(device)
        made.load_state_dict(hand.state_dict())
        x = torch.randn(batch, *size, device=device)
        with torch.no_grad():
            if not torch.equal(hand.eval()(x), made.eval()(x)):
                raise RuntimeError("The two modules do not compute the same, so their times say nothing.")
        pairs, shape = max(3, rounds * PAIRS[size]), "×".join(map(str, size))
        for name, prepare in (("forward", _forward), ("forward and backward", _step)):
            works = prepare(hand, x), prepare(made, x)
            pair = interleaved(*works, pairs=pairs, device=device)
            peaks = [peak_bytes(work, device) for work in works]
            rows += [
                Row(name=f"{shape}, {name}", value=pair.ratio, unit="×",
                    note=f"{pair.second * 1e3:.2f} ms against {pair.first * 1e3:.2f} ms by hand, {pairs} pairs, "
                    f"processor time {pair.cpu_ratio:.3f} ×; "
                    f"{_verdict(pair.ratio)}"),
                Row(name=f"{shape}, {name}, peak memory", value=peaks[1] / peaks[0], unit="×",
                    note=f"{peaks[1] / 2**20:.2f} MiB against {peaks[0] / 2**20:.2f} MiB by hand; "
                    f"{_verdict(peaks[1] / peaks[0])}"),
            ]  # fmt: skip
    return rows


def _verdict(ratio: float) -> str:
    return "within 2 %" if ratio <= TARGET else "beyond 2 %"


def _forward(module: nn.Module, x: torch.Tensor) -> Work:
    def work() -> None:
        module.eval()
        with torch.no_grad():
            module(x)

    return work


def _step(module: nn.Module, x: torch.Tensor) -> Work:
    def work() -> None:
        module.train()
        module.zero_grad(set_to_none=True)
        module(x).square().mean().backward()

    return work
