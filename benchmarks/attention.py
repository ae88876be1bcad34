"""Attention as our blocks compute it, beside the explicit softmax and beside torch's fused call."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.timing import Row, Work, interleaved
from hybridgraph import compiler, designs
from hybridgraph.blocks import layers

DESIGN, BATCH = "coatnet-0", 8
PLACES = {
    "coatnet-0 stage 3": (8, 12, 196, 32, True),
    "coatnet-0 stage 4": (8, 24, 49, 32, True),
    "swin-t stage 1": (512, 3, 49, 32, True),
    "deit-s": (8, 6, 197, 64, False),
}
"""Batch, heads, positions, width of a head, and whether the logits have a learned bias."""
INFERENCE, TRAINING, WHOLE = 0.65, 1.0, 0.87

Form = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]


def measure(device: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark."""
    rows: list[Row] = []
    for name, (batch, heads, positions, width, is_biased) in PLACES.items():
        shape = (batch, heads, positions, width)
        q, k, v = (torch.randn(shape, device=device, requires_grad=True) for _ in range(3))
        bias = (
            torch.randn(heads, positions, positions, device=device, requires_grad=True) if is_biased else None
        )
        given = (q, k, v, bias)
        pair = interleaved(
            _infer(_explicit, given), _infer(layers.attend, given), pairs=3 * rounds, device=device
        )
        rows.append(Row(name=f"{name}, inference over explicit", value=pair.ratio, unit="×",
                        note=f"{pair.second * 1e3:.2f} ms against {pair.first * 1e3:.2f} ms; processor time "
                        f"{pair.cpu_ratio:.3f} ×; at most {INFERENCE}"))  # fmt: skip
        for other, form in (("explicit", _explicit), ("fused", _fused)):
            pair = interleaved(
                _train(form, given), _train(layers.attend, given), pairs=2 * rounds, device=device
            )
            rows.append(Row(name=f"{name}, training over {other}", value=pair.ratio, unit="×",
                            note=f"{pair.second * 1e3:.2f} ms against {pair.first * 1e3:.2f} ms; processor time "
                            f"{pair.cpu_ratio:.3f} ×; at most {TRAINING}"))  # fmt: skip
    return [*rows, _whole(device, rounds)]


def _whole(device: torch.device, rounds: int) -> Row:
    """A whole network, with our attention and with the softmax written out, as its paper's code has it."""
    network = compiler.compile(designs.build(DESIGN)).to(device).eval()
    images = torch.randn(BATCH, 3, 224, 224, device=device)
    ours = layers.attend

    def run(form: Form) -> Work:
        @torch.no_grad()
        def work() -> None:
            layers.attend = form
            try:
                network(images)
            finally:
                layers.attend = ours

        return work

    pair = interleaved(run(_explicit), run(ours), pairs=max(5, rounds), device=device)
    return Row(name=f"{DESIGN}, inference of {BATCH} over explicit", value=pair.ratio, unit="×",
               note=f"{pair.second * 1e3:.0f} ms against {pair.first * 1e3:.0f} ms; processor time "
               f"{pair.cpu_ratio:.3f} ×; at most {WHOLE}")  # fmt: skip


def _explicit(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    logits = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
    return (logits if bias is None else logits + bias).softmax(dim=-1) @ v


def _fused(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, attn_mask=None if bias is None else bias[None])


def _infer(form: Form, given: tuple[Tensor, Tensor, Tensor, Tensor | None]) -> Work:
    @torch.no_grad()
    def work() -> None:
        form(*given)

    return work


def _train(form: Form, given: tuple[Tensor, Tensor, Tensor, Tensor | None]) -> Work:
    def work() -> None:
        for tensor in given:
            if tensor is not None:
                tensor.grad = None
        form(*given).square().mean().backward()  # type: ignore[no-untyped-call]

    return work
