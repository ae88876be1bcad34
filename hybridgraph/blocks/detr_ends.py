"""What stands around DETR's transformer: projection, positions of a map, object queries, class and box heads.

Carion et al. 2020, "End-to-End Object Detection with Transformers" (arXiv:2005.12872), section 3.2 and appendix A.4.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from hybridgraph.errors import BlockError
from hybridgraph.spec import DETECTIONS, IMAGE, STACK, TOKENS, Float, Int, block


@block(
    "detr_projection",
    title="Projection",
    family="convolution",
    symbol="PR",
    paper="Carion et al. 2020 · arXiv:2005.12872",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={"channels": Int(1, 1 << 20, doc="Channels of the map that leaves the block.")},
    card="{in_channels} → {channels}",
    equation="y = W x + b",
    aliases=("Conv 1×1", "Pointwise convolution", "Input projection"),
)
class DetrProjection(nn.Module):
    """Give the backbone's map the channels of the transformer, without norm or activation.

    Shape: (B, in_channels, H, W) -> (B, channels, H, W).
    """

    def __init__(self, in_channels: int, channels: int = 256) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)  # (B, channels, H, W)


@block(
    "sine_positions",
    title="Sine positions",
    family="attention",
    symbol="SIN",
    paper="Carion et al. 2020 · arXiv:2005.12872",
    inputs={"x": IMAGE},
    outputs={"y": TOKENS},
    wired={"channels": "x.channels"},
    params={
        "temperature": Float(
            1.0, 1e6, inert=True, doc="How much longer the longest wave is than the shortest."
        ),
    },
    card="{channels} · T {temperature}",
    equation="p₂ᵢ = sin(2π r / H / T^(2i / C')),  p₂ᵢ₊₁ = cos(…),  rows, then columns;  C' = C / 2",
    aliases=("Positional encoding", "Position embedding", "Sinusoidal"),
)
class SinePositions(nn.Module):
    """Tell where each position of a map lies by waves of its row and its column, without weights.

    Rows and columns count from 1 and are scaled so that the last one is 2π; half of the channels are for each. Only
    the size of the map is read.
    Shape: (B, channels, H, W) -> (B, H * W, channels). Raises BlockError when four does not divide the channels.
    """

    def __init__(self, channels: int, temperature: float = 10000.0) -> None:
        super().__init__()
        if channels % 4:
            raise BlockError(
                f"{channels} channels do not divide into sine and cosine of rows and columns.",
                f"Use {math.ceil(channels / 4) * 4} channels.",
            )
        self.channels_an_axis = channels // 2
        self.temperature = temperature

    def forward(self, x: Tensor) -> Tensor:
        batch, _, height, width = x.shape
        rows = self.waves(height, x.device)[:, None].expand(-1, width, -1)  # (H, W, C / 2)
        columns = self.waves(width, x.device)[None].expand(height, -1, -1)  # (H, W, C / 2)
        table = torch.cat([rows, columns], dim=2).flatten(0, 1)  # (H * W, C)
        return table.to(x.dtype).expand(batch, -1, -1)

    def waves(self, count: int, device: torch.device) -> Tensor:
        """Sines and cosines in turn for each of `count` places along an axis: (count, C / 2)."""
        places = torch.arange(1, count + 1, device=device) * (2 * math.pi / (count + 1e-6))
        powers = torch.arange(0, self.channels_an_axis, 2, device=device) / self.channels_an_axis
        angles = places[:, None] / self.temperature**powers  # (count, C / 4)
        return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


@block(
    "object_queries",
    title="Object queries",
    family="attention",
    symbol="OQ",
    paper="Carion et al. 2020 · arXiv:2005.12872",
    inputs={"x": TOKENS},
    outputs={"targets": TOKENS, "queries": TOKENS},
    wired={"channels": "x.channels"},
    params={"queries": Int(1, 1 << 14, doc="How many objects can be found in one picture at most.")},
    card="{queries} × {channels}",
    equation="targets = 0;  queries = E",
    aliases=("Learned queries", "Slots", "Decoder input"),
)
class ObjectQueries(nn.Module):
    """Begin the decoder: targets of zeros, and for each a learned query that says what to look for and where.

    Of the input only the number of pictures and channels is read.
    Shape: (B, N, channels) -> targets (B, queries, channels), queries (B, queries, channels).
    """

    def __init__(self, channels: int, queries: int = 100) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.empty(queries, channels))
        nn.init.normal_(self.embedding)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        queries = self.embedding.expand(x.shape[0], -1, -1)  # (B, Q, C)
        return torch.zeros_like(queries), queries


@block(
    "detr_heads",
    title="Class and box heads",
    family="head",
    symbol="DET",
    paper="Carion et al. 2020 · arXiv:2005.12872",
    inputs={"x": STACK},
    outputs={"y": DETECTIONS},
    wired={"channels": "x.channels"},
    params={"classes": Int(1, 1 << 20, doc="How many classes there are; “no object” comes on top.")},
    card="{classes} classes",
    equation="z = LN(x);  y = [W z + b;  σ(MLP(z))]",
    aliases=("Detection head", "Bounding box", "Prediction heads", "Auxiliary outputs"),
)
class DetrHeads(nn.Module):
    """Say for each target of each decoder layer which class it found, if any, and the box around it.

    All layers share one norm and the heads, so that the earlier ones can be trained on the same task; the last one
    is the prediction. Boxes are centre, width and height in shares of the picture.
    Shape: (B, L, Q, channels) -> (B, L, Q, classes + 1 + 4): scores, that of "no object" last, then the box.
    Raises BlockError when something else than tokens is stacked.
    """

    def __init__(self, channels: int, classes: int = 91) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.scores = nn.Linear(channels, classes + 1)
        self.box = nn.Sequential(
            nn.Linear(channels, channels),
            nn.ReLU(),
            nn.Linear(channels, channels),
            nn.ReLU(),
            nn.Linear(channels, 4),
        )

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() != 4:
            raise BlockError(
                f"Detection needs stacked tokens (B, L, Q, C), not {x.dim()} axes.",
                "Collect the tokens that a decoder gives.",
            )
        x = self.norm(x)
        return torch.cat([self.scores(x), self.box(x).sigmoid()], dim=3)  # (B, L, Q, classes + 1 + 4)
