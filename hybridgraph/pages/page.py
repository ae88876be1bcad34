"""The page of a block as a value, and how it is read from its file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from hybridgraph.errors import DocumentError
from hybridgraph.pages.formula import Formula, Known, Names

Bias = Literal["none", "extrinsic", "intrinsic", "both"]
BIASES: dict[Bias, str] = {
    "none": "None: convolution or attention alone, or neither",
    "extrinsic": "Extrinsic: convolution and attention as separate modules",
    "intrinsic": "Intrinsic: the attention itself is biased like a convolution",
    "both": "Both: separate modules, and attention that is itself biased",
}
ARXIV = "https://arxiv.org/abs/"
_KEYS = {"says", "equations", "bias", "because", "pairs_with", "rather", "mistakes", "papers"}
_TABLES = {"symbols", "params", "macs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Where a block is described: authors and title, the section, and the arXiv number if there is one."""

    cite: str
    section: str = ""
    arxiv: str = ""

    @property
    def full(self) -> str:
        """Authors, title and place in the paper: "…, section 3", "…, Appendix A.1"."""
        place = f"section {self.section}" if self.section[:1].isdigit() else self.section
        return ", ".join(filter(None, (self.cite, place)))

    @property
    def url(self) -> str:
        """The address of the abstract; empty without an arXiv number."""
        return f"{ARXIV}{self.arxiv}" if self.arxiv else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The formulas of a page with the numbers of one node put in, part by part."""

    symbols: Mapping[str, Known]
    params: Mapping[str, int]
    macs: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a person reads about a block. Texts may hold <sub>, <sup> and <i>.

    `symbols` are the letters of the formulas, each an expression over the block's parameters, its wired arguments and
    the shapes on its inputs (`x.height`), and over the letters above it. `params` and `macs` are the parts that the
    cost of one image's forward pass is the sum of.
    """

    block: str
    says: str
    equations: tuple[str, ...]
    bias: Bias
    because: str
    pairs_with: str
    rather: str
    mistakes: tuple[str, ...]
    symbols: Mapping[str, Formula]
    params: Mapping[str, Formula]
    macs: Mapping[str, Formula]
    papers: tuple[Paper, ...] = ()

    def numbers(self, known: Names) -> Numbers:
        """The formulas with these names put in. Raises DocumentError when one of them cannot be computed."""
        symbols: dict[str, Known] = {}
        for name, formula in self.symbols.items():
            symbols[name] = formula.value({**known, **symbols})
        everything = {**known, **symbols}
        return Numbers(
            symbols=symbols,
            params={part: _whole(formula, everything) for part, formula in self.params.items()},
            macs={part: _whole(formula, everything) for part, formula in self.macs.items()},
        )


def _whole(formula: Formula, known: Names) -> int:
    """The value of a cost formula; a division in it comes out even."""
    value = formula.value(known)
    if value != int(value):
        raise DocumentError(f"The formula {formula.text!r} gives {value}, which is no whole number.")
    return int(value)


@cache
def load(block: str) -> Page | None:
    """The page of a block; None when there is none. Raises DocumentError when its file is not in order."""
    file = resources.files("hybridgraph") / "pages" / "text" / f"{block}.toml"
    if not file.is_file():
        return None
    return parse(block, file.read_text(encoding="utf-8"))


def parse(block: str, text: str) -> Page:
    """A page from the text of its file. Raises DocumentError that says what is missing or too much."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"The page of {block!r} cannot be read: {error}.") from error
    if odd := (set(data) ^ _KEYS) - _TABLES - {"papers"}:
        raise DocumentError(f"The page of {block!r} lacks, or has too much: {', '.join(sorted(odd))}.")
    if data["bias"] not in BIASES:
        raise DocumentError(
            f"The page of {block!r} has the bias {data['bias']!r}.", f"Use {', '.join(BIASES)}."
        )
    tables = {
        table: {name: Formula(formula) for name, formula in data.get(table, {}).items()} for table in _TABLES
    }
    return Page(
        block=block,
        says=_flowing(data["says"]),
        equations=tuple(data["equations"]),
        bias=data["bias"],
        because=_flowing(data["because"]),
        pairs_with=_flowing(data["pairs_with"]),
        rather=_flowing(data["rather"]),
        mistakes=tuple(_flowing(mistake) for mistake in data["mistakes"]),
        papers=tuple(Paper(**paper) for paper in data.get("papers", ())),
        **tables,
    )


def _flowing(text: str) -> str:
    """The text without the line breaks of its file."""
    return " ".join(text.split())
