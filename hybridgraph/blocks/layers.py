"""Parts that several blocks share: normalisation, activation, stochastic depth, attention, windows, checks.

Sources: layer normalisation (Ba et al. 2016, arXiv:1607.06450), stochastic depth (Huang et al. 2016,
arXiv:1603.09382), scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph.errors import BlockError


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each position of a map.

    Shape: (B, C, H, W) -> (B, C, H, W).
    """

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class LastBatchNorm(nn.BatchNorm1d):
    """Batch normalisation over everything but the channels, which come last.

    Shape: (..., C) -> (..., C).
    """

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.reshape(-1, x.shape[-1])).reshape(x.shape)


def last_norm(channels: int, kind: str, eps: float) -> nn.Module:
    """A norm over channels that come last, of the kind "layer" or "batch"."""
    return nn.LayerNorm(channels, eps=eps) if kind == "layer" else LastBatchNorm(channels, eps=eps)


class DropPath(nn.Module):
    """Leave out a residual branch for whole examples while training (stochastic depth).

    The branch of each example is kept with probability 1 - rate and then divided by it, so that the mean stays.
    Shape: any with the batch first -> the same.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if self.rate == 0.0 or not self.training:
            return x
        keep = 1.0 - self.rate
        mask = torch.rand((x.shape[0],) + (1,) * (x.ndim - 1), device=x.device) < keep  # (B, 1, ...)
        return x * (mask.to(x.dtype) / keep)

    def extra_repr(self) -> str:
        return f"rate={self.rate:g}"


class FeedForward(nn.Module):
    """Widen, activate (GELU), narrow: the same two linear layers at every position.

    Shape: (..., C) -> (..., C).
    """

    def __init__(self, channels: int, expansion: int, activation: str = "gelu") -> None:
        super().__init__()
        self.expand = nn.Linear(channels, expansion * channels)
        self.act = make_activation(activation)
        self.project = nn.Linear(expansion * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.expand(x))  # (..., expansion * C)
        return self.project(x)  # (..., C)


class QuickGelu(nn.Module):
    """The sigmoid approximation of GELU, x · σ(1.702 x).

    Shape: any -> the same.
    """

    def forward(self, x: Tensor) -> Tensor:
        return x * (1.702 * x).sigmoid()


class SqueezeGate(nn.Module):
    """Multiply each channel by a gate computed from the averages, or maxima, of all channels over the map.

    Shape: (B, C, H, W) -> (B, C, H, W), with `hidden` units between the two linear layers.
    """

    def __init__(
        self,
        channels: int,
        hidden: int,
        *,
        activation: str = "relu",
        bias: bool = True,
        squeeze: str = "avg",
        gate: str = "sigmoid",
    ) -> None:
        super().__init__()
        self.squeeze = squeeze
        self.reduce = nn.Linear(channels, hidden, bias=bias)
        self.act = make_activation(activation)
        self.expand = nn.Linear(hidden, channels, bias=bias)
        self.gate = make_activation(gate)

    def forward(self, x: Tensor) -> Tensor:
        gate = x.mean(dim=(2, 3)) if self.squeeze == "avg" else x.amax(dim=(2, 3))  # (B, C)
        gate = self.gate(self.expand(self.act(self.reduce(gate))))  # (B, hidden) -> (B, C)
        return x * gate[:, :, None, None]


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> Tensor:
    """Scaled dot-product attention, softmax(q kᵀ / √d + bias) v.

    Shape: q, k, v (B, heads, N, d), bias (heads, N, N) -> (B, heads, N, d).
    """
    if bias is None:
        return F.scaled_dot_product_attention(q, k, v)
    if bias.requires_grad and torch.is_grad_enabled():
        # The fused kernel has no gradient for its bias and would fall back to a slower form of these two lines.
        logits = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1) + bias  # (B, heads, N, N)
        return logits.softmax(dim=-1).to(v.dtype) @ v
    # Without detach the bias of a frozen pass still counts as trainable and the fused kernel is not taken.
    mask = bias.detach().to(q.dtype)[None]  # (1, heads, N, N)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def attend_windows(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> Tensor:
    """As `attend`; a bias of (G * heads, N, N) treats the batch as G windows of each image, window by window.

    Shape: q, k, v (B, heads, N, d) -> (B, heads, N, d).
    """
    if bias is None or bias.shape[0] == q.shape[1]:
        return attend(q, k, v, bias)
    folded = (-1, bias.shape[0], *q.shape[2:])
    return attend(q.reshape(folded), k.reshape(folded), v.reshape(folded), bias).reshape(q.shape)


class SelfAttention(nn.Module):
    """Multi-head self-attention with biases in every linear layer and an optional additive logit bias.

    Shape: (B, N, in_channels), bias (heads, N, N) -> (B, N, channels). A bias of (G * heads, N, N) treats the
    batch as G different windows of each image, window by window. The heads share out `width` channels, as many as
    leave where nothing else is said.
    """

    def __init__(self, in_channels: int, channels: int, head_dim: int, *, width: int | None = None) -> None:
        super().__init__()
        width = channels if width is None else width
        check_heads(width, head_dim)
        self.heads = width // head_dim
        self.head_dim = head_dim
        self.qkv = nn.Linear(in_channels, 3 * width)
        self.project = nn.Linear(width, channels)

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, self.head_dim))  # (B, N, 3, heads, d)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each (B, heads, N, d)
        y = attend_windows(q, k, v, bias)  # (B, heads, N, d)
        return self.project(y.transpose(1, 2).flatten(2))  # (B, N, channels)


def relative_index(grid: tuple[int, int]) -> Tensor:
    """Where in a flattened (2H-1, 2W-1) table the offset query - key of each pair of positions lies: (HW, HW)."""
    height, width = grid
    y = torch.arange(height)[:, None].expand(height, width).reshape(-1)  # (HW,)
    x = torch.arange(width)[None, :].expand(height, width).reshape(-1)  # (HW,)
    dy = y[:, None] - y[None, :] + height - 1  # (HW, HW), 0 .. 2H-2
    dx = x[:, None] - x[None, :] + width - 1  # (HW, HW), 0 .. 2W-2
    return dy * (2 * width - 1) + dx


def split_windows(x: Tensor, window: tuple[int, int]) -> Tensor:
    """Cut a map into windows in reading order: (B, H, W, C) -> (B * windows, h * w, C)."""
    _, height, width, channels = x.shape
    h, w = window
    x = x.reshape(-1, height // h, h, width // w, w, channels)
    return x.transpose(2, 3).reshape(-1, h * w, channels)


def join_windows(x: Tensor, window: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """The inverse of `split_windows`: (B * windows, h * w, C) -> (B, H, W, C)."""
    (h, w), (height, width), channels = window, grid, x.shape[-1]
    x = x.reshape(-1, height // h, width // w, h, w, channels)
    return x.transpose(2, 3).reshape(-1, height, width, channels)


def make_activation(name: str) -> nn.Module:
    """The activation called `name`: relu, relu6, gelu (exact), quick_gelu, silu, hardswish, sigmoid, tanh or none."""
    activations: dict[str, type[nn.Module]] = {
        "relu": nn.ReLU,
        "relu6": nn.ReLU6,
        "gelu": nn.GELU,
        "quick_gelu": QuickGelu,
        "silu": nn.SiLU,
        "hardswish": nn.Hardswish,
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "none": nn.Identity,
    }
    return activations[name]()


def keras_batch_norm(channels: int, eps: float = 1e-3) -> nn.BatchNorm2d:
    """BatchNorm as in the Keras code of CoAtNet, MaxViT and MOAT, whose momentum of 0.99 is 0.01 here."""
    return nn.BatchNorm2d(channels, eps=eps, momentum=0.01)


def init_normal(module: nn.Module, std: float = 0.02) -> None:
    """Draw the kernels of all convolutions and linear layers from N(0, std²) and set their biases to zero."""
    for part in module.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)):
            nn.init.normal_(part.weight, std=std)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


def init_truncated_normal(module: nn.Module, std: float = 0.02) -> None:
    """Draw the weights of all linear layers from N(0, std²) cut at ±2 and set their biases to zero."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.trunc_normal_(part.weight, std=std)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


