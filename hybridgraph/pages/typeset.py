"""Formulas as mathematics that both Qt's rich text and Markdown show: letters with <sub> and <sup>, or numbers."""

from __future__ import annotations

import ast
from collections.abc import Callable

from hybridgraph.pages.formula import Formula, Known, Names, dotted, evaluate

THIN = "\u202f"
"""A thin space that does not break, between the factors of a product."""

SIZES = {"channels": "C", "height": "H", "width": "W", "length": "N"}
"""The letters for the sizes of a shape on a port, whose name stands below them."""

_LEVEL: dict[type[ast.operator], int] = {
    ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.FloorDiv: 9, ast.Mod: 2, ast.Pow: 4,
}  # fmt: skip
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "≠", ast.Lt: "&lt;", ast.LtE: "≤", ast.Gt: "&gt;", ast.GtE: "≥", ast.Is: "=", ast.IsNot: "≠",
}  # fmt: skip
_ATOM = 9


def letters(formula: Formula) -> str:
    """The formula in its letters: 12*C**2 + k is "12 C² + k", set with <sup>."""
    return _Setter(letter, THIN)(formula.tree)[0]


def digits(formula: Formula, known: Names) -> str:
    """The formula with numbers in place of letters; of a condition, only the side that holds."""
    return _Setter(lambda name: plain(known.get(name, name)), "·", known)(formula.tree)[0]


def letter(name: str) -> str:
    """A name as a symbol: "C_in" is C with a small "in", "x.height" H with a small x; a parameter keeps its words."""
    port, dot, attribute = name.partition(".")
    if dot:
        return f"<i>{SIZES.get(attribute, attribute)}</i><sub>{port}</sub>"
    head, _, foot = name.partition("_")
    if len(head) != 1:
        return name.replace("_", " ")
    return f"<i>{head}</i><sub>{foot}</sub>" if foot else f"<i>{head}</i>"


def plain(value: Known) -> str:
    """A value as it stands in a formula: 0.25, 384, none, on."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


class _Setter:
    """Sets one expression, each part with how tightly it holds together, from 0 (a condition) to 9 (a letter)."""

    def __init__(self, name: Callable[[str], str], times: str, known: Names | None = None) -> None:
        self._name = name
        self._times = times
        self._known = known

    def __call__(self, tree: ast.expr) -> tuple[str, int]:
        match tree:
            case ast.Constant(value=None | bool() | int() | float() | str() as value):
                return plain(value), _ATOM
            case ast.Name() | ast.Attribute():
                return self._name(dotted(tree)), _ATOM
            case ast.BinOp():
                return self._binary(tree)
            case ast.UnaryOp(op=op, operand=operand):
                return ("not " if isinstance(op, ast.Not) else "−") + self._inside(operand, 3), 3
            case ast.IfExp(test=test, body=body, orelse=orelse):
                if self._known is not None:
                    return self(body if evaluate(test, self._known) else orelse)
                return f"{self(body)[0]} if {self(test)[0]}, else {self(orelse)[0]}", 0
            case ast.BoolOp(op=op, values=values):
                word = " and " if isinstance(op, ast.And) else " or "
                return word.join(self._inside(value, 1) for value in values), 0
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return f"{self._inside(left, 1)} {_SIGNS[type(op)]} {self._inside(right, 1)}", 0
            case ast.Call(func=ast.Name(id="ceil"), args=[argument]):
                return f"⌈{self(argument)[0]}⌉", _ATOM
            case ast.Call(func=ast.Name(id="sqrt"), args=[argument]):
                return f"√{self._inside(argument, _ATOM)}", _ATOM
            case ast.Call(func=ast.Name(id="log2"), args=[argument]):
                return f"log<sub>2</sub>{THIN}{self._inside(argument, _ATOM)}", 3
            case ast.Call(func=ast.Name(id="sum"), args=[index, first, last, term]):
                span = f"{self(index)[0]}={self(first)[0]}…{self(last)[0]}"
                return f"Σ<sub>{span}</sub>{THIN}({self(term)[0]})", 2
            case ast.Call(func=ast.Name(id=name), args=args):
                return f"{name}({', '.join(self(argument)[0] for argument in args)})", _ATOM
        raise AssertionError(ast.dump(tree))  # a Formula holds nothing else

    def _binary(self, tree: ast.BinOp) -> tuple[str, int]:
        level = _LEVEL[type(tree.op)]
        left, right = tree.left, tree.right
        match tree.op:
            case ast.Add():
                return f"{self._inside(left, 1)} + {self._inside(right, 1)}", level
            case ast.Sub():
                return f"{self._inside(left, 1)} − {self._inside(right, 2)}", level
            case ast.Mult():
                return f"{self._inside(left, 2)}{self._sign(left, right)}{self._inside(right, 2)}", level
            case ast.Div():
                return f"{self._inside(left, 2)}{THIN}/{THIN}{self._inside(right, 3)}", level
            case ast.Mod():
                return f"{self._inside(left, 3)} mod {self._inside(right, 3)}", level
            case ast.FloorDiv():
                return f"⌊{self._inside(left, 2)}{THIN}/{THIN}{self._inside(right, 3)}⌋", level
            case _:
                return f"{self._inside(left, 5)}<sup>{self(right)[0]}</sup>", level

    def _sign(self, left: ast.expr, right: ast.expr) -> str:
        """What stands between two factors: a dot where words or digits would run together."""
        if self._times != THIN:
            return self._times
        worded = any(
            "." not in dotted(part) and len(dotted(part).partition("_")[0]) > 1
            for factor in (left, right)
            for part in ast.walk(factor)
            if isinstance(part, ast.expr)
        )
        meets_digit = self._inside(right, 2)[0].isdigit()
        return "·" if worded or meets_digit else THIN

    def _inside(self, tree: ast.expr, level: int) -> str:
        text, own = self(tree)
        return f"({text})" if own < level else text
