"""From a pattern string to a `Pattern`: a parser by recursive descent, one method for each rule of the grammar.

    pattern = [ stem, sep ], stage, { sep, stage }, [ sep, head ], [ sep, setting ] ;
    stem    = part ;    stage = part ;    head = part ;    (* by their letters *)
    part    = letter, [ number ], [ times, width ], [ "/", stride ], [ "(", option, { ",", option }, ")" ] ;
    option  = name, [ "=", value ] ;
    value   = decimal | decimal, ":", decimal | word | "yes" | "no" | "none" ;
    setting = "drop", "=", decimal ;
    times   = "·" | "." | "*" | "×" | "x" ;    (* x only between two numbers *)
    sep     = space, { space } | { space }, ( "-" | "–" ), { space } ;
    number  = digit, { digit } ;    width = number ;    stride = number ;
    decimal = number, [ ".", number ] ;

Every mistake is a PatternError at its character, which says what was expected there and what is nearest to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from hybridgraph import catalog
from hybridgraph.errors import PatternError
from hybridgraph.graph.values import Ramp
from hybridgraph.patterns.hints import complaint, names_of, nearest, range_of, values_of
from hybridgraph.patterns.letters import BY_NAME, HEAD, NETWIDE, STAGES, STEMS, Letter, letter_named
from hybridgraph.patterns.model import Option, Part, Pattern, Span
from hybridgraph.patterns.scanner import Kind, Token, scan
from hybridgraph.spec import Parameter

MAX_STAGES = 64
MAX_DIGITS = 15
EXAMPLE = "A pattern is written like C-C-T-T or S2 C2·96 C3·192 M7·384 M2·768."
_WORD = re.compile(r"([A-Za-z]+)(\d*(?:[·.*×x]\d*)?(?:/\d*)?)(\(|$)")
_WORDS: dict[str, Option] = {"yes": True, "true": True, "no": False, "false": False, "none": None}


def parse(text: str) -> Pattern:
    """The pattern that a text writes. Raises PatternError with the place of the first mistake."""
    return _Parser(text).pattern()


def looks_like_pattern(text: str) -> bool:
    """Whether a text is more likely a pattern than the name of a file or preset: most of its words are letters.

    It may still be wrong at a character, which `parse` says.
    """
    if text.endswith(".json"):
        return False
    words = text.replace("–", "-").replace("-", " ").split()
    known = [word for word in words if (found := _WORD.match(word)) and letter_named(found[1])]
    return bool(words) and words[0] in known and 2 * len(known) > len(words)


def option_parameters(letter: Letter) -> dict[str, Parameter]:
    """The parameters that can be options of a letter, by name."""
    blocks = [letter.block, letter.last] if letter is HEAD else [letter.block]
    known = catalog.load()
    return {
        name: parameter
        for block in blocks
        for name, parameter in known[block].params.items()
        if letter.is_option(name)
    }


class _Parser:
    """The tokens of one text and how far they are read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = scan(text)
        self.index = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def error(self, message: str, hint: str = "", *, at: Token | Span | None = None) -> PatternError:
        """The mistake at a token, or at the one that is to be read."""
        at = at or self.token
        position, length = (at.position, len(at.text)) if isinstance(at, Token) else at
        return PatternError(message, hint, text=self.text, position=position, length=length)

    def take(self, kind: Kind) -> Token | None:
        """The next token if it is of that kind, which is read then."""
        if self.token.kind != kind:
            return None
        self.index += 1
        return self.tokens[self.index - 1]

    def need(self, kind: Kind, expected: str, hint: str = "") -> Token:
        """The next token, which has to be of that kind; `expected` names it in the message."""
        taken = self.take(kind)
        if taken is None:
            raise self.error(f"{expected} is expected here, not {self.token.name}.", hint)
        return taken

    def pattern(self) -> Pattern:
        parts: list[Part] = []
        drop: float | None = None
        self.take("space")
        if self.token.kind == "end":
            raise self.error("The pattern is empty.", EXAMPLE)
        while True:
            if self.token.kind == "word" and self.tokens[self.index + 1].kind == "=":
                drop = self.setting(drop)
            else:
                parts.append(self.part(parts, closed=drop is not None))
            if not self.separator():
                break
        stem = parts.pop(0) if parts and BY_NAME[parts[0].letter].role == "stem" else None
        head = parts.pop() if parts and BY_NAME[parts[-1].letter].role == "head" else None
        if not parts:
            raise self.error("The pattern has no stage.", f"Add one of {names_of(STAGES)}.")
        return Pattern(stages=tuple(parts), stem=stem, head=head, drop=drop, text=self.text)

    def separator(self) -> bool:
        """Read what stands between two parts; False at the end of the text."""
        spaced = self.take("space")
        dash = self.take("dash")
        self.take("space")
        if self.token.kind == "end":
            if dash:
                raise self.error("A stage is expected after the dash.", f"Add one of {names_of(STAGES)}.")
            return False
        if not spaced and not dash:
            raise self.error(
                f"{self.token.name} cannot stand here.", "Put a space or a dash before the next stage."
            )
        return True

    def setting(self, before: float | None) -> float:
        """`drop=0.2`."""
        name = self.need("word", "A setting")
        if name.text.casefold() != NETWIDE:
            raise self.error(
                f"“{name.text}” is no setting of a whole net.",
                f"The only one is {NETWIDE}=…; options of one stage stand in parentheses behind it.",
                at=name,
            )
        if before is not None:
            raise self.error(f"“{NETWIDE}” is set twice.", at=name)
        self.need("=", "“=”")
        start = self.token.position
        value = self.number()
        if not 0 <= value <= 0.99:
            raise self.error(f"{NETWIDE} is a rate from 0 to 0.99.", at=(start, self.token.position - start))
        return float(value)

    def part(self, before: Sequence[Part], *, closed: bool) -> Part:
        """A stem, a stage or the head, which has to be allowed behind those read before."""
        close = "Numbers stand right behind their letter." if self.token.kind == "number" else ""
        word = self.need(
            "word", "The letter of a stage" if before else "The letter of a stem or stage", close
        )
        letter = letter_named(word.text)
        if letter is None:
            raise self.unknown(word)
        if closed or (before and BY_NAME[before[-1].letter].role == "head"):
            raise self.error(f"“{word.text}” stands behind the head and settings, which come last.", at=word)
        if letter.role == "stem" and before:
            raise self.error(
                f"{letter.name} is a stem, and a stem comes first.",
                f"The stages are {names_of(STAGES)}.",
                at=word,
            )
        if (
            letter.role == "stage"
            and len([p for p in before if BY_NAME[p.letter].role == "stage"]) == MAX_STAGES
        ):
            raise self.error(f"A pattern has at most {MAX_STAGES} stages.", at=word)
        places: dict[str, Span] = {"letter": (word.position, len(word.text))}
        number = width = stride = None
        if self.token.kind == "number":
            number = self.whole(places, "number", letter.numbers, f"{letter.name} counts {letter.counts}")
        if self.token.kind == "times":
            if letter is HEAD:
                raise self.error("The head has no width; its options stand in parentheses.")
            self.index += 1
            width = self.whole(places, "width", range(1, (1 << 20) + 1), "A width is a number of channels")
        if self.token.kind == "/":
            self.index += 1
            stride = self.whole(places, "stride", letter.strides, f"The stride of {letter.name}")
        options: dict[str, Option] = {}
        if self.take("("):
            self.options(letter, options, places)
        ordered = tuple(sorted(options.items()))
        return Part(
            letter=letter.name, number=number, width=width, stride=stride, options=ordered, places=places
        )

    def unknown(self, word: Token) -> PatternError:
        """The mistake of a word that is no letter."""
        names = {name.casefold(): name for name in BY_NAME}
        plain = word.text.casefold()
        if all(each in names for each in plain):
            hint = f"Did you mean {'-'.join(names[each] for each in plain)}?"
        else:
            near = get_close_matches(plain, names, 2, 0.4)
            hint = (
                f"Did you mean {' or '.join(names[each] for each in near)}?"
                if near
                else f"The stages are {names_of(STAGES)}; the stems {names_of(STEMS)}."
            )
        return self.error(f"“{word.text}” is no letter of a pattern.", hint, at=word)

    def whole(self, places: dict[str, Span], name: str, allowed: Sequence[int], subject: str) -> int:
        """A whole number that is among those allowed."""
        described = range_of(allowed)
        token = self.need("number", f"A number ({described})" if allowed else "Nothing")
        value = int(token.text) if len(token.text) <= MAX_DIGITS else 10**MAX_DIGITS
        places[name] = (token.position, len(token.text))
        if not allowed:
            raise self.error(f"{subject} cannot be set: {token.text} has no place here.", at=token)
        if value not in allowed:
            raise self.error(
                f"{subject}: {token.text} is not possible, {described} is.",
                f"The nearest is {nearest(allowed, value)}.",
                at=token,
            )
        return value

    def number(self) -> int | float:
        """A number, with a fraction or without."""
        whole = self.need("number", "A number")
        text = whole.text
        if self.token.kind == "times" and self.token.text == ".":
            self.index += 1
            text += f".{self.need('number', 'The digits behind the point').text}"
            return float(text)
        if len(text) > MAX_DIGITS:
            raise self.error("This number is too large.", at=whole)
        return int(text)

    def options(self, letter: Letter, options: dict[str, Option], places: dict[str, Span]) -> None:
        """What stands in parentheses."""
        known = option_parameters(letter)
        while True:
            self.take("space")
            name = self.need("word", f"An option of {letter.name}", f"They are {', '.join(known)}.")
            key = name.text.casefold()
            if key not in known:
                raise self.no_option(letter, name, known)
            if key in options:
                raise self.error(f"“{key}” is set twice.", at=name)
            self.take("space")
            if self.take("="):
                options[key] = self.value(known[key], name)
            elif known[key].kind == "bool":
                options[key] = True
            else:
                raise self.error(f"“{key}” needs a value, as in {key}=….", values_of(known[key]), at=name)
            places[key] = (name.position, self.token.position - name.position)
            if fault := complaint(known[key], options[key]):
                raise self.error(f"{letter.name}, {key}: {fault}.", at=places[key])
            self.take("space")
            if self.take(")"):
                return
            self.need(",", "“,” or “)”")

    def no_option(self, letter: Letter, name: Token, known: dict[str, Parameter]) -> PatternError:
        """The mistake of a word that is no option of its letter."""
        key = name.text.casefold()
        near = get_close_matches(key, known, 2)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"They are {', '.join(known)}."
        if key in letter.written:
            hint = "Write it as in C2·96/2: number, width and stride stand behind the letter."
        return self.error(f"{letter.name} has no option “{name.text}”.", hint, at=name)

    def value(self, parameter: Parameter, name: Token) -> Option:
        """What stands behind the sign of equality."""
        self.take("space")
        if self.token.kind == "number":
            start = self.number()
            if not self.take(":"):
                return float(start) if parameter.kind == "float" else start
            return Ramp(float(start), float(self.number()))
        word = self.need("word", f"A value for {name.text}", values_of(parameter))
        plain = word.text.casefold()
        if plain in parameter.choices:  # before the words that mean true, false and nothing
            return plain
        if plain in _WORDS and parameter.kind != "choice":
            return _WORDS[plain]
        if plain == "none" and parameter.optional:
            return None
        near = get_close_matches(plain, [*parameter.choices, *_WORDS], 1)
        raise self.error(
            f"“{word.text}” is no value of {name.text}.",
            f"Did you mean {near[0]}?" if near else values_of(parameter),
            at=word,
        )
