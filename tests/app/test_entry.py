"""What one types into a parameter's field, and what it means."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.arithmetic import reckon
from app.panels.entry import read, show
from hybridgraph.errors import GraphError
from hybridgraph.graph.values import Cycle, First, Ramp, Ref, Value
from hybridgraph.spec import Parameter

WHOLE = Parameter(kind="int", minimum=-1000, maximum=1000, optional=True)
NUMBER = Parameter(kind="float", minimum=0, maximum=1)
SWITCH = Parameter(kind="bool")
CHOICE = Parameter(kind="choice", choices=("batch", "layer"))


@pytest.mark.parametrize(
    ("text", "parameter", "value"),
    [
        ("384", WHOLE, 384),
        ("96*2", WHOLE, 192),
        (" (7 + 1) // 2 ", WHOLE, 4),
        ("96×2", WHOLE, 192),
        ("none", WHOLE, None),
        ("0.5", NUMBER, 0.5),
        ("1", NUMBER, 1.0),
        ("on", SWITCH, True),
        ("Layer", CHOICE, "layer"),
        ("= channels", WHOLE, Ref("channels")),
        ("2, then 1", WHOLE, First(2, 1)),
        ("0, 3, …", WHOLE, Cycle((0, 3))),
        ("0, 3, ...", WHOLE, Cycle((0, 3))),
        ("0 → 0.2", NUMBER, Ramp(0.0, 0.2)),
        ("0 -> 0.2", NUMBER, Ramp(0.0, 0.2)),
        ("0 → 0.2 over the net", NUMBER, Ramp(0.0, 0.2, "net")),
    ],
)
def test_text_becomes_a_value(text: str, parameter: Parameter, value: Value) -> None:
    read_value = read(text, parameter)
    assert read_value == value
    assert type(read_value) is type(value)


@pytest.mark.parametrize(
    ("text", "parameter", "part"),
    [
        ("abc", WHOLE, "'abc' is not a number"),
        ("3.5", WHOLE, "a whole number is needed"),
        ("5000", WHOLE, "above the limit of 1000"),
        ("2, then 5000", WHOLE, "above the limit of 1000"),
        ("1/0", WHOLE, "divides by zero"),
        ("", NUMBER, "it needs a value"),
        ("0 → 3", WHOLE, "Only a parameter with a fraction"),
        ("= 3x", WHOLE, "name of a parameter"),
        ("maybe", SWITCH, "neither on nor off"),
        ("group", CHOICE, "none of batch, layer"),
        ("__import__('os')", WHOLE, "not a number"),
        ("9**9**9", WHOLE, "not a number"),
        ("9" * 400 + ".0", WHOLE, "larger than any network"),
        ("1e400-1e400", NUMBER, "larger than any network"),
        ("1e400", NUMBER, "larger than any network"),
        ("(" * 5000, WHOLE, "not a number"),
    ],
)
def test_what_is_no_value_is_refused_with_the_reason(text: str, parameter: Parameter, part: str) -> None:
    with pytest.raises(GraphError, match=re.escape(part)):
        read(text, parameter)


WORDS = st.integers(-1000, 1000)
SHARES = st.integers(0, 100).map(lambda number: number / 100)


@given(
    st.one_of(
        WORDS,
        st.none(),
        st.builds(First, WORDS, WORDS),
        st.lists(WORDS, min_size=1).map(lambda v: Cycle(tuple(v))),
    )
)
def test_what_is_shown_reads_as_the_same_value(value: Value) -> None:
    assert read(show(value), WHOLE) == value


@given(st.builds(Ramp, SHARES, SHARES, st.sampled_from(["stage", "net"])))
def test_what_is_shown_of_a_ramp_reads_as_the_same(value: Ramp) -> None:
    assert read(show(value), NUMBER) == value


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    with contextlib.suppress(GraphError):
        assert isinstance(reckon(text), int | float)
