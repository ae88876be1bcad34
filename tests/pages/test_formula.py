"""Formulas compute what they say, refuse everything else, and are set as mathematics."""

from typing import Any

import pytest

from hybridgraph.errors import DocumentError
from hybridgraph.pages.formula import Formula
from hybridgraph.pages.typeset import digits, letters

KNOWN = {
    "C": 12,
    "C_in": 7,
    "k": 3,
    "norm": "batch",
    "pool": True,
    "window": None,
    "x.height": 15,
    "kappa": 0.5,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2*C**2 + C - 1", 299),
        ("ceil(x.height / 2)", 8),
        ("C//5 + C % 5", 4),
        ("-C + 20", 8),
        ("C if norm == 'batch' and pool else 0", 12),
        ("0 if window is None else window**2", 0),
        ("C if not pool or C_in != C else 1", 12),
        ("max(1, round(kappa*C_in), min(C, 2))", 4),
        ("sum(i, 1, 3, 2**i*C)", 168),
        ("sum(i, 1, 0, C)", 0),
        ("log2(16) + sqrt(49)", 11),
    ],
)
def test_formulas_compute(text: str, value: int) -> None:
    assert Formula(text).value(KNOWN) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "open('x')", "(lambda: 1)()", "[C]", "C[0]", "f'{C}'", "x.y.z", "C; C",
        "sum(1, 1, 2, C)", "ceil(C, key=1)", "C & 1", "1 < C < 3", "b'x'", "C := 1", "",
    ],
)  # fmt: skip
def test_formulas_refuse_all_but_arithmetic(text: str) -> None:
    with pytest.raises(DocumentError, match="formula"):
        Formula(text)


@pytest.mark.parametrize(
    "text", ["C/0", "10**C", "sum(i, 0, 10000, C)", "norm*norm", "unknown", "C.__class__"]
)
def test_formulas_without_a_value_say_so(text: str) -> None:
    with pytest.raises(DocumentError, match="formula"):
        Formula(text).value(KNOWN)


def test_a_formula_knows_its_names() -> None:
    assert Formula("sum(i, 1, k, i*C) + x.height").names == {"C", "k", "x.height"}


@pytest.mark.parametrize(
    ("text", "set_letters", "set_digits"),
    [
        ("2*C**2 + k", "2\u202f<i>C</i><sup>2</sup> + <i>k</i>", "2·12<sup>2</sup> + 3"),
        ("(C - (k - 1))*C_in", "(<i>C</i> − (<i>k</i> − 1))\u202f<i>C</i><sub>in</sub>", "(12 − (3 − 1))·7"),
        ("C if pool else 0", "<i>C</i> if pool, else 0", "12"),
        ("ceil(x.height / 2)", "⌈<i>H</i><sub>x</sub>\u202f/\u202f2⌉", "⌈15\u202f/\u202f2⌉"),
        ("kappa*C", "kappa·<i>C</i>", "0.5·12"),
        ("C//(2*k)", "⌊<i>C</i>\u202f/\u202f(2\u202f<i>k</i>)⌋", "⌊12\u202f/\u202f(2·3)⌋"),
    ],
)
def test_formulas_are_set_in_letters_and_in_digits(text: str, set_letters: str, set_digits: str) -> None:
    formula = Formula(text)
    assert letters(formula) == set_letters
    assert digits(formula, KNOWN) == set_digits


def test_digits_compute_to_the_same_value() -> None:
    """What is shown under a formula is arithmetic with the same result."""
    formula = Formula("k**2*C_in*C + (C - 1)*(k + 2) - C//5")
    shown = (
        digits(formula, KNOWN)
        .replace("−", "-")
        .replace("·", "*")
        .replace("<sup>", "**")
        .replace("</sup>", "")
    )
    shown = shown.replace("⌊", "int(").replace("⌋", ")").replace("\u202f", "")
    value: Any = eval(shown, {"int": int})
    assert value == formula.value(KNOWN)
