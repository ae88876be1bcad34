"""CvT's block for the stage that has a class token, over tokens in place of a map.

Wu et al. 2021, "CvT: Introducing Convolutions to Vision Transformers" (arXiv:2103.15808).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.cvt import ConvTransformer, projection_params
from hybridgraph.blocks.glue import token_grid
from hybridgraph.errors import BlockError
from hybridgraph.spec import TOKENS, Bool, Int, block


@block(
    "cvt_token_block",
    title="CvT block with class token",
    family="intrinsic",
    symbol="CV+",
    paper="Wu et al. 2021 · arXiv:2103.15808",
    inputs={"x": TOKENS},
    outputs={"y": TOKENS},
    wired={"length": "x.length", "channels": "x.channels"},
    params={
        **projection_params(),
        "class_token": Bool(doc="Whether the first token is a class token, which no convolution sees."),
        "height": Int(
            1, 16384, unit="px", optional=True, doc="Rows of the map the tokens are; none means a square map."
        ),
    },
    card="{channels} · kv stride {stride_k}",
    equation="u = x + Attention(Conv_q(LN(x)), Conv_k(LN(x)), Conv_v(LN(x)));  y = u + MLP(LN(u))",
    aliases=("Convolutional projection", "Convolutional transformer block"),
)
class CvtTokenBlock(nn.Module):
    """Attend among the positions of a map and a class token, with convolutions that leave the token alone.

    The same block as CvT's other one, for the last stage, where a class token gathers what the classifier needs.
    Shape: (B, N, channels) -> (B, N', channels), N' = N unless the queries have a stride.
    Raises BlockError when the tokens do not make a map, and whatever the other block refuses.
    """

    def __init__(
        self,
        length: int,
        channels: int,
        head_dim: int = 64,
        expansion: int = 4,
        kernel_q: int = 3,
        kernel_k: int = 3,
        kernel_v: int = 3,
        stride_q: int = 1,
        stride_k: int = 2,
        stride_v: int = 2,
        kind_q: str = "depthwise",
        kind_k: str = "depthwise",
        kind_v: str = "depthwise",
        scale: str = "channels",
        activation: str = "quick_gelu",
        drop_path: float = 0.0,
        class_token: bool = True,
        height: int | None = None,
    ) -> None:
        super().__init__()
        if length <= class_token:
            raise BlockError(
                "Nothing is left beside the class token.", "Feed a map, or switch the class token off."
            )
        self.transformer = ConvTransformer(
            channels,
            token_grid(length - class_token, height),
            head_dim=head_dim,
            expansion=expansion,
            kinds=(kind_q, kind_k, kind_v),
            kernels=(kernel_q, kernel_k, kernel_v),
            strides=(stride_q, stride_k, stride_v),
            scale=scale,
            activation=activation,
            drop_path=drop_path,
            class_token=class_token,
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.transformer(x)
