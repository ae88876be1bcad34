"""The table of letters: which block each stands for, and whose configuration it takes where nothing is written.

What a letter leaves out is read from its preset, so that no number of a paper is written down twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hybridgraph.graph.edits import MAX_REPEAT
from hybridgraph.graph.values import Literal_

Role = Literal["stem", "stage", "head"]
_DEPTHS = range(1, MAX_REPEAT + 1)
_STRIDES = range(1, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One row of the table.

    `counts` says what its number counts and `numbers` which are possible; `chosen` are the parameters that tell it
    from other letters of the same block. `preset` is where everything that is left out comes from. `last` is the
    block in its place in the last stage, where that is another. A stage that `attends` mixes places by what stands
    in them, and not by where they are alone, as a convolution does.
    """

    name: str
    role: Role
    block: str
    meaning: str
    counts: str = "blocks"
    numbers: Sequence[int] = _DEPTHS
    strides: Sequence[int] = _STRIDES
    preset: str = ""
    chosen: Mapping[str, Literal_] = field(default_factory=dict)
    written: frozenset[str] = frozenset({"channels", "stride"})
    last: str = ""
    attends: bool = False

    def is_option(self, parameter: str) -> bool:
        """Whether a parameter of the block is written as an option, not as a number or by the letter itself."""
        return parameter not in self.written and parameter not in self.chosen


LETTERS: tuple[Letter, ...] = (
    Letter(name="S", role="stem", block="conv_stem", meaning="convolutional stem",
           counts="convolutions", numbers=(2,), preset="layout-c-c-t-t"),
    Letter(name="P", role="stem", block="patch_embed", meaning="patch embedding",
           counts="pixels of a patch's side", numbers=range(1, 257), strides=(), preset="swin-t",
           written=frozenset({"channels", "patch"})),
    Letter(name="RS", role="stem", block="resnet_stem", meaning="ResNet's stem",
           counts="pixels of the kernel's side", numbers=range(1, 32, 2), strides=(1, 2, 4), preset="resnet-50",
           written=frozenset({"channels", "kernel", "stride", "pool"})),
    Letter(name="C", role="stage", block="mbconv", meaning="MBConv", preset="layout-c-c-t-t"),
    Letter(name="T", role="stage", block="coatnet_transformer", meaning="relative transformer of CoAtNet",
           preset="layout-c-c-t-t", attends=True),
    Letter(name="M", role="stage", block="moat", meaning="MOAT", preset="moat-0", attends=True),
    Letter(name="W", role="stage", block="swin_block", meaning="shifted windows of Swin", strides=(1, 2),
           preset="swin-t", attends=True),
    Letter(name="V", role="stage", block="cvt_block", meaning="convolutional projections of CvT",
           strides=range(1, 33), preset="cvt-13", last="cvt_token_block", attends=True),
    Letter(name="R", role="stage", block="resnet_bottleneck", meaning="ResNet's bottlenecks",
           preset="resnet-50", chosen={"attention": "none"}),
    Letter(name="RB", role="stage", block="resnet_basic", meaning="ResNet's basic blocks",
           preset="resnet-34", chosen={"attention": "none"}),
    Letter(name="SE", role="stage", block="resnet_bottleneck", meaning="bottlenecks with squeeze-and-excitation",
           preset="se-resnet-50", chosen={"attention": "se"}),
    Letter(name="SEB", role="stage", block="resnet_basic", meaning="basic blocks with squeeze-and-excitation",
           preset="se-resnet-34", chosen={"attention": "se"}),
    Letter(name="CBAM", role="stage", block="resnet_bottleneck", meaning="bottlenecks with CBAM",
           preset="cbam-resnet-50", chosen={"attention": "cbam"}),
    Letter(name="CBAMB", role="stage", block="resnet_basic", meaning="basic blocks with CBAM",
           preset="cbam-resnet-34", chosen={"attention": "cbam"}),
    Letter(name="AA", role="stage", block="aa_residual", meaning="attention-augmented bottlenecks",
           preset="aa-resnet-50", chosen={"kind": "bottleneck"}, attends=True),
    Letter(name="AAB", role="stage", block="aa_residual", meaning="attention-augmented basic blocks",
           preset="aa-resnet-34", chosen={"kind": "basic"}, attends=True),
    Letter(name="X", role="stage", block="convnext_block", meaning="ConvNeXt", strides=range(1, 33),
           preset="convnext-t"),
    Letter(name="E", role="stage", block="transformer", meaning="global transformer encoder of ViT",
           strides=range(1, 257), preset="deit-s", attends=True),
    Letter(name="H", role="head", block="classifier", meaning="head", numbers=(), strides=(),
           written=frozenset({"classes"}), last="token_classifier"),
)  # fmt: skip
BY_NAME: dict[str, Letter] = {letter.name: letter for letter in LETTERS}
STAGES, STEMS, HEAD = (
    tuple(letter for letter in LETTERS if letter.role == "stage"),
    tuple(letter for letter in LETTERS if letter.role == "stem"),
    BY_NAME["H"],
)
NETWIDE = "drop"
"""The one setting of the whole net."""

LAYOUTS: dict[tuple[str, ...], str] = {
    ("C", "C", "C", "C"): "layout-c-c-c-c",
    ("C", "C", "C", "T"): "layout-c-c-c-t",
    ("C", "C", "T", "T"): "layout-c-c-t-t",
    ("C", "T", "T", "T"): "layout-c-t-t-t",
}
"""The layouts of CoAtNet's study, whose names are pattern strings of their own."""

_FOUR = ("W", "X", "R", "RB", "SE", "SEB", "CBAM", "CBAMB")
REFERENCES: dict[tuple[str, ...], str] = {
    **LAYOUTS,
    ("T",): "layout-vit-rel",
    ("E",): BY_NAME["E"].preset,
    ("C", "C", "M", "M"): BY_NAME["M"].preset,
    ("V", "V", "V"): BY_NAME["V"].preset,
    ("R", "AA", "AA", "AA"): BY_NAME["AA"].preset,
    ("RB", "AAB", "AAB", "AAB"): BY_NAME["AAB"].preset,
    **{(name,) * 4: BY_NAME[name].preset for name in _FOUR},
}
"""The preset that a sequence of stages takes its depths and widths from."""


def letter_named(name: str) -> Letter | None:
    """The letter of that name, upper or lower case."""
    return BY_NAME.get(name.upper())
