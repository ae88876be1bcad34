"""The tokens of a pattern string: words, numbers, and the signs between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from hybridgraph.errors import PatternError

Kind = Literal["word", "number", "times", "dash", "space", "/", "(", ")", "=", ",", ":", "end"]
MAX_CHARACTERS = 4000
_TIMES, _DASHES, _DIGITS = "·.*×", "-–", "0123456789"
_PLAIN: dict[str, Kind] = {"/": "/", "(": "(", ")": ")", "=": "=", ",": ",", ":": ":"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of the text and where it begins. Words are in the case they were typed in."""

    kind: Kind
    text: str
    position: int

    @property
    def end(self) -> int:
        """Where the next token begins."""
        return self.position + len(self.text)

    @property
    def name(self) -> str:
        """What messages call the token."""
        return {"end": "the end", "space": "a space"}.get(self.kind, f"“{self.text}”")


def scan(text: str) -> list[Token]:
    """The tokens of a text, an `end` last. Raises PatternError at a character that means nothing in a pattern."""
    if len(text) > MAX_CHARACTERS:
        raise PatternError(
            f"A pattern has at most {MAX_CHARACTERS:,} characters, this one has {len(text):,}.",
            text=text[: MAX_CHARACTERS + 1],
            position=MAX_CHARACTERS,
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        token = _token(text, position, tokens[-1] if tokens else None)
        tokens.append(token)
        position = token.end
    return [*tokens, Token(kind="end", text="", position=len(text))]


def _token(text: str, start: int, before: Token | None) -> Token:
    """The token that begins at `start`."""
    character = text[start]
    if character in _DIGITS:
        return Token(kind="number", text=_run(text, start, _DIGITS.__contains__), position=start)
    if character.isspace():
        return Token(kind="space", text=_run(text, start, str.isspace), position=start)
    after_number = before is not None and before.kind == "number"
    before_number = text[start + 1 : start + 2].isdigit()
    if character in _TIMES or (character in "xX" and after_number and before_number):
        return Token(kind="times", text=character, position=start)
    if character.isalpha() or character == "_":
        return Token(kind="word", text=_run(text, start, _in_word), position=start)
    if character in _DASHES:
        return Token(kind="dash", text=character, position=start)
    if plain := _PLAIN.get(character):
        return Token(kind=plain, text=character, position=start)
    shown = f"“{character}”" if character.isprintable() else f"The character U+{ord(character):04X}"
    raise PatternError(
        f"{shown} means nothing in a pattern.",
        "Stages are letters with numbers, such as C2·96, between spaces or dashes.",
        text=text,
        position=start,
    )


def _in_word(character: str) -> bool:
    return character.isalpha() or character == "_"


def _run(text: str, start: int, belongs: Callable[[str], bool]) -> str:
    """The characters from `start` on that belong together."""
    end = start
    while end < len(text) and belongs(text[end]):
        end += 1
    return text[start:end]
