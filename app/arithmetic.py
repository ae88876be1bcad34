"""Sums that a person types where a number is wanted."""

from __future__ import annotations

from app.language import tr
from hybridgraph.errors import DocumentError, GraphError

_SIGNS = str.maketrans({"−": "-", "×": "*", "·": "*", "÷": "/"})
_LARGEST = 10**12


def reckon(text: str) -> float:
    """The number that a sum such as `96*2` or `(7+1)/2` comes to.

    Raises GraphError when it is no sum of numbers. Nothing but the arithmetic of the pages' formulas is read.
    """
    from hybridgraph.pages.formula import (
        Formula,
    )  # the pages' own arithmetic, read when the first sum is typed

    words = text.translate(_SIGNS).strip().lstrip("+")
    try:
        formula = Formula(words)
        if "**" in words or formula.names:
            raise DocumentError(tr("A sum has neither powers nor names."))
        number = formula.value({})
    except (DocumentError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error.__cause__, ZeroDivisionError):
            raise GraphError(tr("{text} divides by zero.", text=text)) from None
        raise GraphError(
            tr("{text!r} is not a number.", text=text),
            tr("Write a number, a sum like 96*2, or = and a parameter's name."),
        ) from None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise GraphError(
            tr("{text!r} is not a number.", text=text), tr("Write a number, or a sum like 96*2.")
        )
    if not abs(number) <= _LARGEST:  # refuses what is not a number at all, as well
        raise GraphError(tr("{text} is larger than any network can use.", text=text))
    return number
