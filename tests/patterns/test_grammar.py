"""Pattern strings are read and written: what means the same, what reads back, and where a mistake is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hybridgraph.errors import PatternError
from hybridgraph.graph.values import Ramp
from hybridgraph.patterns import Part, Pattern, looks_like_pattern, parse, write
from tests.patterns.strategies import written
from tests.strategies import is_sentence


@given(written())
def test_what_is_written_reads_back(pattern: Pattern) -> None:
    assert parse(write(pattern)) == pattern


@given(st.text(max_size=30) | st.text("CTMWESRPBAHx0129·./-()=,: drop", max_size=30))
@example("C\x00")
@example("C" * 5000)
@example("C" + "9" * 3000)
@example("C(eps=0." + "9" * 3000 + ")")
@example("drop=0")
def test_any_text_is_a_pattern_or_has_a_mistake_with_a_place(text: str) -> None:
    pattern, mistake = attempted(text)
    if pattern is not None:
        assert parse(write(pattern)) == pattern
    if mistake is not None:
        assert 0 <= mistake.position <= len(mistake.text)
        assert mistake.position + mistake.length <= len(mistake.text) + 1
        line, carets = mistake.picture.split("\n")
        assert len(line) == len(mistake.text)
        assert carets.strip("^ ") == ""
        assert is_sentence(mistake.message)


def attempted(text: str) -> tuple[Pattern | None, PatternError | None]:
    """The pattern, or the mistake."""
    try:
        return parse(text), None
    except PatternError as mistake:
        return None, mistake


@pytest.mark.parametrize(
    "text",
    [
        "S2 C2·96 M7·384/2(window=14)",
        "s2 c2.96 m7.384/2(window=14)",
        "S2-C2*96-M7*384/2(window=14)",
        "S2 C2x96 M7x384/2(window=14)",
        "  S2  -  C2×96 – M7·384/2( WINDOW = 14 ) ",
    ],
)
def test_there_are_several_ways_to_type_the_same(text: str) -> None:
    assert parse(text) == Pattern(
        stem=Part(letter="S", number=2),
        stages=(
            Part(letter="C", number=2, width=96),
            Part(letter="M", number=7, width=384, stride=2, options=(("window", 14),)),
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        "C-C-T-T",
        "S2 C2·96 C3·192 M7·384 M2·768",
        "P16 T14·384",
        "X3·96 X3·192",
        "x-X",
        "E12·768 H(pool=mean) drop=0.1",
        "V10·384(drop_path=0:0.1, kind_k=linear)",
        "AA4·512(pool, relative=no)",
        "C(se_reduction=none)",
        "C(drop_path=0.000001)",
    ],
)
def test_strings_in_plain_form_are_written_as_they_were_read(text: str) -> None:
    assert write(parse(text)) == text.replace("x-X", "X-X")


def test_options_hold_what_their_parameters_do() -> None:
    options = dict(parse("C(drop_path=0:0.2, se_reduction=none, pool=avg, kernel=5)").stages[0].options)
    assert options == {"drop_path": Ramp(0.0, 0.2), "se_reduction": None, "pool": "avg", "kernel": 5}


def test_a_part_knows_where_it_stands() -> None:
    text = "S2 C2·96/2(kernel=5)"
    places = parse(text).stages[0].places
    read = {name: text[start : start + length] for name, (start, length) in places.items()}
    assert read == {"letter": "C", "number": "2", "width": "96", "stride": "2", "kernel": "kernel=5"}


# The string with the characters that are meant between ‹›, and what the message and its hint say of them.
MISTAKES = [
    ("‹›", "empty"),
    ("C-C-‹Q›-T", "“Q” is no letter of a pattern. The stages are C, T, M,"),
    ("‹CCTT›", "Did you mean C-C-T-T?"),
    ("C-‹CBAN›", "Did you mean CBAM"),
    ("C-C-‹›", "A stage is expected after the dash"),
    ("C‹;›T", "“;” means nothing in a pattern"),
    ("C ‹2›", "Numbers stand right behind their letter."),
    ("C2·‹›", "A number (1 to 1048576) is expected here, not the end"),
    ("C3·‹·›4", "not “·”"),
    ("C‹0›", "1 to 512 is. The nearest is 1."),
    ("S‹3› C", "S counts convolutions: 3 is not possible, 2 is."),
    ("RS‹4› R", "1 to 31, odd is. The nearest is 3."),
    ("M-M/‹9›", "The nearest is 8."),
    ("P4/‹2› W", "cannot be set"),
    ("C2‹T›3", "Put a space or a dash"),
    ("C(‹stridein›=expand)", "Did you mean stride_in?"),
    ("C(‹channels›=96)", "Write it as in C2·96/2"),
    ("T(‹pool›)", "“pool” needs a value, as in pool=…. It takes max, avg."),
    ("C(pool=‹maxi›)", "Did you mean max?"),
    ("C(‹kernel=0›)", "0 is below the limit"),
    ("C(kernel=3, ‹kernel›=5)", "set twice"),
    ("C(kernel=3‹›", "“,” or “)” is expected here, not the end"),
    ("W(‹window=1:7›)", "only a number with a fraction"),
    ("C drop=‹2›", "a rate from 0 to 0.99"),
    ("C ‹rate›=0.2", "The only one is drop"),
    ("C drop=0.1 ‹drop›=0.2", "set twice"),
    ("H‹›", "no stage"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "said"), MISTAKES)
def test_a_mistake_is_shown_at_its_character(marked: str, said: str) -> None:
    start, end = marked.index("‹"), marked.index("›") - 1
    with pytest.raises(PatternError) as caught:
        parse(marked.replace("‹", "").replace("›", ""))
    mistake = caught.value
    assert said in str(mistake)
    assert is_sentence(mistake.message)
    assert (mistake.position, mistake.length) == (start, max(end - start, 1))


@pytest.mark.parametrize(
    ("text", "at"), [("C-S2", 2), ("S-S-C", 2), ("H-C", 2), ("C drop=0.1 T", 11), ("C-H-T", 4)]
)
def test_stem_stages_head_and_setting_come_in_order(text: str, at: int) -> None:
    with pytest.raises(PatternError) as caught:
        parse(text)
    assert caught.value.position == at


@pytest.mark.parametrize(
    "text",
    ["C-C-T-T", "c", "C-C-Q-T", "S2 C2·96 M7·384", "T42·1536/1", "M(window=7, expansion=2) M", "s2 c2x96"],
)
def test_these_are_meant_as_patterns(text: str) -> None:
    assert looks_like_pattern(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "moat-9",
        "swin-x",
        "cbam-resnet-19",
        "se-resnet-51",
        "mine.hybrid.json",
        "C.json",
        "a/b",
        "designs/c",
        "E:\\a",
    ],
)
def test_these_are_meant_as_presets_or_files(text: str) -> None:
    assert not looks_like_pattern(text)
