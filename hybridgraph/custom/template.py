"""A block file to begin with: it works as it is, and its comments say what each part is for."""

from __future__ import annotations

import re
from pathlib import Path

from hybridgraph.custom.folder import folder
from hybridgraph.errors import DocumentError
from hybridgraph.storage import write_atomic

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

TEMPLATE = '''"""@TITLE@: a block of my own.

This file may import torch, math and blocks of HybridGraph. At the top stand only imports, classes, functions and
constants: what a design needs of them is written into its model.py.
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import check_kernel, init_kaiming
from hybridgraph.spec import IMAGE, Bool, Int, block


@block(
    "@ID@",  # the id in design files: keep it
    title="@TITLE@",
    family="convolution",  # convolution, attention, extrinsic, intrinsic, glue or head
    symbol="@SYMBOL@",  # one to three letters
    inputs={"x": IMAGE},  # the arguments of forward and what each takes: IMAGE, TOKENS, VECTOR …
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},  # arguments of the constructor that the wire on x decides
    params={  # the other arguments, in the order of the constructor; their defaults stand there
        "channels": Int(1, 4096, doc="Channels that come out."),
        "kernel": Int(1, 15, unit="px", doc="Side of the kernel, odd."),
        "residual": Bool(doc="Whether the input is added where the channels allow it."),
    },
    card="{channels} · k{kernel}",  # the line on the card
)
class @CLASS@(nn.Module):
    """A convolution with a norm and, where the channels allow it, a way around it.

    The first line is what the palette says; all of it is the block's page.
    Shape: (B, in_channels, H, W) -> (B, channels, H, W). Raises BlockError when the kernel is even.
    """

    def __init__(self, in_channels: int, channels: int = 64, kernel: int = 3, residual: bool = True) -> None:
        super().__init__()
        check_kernel(kernel)  # for checks of your own: raise hybridgraph.errors.BlockError("it …", "Do …")
        self.conv = nn.Conv2d(in_channels, channels, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.residual = residual and in_channels == channels
        init_kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.conv(x)).relu()
        return x + y if self.residual else y
'''


def template(name: str) -> str:
    """The text of a block file for a block called `name`. Raises DocumentError when that is no id."""
    if _NAME.fullmatch(name) is None:
        raise DocumentError(
            f"{name!r:.80} is no name for a block.",
            "Use small letters, digits and underscores, as in my_block.",
        )
    words = name.split("_")
    filled = {
        "@ID@": name,
        "@TITLE@": " ".join(words).capitalize()[:60],
        "@SYMBOL@": "".join(word[:1] for word in words).upper()[:3],
        "@CLASS@": "".join(word.capitalize() for word in words),
    }
    text = TEMPLATE
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


def write_template(name: str) -> Path:
    """Write a new block file into the folder of a person's own blocks. Raises DocumentError when it is taken."""
    text, place = template(name), folder() / f"{name}.py"
    if place.exists():
        raise DocumentError(f"There is a file {place} already.", "Choose another name.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DocumentError(f"{place.parent} cannot be made ({error.strerror}).") from None
    write_atomic(place, text)
    return place
