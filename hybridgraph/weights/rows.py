"""The tables' language: a row says which names of theirs make a tensor of ours, and how.

A name is written with fields in braces: `{s}` is a whole number, `{s+1}` one more than it, `{leaf}` the last word of
a name (weight, bias, running_mean), `{any}` any text. What the fields of our name are found to be is filled into
theirs: of "stage{s+1}.blocks.{b}.norm1.{leaf}" and "layers.{s}.blocks.{b}.norm1.{leaf}", stage3.blocks.0.norm1.bias
comes from layers.2.blocks.0.norm1.bias.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from torch import Tensor

Transform = Callable[[Sequence[Tensor]], Tensor]
Fields = Mapping[str, str]

_FIELD = re.compile(r"\{(\w+?)([+-]\d+)?\}")
_TEXTS = {"leaf": r"[a-z_]+", "any": r".*"}
"""What the fields that are no numbers stand for."""


def single(tensors: Sequence[Tensor]) -> Tensor:
    """The one tensor as it is."""
    return tensors[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A template of our names, the templates of theirs that it is made of, and how they become one tensor."""

    ours: str
    theirs: tuple[str, ...]
    transform: Transform = single


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The layout of somebody's files.

    A file is of this layout when each of `marks` matches one of its keys. `dropped` names keys that are known and
    not needed, since our networks compute what they hold. The rows are for these `blocks` alone, () for all: other
    blocks have layers of the same names. `presets` are examples of what the files fit.
    """

    name: str
    title: str
    marks: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=False)
    presets: tuple[str, ...]
    blocks: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def explains(self, keys: Collection[str]) -> bool:
        """Whether keys like these are of this layout."""
        return all(any(fields_of(mark, key) is not None for key in keys) for mark in self.marks)

    def drops(self, key: str) -> bool:
        """Whether a key is left out on purpose."""
        return any(fields_of(template, key) is not None for template in self.dropped)


def row(ours: str, *theirs: str, by: Transform = single) -> Row:
    """One row; the first template of theirs alone unless `by` joins several."""
    return Row(ours=ours, theirs=theirs, transform=by)


def layers(
    ours: str, theirs: str, pairs: Mapping[str, str], leaf: str = ".{leaf}", by: Transform = single
) -> tuple[Row, ...]:
    """A row for each layer in `pairs`, ours to theirs, within the parts of the network that the templates name."""
    return tuple(row(f"{ours}{our}{leaf}", f"{theirs}{their}{leaf}", by=by) for our, their in pairs.items())


def fields_of(template: str, name: str) -> Fields | None:
    """What the fields of a template are in a name, None when the name is not of that form."""
    found = _pattern(template).fullmatch(name)
    if found is None:
        return None
    values = {}
    for field_name, shift in _FIELD.findall(template):
        text = found[field_name]
        values[field_name] = text if field_name in _TEXTS else str(int(text) - int(shift or 0))
    return values


def filled(template: str, values: Fields) -> str:
    """The name that a template stands for with these fields."""

    def fill(found: re.Match[str]) -> str:
        name, shift = found.groups()
        return values[name] if name in _TEXTS else str(int(values[name]) + int(shift or 0))

    return _FIELD.sub(fill, template)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts, end = [], 0
    for found in _FIELD.finditer(template):
        parts += [
            re.escape(template[end : found.start()]),
            f"(?P<{found[1]}>{_TEXTS.get(found[1], '[0-9]+')})",
        ]
        end = found.end()
    return re.compile("".join([*parts, re.escape(template[end:])]))