def init_kaiming(module: nn.Module) -> None:
    """He's initialisation for a ReLU after each convolution (fan out) and linear layer (fan in), zero biases."""
    for part in module.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)):
            fan_out = isinstance(part, nn.Conv2d)
            nn.init.kaiming_normal_(part.weight, mode="fan_out" if fan_out else "fan_in", nonlinearity="relu")
            if part.bias is not None:
                nn.init.zeros_(part.bias)


def reduce_grid(grid: tuple[int, int], stride: int) -> tuple[int, int]:
    """The grid after a stride, rounded up as padded convolutions do."""
    return math.ceil(grid[0] / stride), math.ceil(grid[1] / stride)


def nearest_divisors(number: int, wanted: int) -> list[int]:
    """The divisors of `number` next to `wanted` on either side, at most two."""
    divisors = [d for d in range(1, number + 1) if number % d == 0]
    return [d for d in divisors if d <= wanted][-1:] + [d for d in divisors if d > wanted][:1]


def name_choices(values: Sequence[int]) -> str:
    """The values as a person lists them: "7", "7 or 14", "2, 7 or 14"."""
    words = [str(value) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def check_heads(channels: int, head_dim: int) -> None:
    """Raises BlockError when the channels cannot be shared out evenly to heads of that width."""
    if channels % head_dim:
        raise BlockError(
            f"{channels} channels do not divide into heads of {head_dim}.",
            f"Use {name_choices(nearest_divisors(channels, head_dim))}.",
        )


def check_kernel(kernel: int) -> None:
    """Raises BlockError when the kernel is even: it would shift the map by half a position."""
    if kernel % 2 == 0:
        raise BlockError(f"A kernel of {kernel} has no middle.", f"Use {kernel - 1} or {kernel + 1}.")


def check_reduction(channels: int, reduction: int) -> None:
    """Raises BlockError when nothing is left of the channels after the reduction."""
    if reduction > channels:
        raise BlockError(
            f"Reducing {channels} channels by {reduction} leaves no hidden unit.",
            f"Use a reduction of {channels} or less.",
        )


def check_window(grid: tuple[int, int], window: int) -> None:
    """Raises BlockError when the window does not tile the map; the hint lists the windows that do."""
    height, width = grid
    if height % window or width % window:
        common = math.gcd(height, width)
        fitting = [d for d in range(1, common + 1) if common % d == 0]
        raise BlockError(
            f"A {height}×{width} map does not divide into windows of {window}×{window}.",
            f"Windows of {name_choices(fitting)} fit." if common > 1 else "Only windows of 1 fit this map.",
        )
