"""What hypothesis draws of patterns: any that can be written, and those whose stages can follow one another."""

from __future__ import annotations

from hypothesis import strategies as st

from hybridgraph.graph.values import Ramp
from hybridgraph.patterns import Letter, Part, Pattern
from hybridgraph.patterns.letters import BY_NAME, HEAD, STAGES, STEMS
from hybridgraph.patterns.model import Option
from hybridgraph.patterns.parser import option_parameters
from hybridgraph.spec import Parameter

widths = st.integers(1, 64).map(lambda number: 8 * number)


def values(parameter: Parameter) -> st.SearchStrategy[Option]:
    """Anything that an option can hold."""
    least, most = parameter.minimum or 0, parameter.maximum or 0
    kinds: dict[str, st.SearchStrategy[Option]] = {
        "bool": st.booleans(),
        "choice": st.sampled_from(parameter.choices or ("",)),
        "int": st.integers(int(least), int(min(most, 64))),
        "float": st.floats(least, most) | st.builds(Ramp, st.floats(least, most), st.floats(least, most)),
    }
    return kinds[parameter.kind] | st.none() if parameter.optional else kinds[parameter.kind]


@st.composite
def parts(draw: st.DrawFn, letter: Letter, *, width: st.SearchStrategy[int] = widths) -> Part:
    known = option_parameters(letter)
    names = draw(st.lists(st.sampled_from(sorted(known)), unique=True, max_size=2)) if known else []
    return Part(
        letter=letter.name,
        number=draw(st.none() | st.sampled_from(letter.numbers)) if letter.numbers else None,
        width=draw(st.none() | width) if letter is not HEAD else None,
        stride=draw(st.none() | st.sampled_from(letter.strides)) if letter.strides else None,
        options=tuple((name, draw(values(known[name]))) for name in sorted(names)),
    )


@st.composite
def written(draw: st.DrawFn) -> Pattern:
    """Any pattern that can be written, whether or not a design can be built from it."""
    return Pattern(
        stages=tuple(draw(st.lists(st.sampled_from(STAGES).flatmap(parts), min_size=1, max_size=6))),
        stem=draw(st.none() | st.sampled_from(STEMS).flatmap(parts)),
        head=draw(st.none() | parts(HEAD)),
        drop=draw(st.none() | st.floats(0, 0.99)),
    )


@st.composite
def sound(draw: st.DrawFn) -> Pattern:
    """Patterns whose stages can follow one another."""
    free = [letter for letter in STAGES if letter.name not in ("W", "E")]
    stages = draw(st.lists(st.sampled_from(free).flatmap(parts), max_size=4))
    width = draw(widths)
    if draw(st.booleans()):  # Swin doubles the width, or keeps it
        stages = [Part(letter="W", width=width), Part(letter="W", width=2 * width, stride=2), *stages]
    elif draw(st.booleans()) or not stages:  # tokens come last and stay what they are
        options = draw(parts(BY_NAME["E"])).options
        stages += [
            Part(letter="E", width=width, options=options),
            Part(letter="E", width=width, number=draw(st.integers(1, 9))),
        ]
    stem = draw(st.none() | st.sampled_from([s for s in STEMS if stages[0].letter != "W"] or [None]).flatmap(
        lambda letter: st.none() if letter is None else parts(letter)))  # fmt: skip
    return Pattern(stages=tuple(stages), stem=stem, drop=draw(st.none() | st.floats(0, 0.99)))
