"""Filters of runs as one writes them: `top1>0.8 tag:leaf preset:moat* -status:failed`.

    FILTER  ::= TERM (space TERM)*                     all must hold
    TERM    ::= ["-"] (WORD | NAME OP VALUE)           "-" turns it round
    OP      ::= ":" | "=" | "!=" | ">" | ">=" | "<" | "<="
    VALUE   ::= a word, several with commas between (any may hold), or "quoted words"

A WORD alone is looked for in the name, the design, the data, the recipe, the tags and the note. `:` finds a text anywhere
in the value, or matches the whole of it where it has `*` or `?`; a tag is always matched whole. Numbers may have a unit:
80%, 1.5M (or k, G), 200MB, 3ms, 2h, 7d; times are days such as 2026-11-23.
"""

from __future__ import annotations

import operator
import re
import shlex
from collections.abc import Callable, Iterable
from datetime import datetime
from fnmatch import translate
from typing import Any

from hybridgraph.errors import RunError
from hybridgraph.runs.columns import BY_NAME, Column, find_column
from hybridgraph.runs.summary import Summary

Test = Callable[[Summary], bool]
_TERM = re.compile(r"(?P<name>[A-Za-z_][\w-]*)(?P<sign>>=|<=|!=|[:=<>])(?P<value>.*)", re.DOTALL)
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ":": operator.eq,
}
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*([a-zµ%]*)", re.IGNORECASE)
_FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_UNITS: dict[str, dict[str, float]] = {
    "share": {"%": 0.01},
    "bytes": {"b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
    "microseconds": {"us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6},
    "seconds": {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0},
}
_SEARCHED = tuple(BY_NAME[name] for name in ("name", "design", "data", "recipe", "note"))


def parse_filter(text: str) -> Test:
    """What decides whether a run passes a filter; an empty one lets all pass. Raises RunError that names the term."""
    try:
        lexer = shlex.shlex(text, posix=True)
        lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
        terms = [_term(word) for word in lexer]
    except ValueError:
        raise RunError(f"In the filter {text!r}, a quotation mark has no partner.", "Close it.") from None
    return lambda run: all(term(run) for term in terms)


def filtered(runs: Iterable[Summary], text: str) -> list[Summary]:
    """The runs that pass a filter, in their order. Raises RunError."""
    test = parse_filter(text)
    return [run for run in runs if test(run)]


def _term(word: str) -> Test:
    if word.startswith("-") and len(word) > 1:
        inner = _term(word[1:])
        return lambda run: not inner(run)
    match = _TERM.fullmatch(word)
    if match is None:
        return _search(word.lower())
    column = find_column(match["name"])
    sign, values = match["sign"], match["value"].split(",")
    if not match["value"]:
        raise RunError(f"The term {word!r} ends too early.", f"Write what {column.name} is compared with.")
    if sign == "!=":
        tests = [_test(column, "=", value, word) for value in values]
        return lambda run: not any(test(run) for test in tests)
    tests = [_test(column, sign, value, word) for value in values]
    return tests[0] if len(tests) == 1 else lambda run: any(test(run) for test in tests)


def _search(word: str) -> Test:
    def test(run: Summary) -> bool:
        return any(word in str(column.get(run)).lower() for column in _SEARCHED) or any(
            word in tag.lower() for tag in run.tags
        )

    return test


def _test(column: Column, sign: str, value: str, word: str) -> Test:
    if column.kind in ("text", "tags"):
        if sign not in (":", "="):
            raise RunError(f"In the term {word!r}, {column.name} is a text.", f"Write {column.name}:TEXT.")
        return _text_test(column, value, is_whole=sign == "=")
    get, compare = column.get, _SIGNS[sign]
    if value in ("", "none"):
        return lambda run: get(run) is None
    wanted, end = _parsed(column, value, word)
    if end is not None and sign in (":", "="):  # a whole day
        return lambda run: isinstance(found := get(run), float) and wanted <= found < end
    border = wanted if end is None or sign in (">=", "<") else end
    if end is not None and sign in (">", "<="):
        compare = operator.ge if sign == ">" else operator.lt

    def test(run: Summary) -> bool:
        found = get(run)
        return found is not None and compare(found, border)

    return test


def _text_test(column: Column, value: str, *, is_whole: bool) -> Test:
    wanted = value.lower()
    get, is_pattern = column.get, any(letter in wanted for letter in "*?")
    fits = re.compile(translate(wanted)).match if is_pattern else None

    def holds(text: str) -> bool:
        text = text.lower()
        if fits is not None:
            return fits(text) is not None
        return text == wanted if is_whole else wanted in text

    if column.kind == "tags":
        return lambda run: any(tag.lower() == wanted if fits is None else holds(tag) for tag in run.tags)
    return lambda run: holds(str(get(run)))


def _parsed(column: Column, value: str, word: str) -> tuple[float, float | None]:
    """The number that a value stands for; of a day its start and its end."""
    if column.kind == "time":
        try:
            start = datetime.strptime(value, "%Y-%m-%d").astimezone()
        except ValueError:
            raise RunError(
                f"In the term {word!r}, {value!r} is no day.", "Write it as 2026-11-23; or use age<7d."
            ) from None
        return start.timestamp(), start.timestamp() + 86_400.0
    match = _NUMBER.fullmatch(value.strip())
    units = {**_FACTORS, **_UNITS.get(column.kind, {})}
    unit = match[2] if match else ""
    factor = units.get(unit.lower())
    if match is None or factor is None:
        known = ", ".join(_UNITS.get(column.kind, {})) or "k, M, G"
        raise RunError(
            f"In the term {word!r}, {value!r} is no number.", f"Write a number, alone or with one of {known}."
        )
    number = float(match[1]) * factor
    if column.kind == "share" and number > 1 and not unit:
        number /= 100  # 80 can only mean percent
    return number, None
