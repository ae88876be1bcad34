"""The end of a classifier: average over the map, normalise, classify.

Lin et al. 2014, "Network in Network" (arXiv:1312.4400), with the variants of ResNet (arXiv:1512.03385),
Swin (arXiv:2103.14030), CoAtNet (arXiv:2106.04803; hidden layer as in MaxViT, arXiv:2204.01697) and MOAT
(arXiv:2210.01820).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import init_normal, last_norm
from hybridgraph.spec import IMAGE, VECTOR, Bool, Choice, Float, Int, block


@block(
    "classifier",
    title="Classifier",
    family="head",
    symbol="CLS",
    paper="Lin et al. 2014 · arXiv:1312.4400",
    inputs={"x": IMAGE},
    outputs={"y": VECTOR},
    wired={"in_channels": "x.channels"},
    params={
        "classes": Int(1, 1 << 20, doc="How many classes there are, one logit each."),
        "norm": Choice(
            "pooled",
            "positions",
            "none",
            doc="Where normalisation sits: on the averaged vector (CoAtNet, MOAT), on every position before "
            "the average (Swin), or nowhere (ResNet).",
        ),
        "norm_kind": Choice(
            "layer", "batch", doc="What normalises: layer norm, or batch norm (one of timm's)."
        ),
        "hidden": Bool(doc="Whether a linear layer of the same width with tanh comes first (CoAtNet)."),
        "dropout": Float(0.0, 0.99, inert=True, doc="Share of features set to zero in training."),
        "eps": Float(1e-12, 0.1, inert=True, doc="What the normalisation adds to the variance."),
    },
    card="{classes} classes",
    equation="y = W · LN(mean(x)) + b",
    aliases=("Head", "Global average pooling", "GAP", "Linear", "Softmax"),
)
class Classifier(nn.Module):
    """Average the map over its positions and turn the result into one logit per class.

    Averaging makes the decision independent of where things are and of the size of the map. There is no softmax:
    the loss applies it.
    Shape: (B, in_channels, H, W) -> (B, classes).
    """

    def __init__(
        self,
        in_channels: int,
        classes: int = 1000,
        norm: str = "pooled",
        norm_kind: str = "layer",
        hidden: bool = False,
        dropout: float = 0.0,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.norm_positions = norm == "positions"
        self.norm = nn.Identity() if norm == "none" else last_norm(in_channels, norm_kind, eps)
        self.hidden = (
            nn.Sequential(nn.Linear(in_channels, in_channels), nn.Tanh()) if hidden else nn.Identity()
        )
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(in_channels, classes)
        init_normal(self)

    def forward(self, x: Tensor) -> Tensor:
        if self.norm_positions:
            x = self.norm(x.permute(0, 2, 3, 1)).mean(dim=(1, 2))  # (B, C)
        else:
            x = self.norm(x.mean(dim=(2, 3)))  # (B, C)
        return self.linear(self.dropout(self.hidden(x)))  # (B, classes)
