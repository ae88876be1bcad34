"""Whole designs in one line of text, such as `C-C-T-T` or `S2 C2·96 C3·192 M7·384 M2·768`, and back.

`parse` and `write` turn a string into a `Pattern` and back, `build` makes the design, `pattern_of` and `read` find the
pattern of a design, `rebuild` is the edit behind the window's pattern field. docs/patterns.md has the grammar.
"""

from __future__ import annotations

from hybridgraph.errors import PatternError
from hybridgraph.patterns.builder import IMAGE_SIZE, build
from hybridgraph.patterns.homes import numbered
from hybridgraph.patterns.letters import LETTERS, Letter, letter_named
from hybridgraph.patterns.lever import Lever, lever
from hybridgraph.patterns.model import Part, Pattern
from hybridgraph.patterns.net import Net, Resolved
from hybridgraph.patterns.parser import looks_like_pattern, parse
from hybridgraph.patterns.reader import Reading, canonical, pattern_of, read
from hybridgraph.patterns.rebuild import rebuild
from hybridgraph.patterns.resolve import resolve
from hybridgraph.patterns.writer import write

__all__ = [
    "IMAGE_SIZE",
    "LETTERS",
    "Letter",
    "Lever",
    "Net",
    "Part",
    "Pattern",
    "PatternError",
    "Reading",
    "Resolved",
    "build",
    "canonical",
    "letter_named",
    "lever",
    "looks_like_pattern",
    "numbered",
    "parse",
    "pattern_of",
    "read",
    "rebuild",
    "resolve",
    "write",
]
