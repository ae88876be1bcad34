"""Arithmetic that a page writes down: parsed once, evaluated with the numbers of a node.

A formula is one expression of Python's grammar with + - * / // % **, comparisons, `a if condition else b`, `and`, `or`,
`not`, the functions in FUNCTIONS and `sum(i, first, last, term)`, the sum of a term over whole numbers. Nothing else is
accepted, so a page can compute but do nothing. A dotted name such as `x.height` is a single name: the height of the
shape on port x.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hybridgraph.errors import DocumentError

Number = int | float
Known = int | float | bool | str | None
Names = Mapping[str, Known]

MAX_EXPONENT = 8
"""No cost grows faster; it keeps a slip of the pen from taking the machine's memory."""

MAX_TERMS = 64

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ceil": math.ceil,
    "log2": lambda number: int(number).bit_length() - 1,  # of a power of two
    "max": max,
    "min": min,
    "round": round,
    "sqrt": math.isqrt,  # of a square number
}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


@dataclass(frozen=True)
class Formula:
    """One expression. Raises DocumentError when the text is none, or uses what a formula may not."""

    text: str

    def __post_init__(self) -> None:
        _check(self.tree, self.text)

    @cached_property
    def tree(self) -> ast.expr:
        """The expression as a syntax tree."""
        try:
            return ast.parse(self.text.strip(), mode="eval").body
        except SyntaxError as error:
            raise DocumentError(f"The formula {self.text!r} cannot be read: {error.msg}.") from error

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that the formula uses."""
        return frozenset(_names(self.tree))

    def value(self, known: Names) -> Any:
        """The number (in a condition: truth or text) that the formula stands for with these names.

        Raises DocumentError when a name is not known, or the arithmetic has no result.
        """
        try:
            return evaluate(self.tree, known)
        except (ZeroDivisionError, OverflowError, TypeError, ValueError) as error:
            raise DocumentError(f"The formula {self.text!r} has no value here: {error}.") from error


def evaluate(tree: ast.expr, known: Names) -> Any:
    """The value of a checked expression. Raises DocumentError when a name is not known."""
    match tree:
        case ast.Constant(value=value):
            return value
        case ast.Name() | ast.Attribute():
            return _look_up(dotted(tree), known)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = evaluate(left, known), evaluate(right, known)
            if isinstance(op, ast.Pow) and abs(b) > MAX_EXPONENT:
                raise ValueError(f"an exponent of {b} is above {MAX_EXPONENT}")
            return _BINARY[type(op)](a, b)
        case ast.UnaryOp(op=op, operand=operand):
            value = evaluate(operand, known)
            return (not value) if isinstance(op, ast.Not) else -value
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return evaluate(body if evaluate(test, known) else orelse, known)
        case ast.BoolOp(op=op, values=values):
            every = (evaluate(value, known) for value in values)
            return all(every) if isinstance(op, ast.And) else any(every)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _COMPARE[type(op)](evaluate(left, known), evaluate(right, known))
        case ast.Call(func=ast.Name(id="sum"), args=[ast.Name(id=index), first, last, term]):
            terms = range(evaluate(first, known), evaluate(last, known) + 1)
            if len(terms) > MAX_TERMS:
                raise ValueError(f"a sum of {len(terms)} terms is longer than {MAX_TERMS}")
            return sum(evaluate(term, {**known, index: each}) for each in terms)
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*(evaluate(argument, known) for argument in args))
    raise AssertionError(ast.dump(tree))  # the check at the start lets nothing else through


def dotted(tree: ast.expr) -> str:
    """The name that a Name or an Attribute of a Name spells: "channels", "x.height"."""
    match tree:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=port), attr=name):
            return f"{port}.{name}"
    return ""


def _look_up(name: str, known: Names) -> Known:
    if name not in known:
        raise DocumentError(f"A formula uses {name!r}, which the block does not have.")
    return known[name]


def _names(tree: ast.expr) -> list[str]:
    if name := dotted(tree):
        return [name]
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "sum":
        index = dotted(tree.args[0])
        return [name for argument in tree.args[1:] for name in _names(argument) if name != index]
    if isinstance(tree, ast.Call):
        return [name for argument in tree.args for name in _names(argument)]
    return [
        name for part in ast.iter_child_nodes(tree) if isinstance(part, ast.expr) for name in _names(part)
    ]


def _check(tree: ast.expr, text: str) -> None:
    """Raise DocumentError at the first thing that is not arithmetic."""
    match tree:
        case ast.Constant(value=value) if value is None or type(value) in (int, float, bool, str):
            return
        case ast.Name() | ast.Attribute() if dotted(tree):
            return
        case ast.BinOp(op=op) if type(op) in _BINARY:
            pass
        case ast.UnaryOp(op=ast.Not() | ast.USub()) | ast.IfExp() | ast.BoolOp():
            pass
        case ast.Compare(ops=[op]) if type(op) in _COMPARE:
            pass
        case ast.Call(func=ast.Name(id="sum"), args=[ast.Name(), *args], keywords=[]) if len(args) == 3:
            for argument in args:
                _check(argument, text)
            return
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            for argument in args:
                _check(argument, text)
            return
        case _:
            raise DocumentError(f"The formula {text!r} holds more than arithmetic: {ast.unparse(tree)}.")
    for part in ast.iter_child_nodes(tree):
        if isinstance(part, ast.expr):
            _check(part, text)
