"""Formulas as mathematics that both Qt's rich text and Markdown show: letters with <sub> and <sup>, or numbers."""

from __future__ import annotations

import ast
from collections.abc import Callable

from hybridgraph.pages.formula import Formula, Known, Names, dotted, evaluate

THIN = "\u202f"
"""A thin space that does not break, between the factors of a product."""

SIZES = {"channels": "C", "height": "H", "width": "W", "length": "N"}
"""The letters for the sizes of a shape on a port, whose name stands below them."""

_CONDITION, _LOGIC, _COMPARISON, _SUM, _PRODUCT, _FACTOR, _BASE, _ATOM = range(8)
"""How tightly an expression holds together: a looser one inside a tighter one stands in brackets."""

_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "≠", ast.Lt: "&lt;", ast.LtE: "≤", ast.Gt: "&gt;", ast.GtE: "≥", ast.Is: "=", ast.IsNot: "≠",
}  # fmt: skip


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
    """Sets one expression, each part with how tightly it holds together."""

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
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return f"not {self._inside(operand, _COMPARISON)}", _LOGIC
            case ast.UnaryOp(operand=operand):
                return f"−{self._inside(operand, _FACTOR)}", _FACTOR
            case ast.IfExp(test=test, body=body, orelse=orelse):
                if self._known is not None:
                    return self(body if evaluate(test, self._known) else orelse)
                return f"{self(body)[0]} if {self(test)[0]}, else {self(orelse)[0]}", _CONDITION
            case ast.BoolOp(op=op, values=values):
                word = " and " if isinstance(op, ast.And) else " or "
                return word.join(self._inside(value, _COMPARISON) for value in values), _LOGIC
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                both = self._inside(left, _SUM), self._inside(right, _SUM)
                return f" {_SIGNS[type(op)]} ".join(both), _COMPARISON
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(name, args)
        raise AssertionError(ast.dump(tree))  # a Formula holds nothing else

    def _call(self, name: str, args: list[ast.expr]) -> tuple[str, int]:
        match name, args:
            case "ceil", [argument]:
                return f"⌈{self(argument)[0]}⌉", _ATOM
            case "sqrt", [argument]:
                return f"√{self._inside(argument, _ATOM)}", _ATOM
            case "log2", [argument]:
                return f"log<sub>2</sub>{THIN}{self._inside(argument, _ATOM)}", _FACTOR
            case "sum", [index, first, last, term]:
                span = f"{self(index)[0]}={self(first)[0]}…{self(last)[0]}"
                return f"Σ<sub>{span}</sub>{THIN}({self(term)[0]})", _PRODUCT
        return f"{name}({', '.join(self(argument)[0] for argument in args)})", _ATOM

    def _binary(self, tree: ast.BinOp) -> tuple[str, int]:
        left, right = tree.left, tree.right
        match tree.op:
            case ast.Add():
                return f"{self._inside(left, _SUM)} + {self._inside(right, _SUM)}", _SUM
            case ast.Sub():
                return f"{self._inside(left, _SUM)} − {self._inside(right, _PRODUCT)}", _SUM
            case ast.Mult():
                both = self._inside(left, _PRODUCT), self._inside(right, _PRODUCT)
                return self._sign(left, right).join(both), _PRODUCT
            case ast.Mod():
                return f"{self._inside(left, _FACTOR)} mod {self._inside(right, _FACTOR)}", _PRODUCT
            case ast.Pow():
                return f"{self._inside(left, _ATOM)}<sup>{self(right)[0]}</sup>", _BASE
        ratio = f"{self._inside(left, _PRODUCT)}{THIN}/{THIN}{self._inside(right, _FACTOR)}"
        return (f"⌊{ratio}⌋", _ATOM) if isinstance(tree.op, ast.FloorDiv) else (ratio, _PRODUCT)

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
        meets_digit = self._inside(right, _PRODUCT)[0].isdigit()
        return "·" if worded or meets_digit else THIN

    def _inside(self, tree: ast.expr, level: int) -> str:
        text, own = self(tree)
        return f"({text})" if own < level else text
