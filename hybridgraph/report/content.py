"""A report as a value: sections of paragraphs, facts, tables and figures, before any format is chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from hybridgraph.figures.drawing import Drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Some sentences; a `note` is set smaller, a `warning` so that nobody misses it."""

    text: str
    kind: Literal["plain", "note", "warning"] = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Short statements, one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names with their values. Where `is_code`, values are digests and the like, whose every letter counts."""

    rows: tuple[tuple[str, str], ...]
    is_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows below headings. The first `texts` columns hold words, the others numbers; `total` ends it with a sum."""

    name: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1
    total: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing for light pages and the same for dark ones, mark by mark; `name` is a word for files and ids."""

    name: str
    caption: str
    light: Drawing
    dark: Drawing


Part = Paragraph | Listing | Facts | Table | Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands below it."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report. `figures` are the numbers that stand above everything: name, value, remark."""

    title: str
    subtitle: str
    figures: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]
    foot: str = field(default="")
