"""What recognising makes of a program: pieces in a row, each a block with its weights or plain operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from hybridgraph.opening.cutting import Run
from hybridgraph.opening.forms import Form
from hybridgraph.shapes import Shape
from hybridgraph.spec import BlockSpec, Literal_


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some atoms as one node: `block` with its parameters and weights, or operations where it is empty.

    `enters` and `gives` say how the program lays out what the wires before and behind carry. `operations` counts the
    program's that it stands for, `difference` is how far it is from them, in shares of their range. `glue` is the block
    that has to stand in front, between a map and tokens.
    """

    block: str
    enters: Form
    gives: Form
    takes: Shape
    makes: Shape
    params: Mapping[str, Literal_]
    state: Mapping[str, Tensor]
    run: Run
    operations: int
    difference: float = 0.0
    glue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A block with parameters that a run may be, and how the wires before and behind it are laid out there."""

    spec: BlockSpec
    enters: Form
    gives: Form
    params: Mapping[str, Literal_]
