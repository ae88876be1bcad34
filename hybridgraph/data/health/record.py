"""The health of a data set as values, and in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

Trouble = Literal["unreadable", "blank", "tiny", "long", "huge"]
Topic = Literal["leak", "contradiction", "twins", "unreadable", "classes", "odd"]
"""What a finding is about: pairs of three kinds, files that are left out, the number of pictures, pictures that stay in."""

_IMBALANCE = 5.0  # how many times the largest class may exceed the smallest before it is worth a sentence
_FEW = 20  # training pictures of a class below which little is learned about it
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """One picture that is not like a picture of a set should be. `reason` says what was found."""

    picture: str
    trouble: Trouble
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two pictures that are the same, or nearly.

    `is_exact` where their bytes or pixels are equal. `is_leak` where one is for training and one for validation,
    `is_contradiction` where they bear different labels.
    """

    first: str
    second: str
    is_exact: bool
    is_leak: bool
    is_contradiction: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sentence that a person should read before training."""

    topic: Topic
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Smallest, middle and largest of the widths or heights, in pixels."""

    smallest: int
    median: int
    largest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found in `checked` of `pictures` pictures.

    Counts are by class. `mean` and `std` are of the readable training pictures, each weighing the same, on a scale
    of 0 to 1. `grey` is how many of the checked pictures have no colour.
    """

    spec: str
    classes: tuple[str, ...]
    train_counts: tuple[int, ...]
    val_counts: tuple[int, ...]
    split: str
    pictures: int
    checked: int
    widths: Sides
    heights: Sides
    grey: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    oddities: tuple[Oddity, ...]
    pairs: tuple[Pair, ...]

    @property
    def imbalance(self) -> float:
        """How many times more training pictures the largest class has than the smallest."""
        return max(self.train_counts) / max(1, min(self.train_counts))

    def findings(self) -> Iterator[str]:
        """What a person should know before training, the gravest first; nothing for a sound set."""
        yield from (finding.sentence for finding in self.judge())

    def judge(self) -> Iterator[Finding]:
        """The findings with what each is about."""
        told: tuple[tuple[Topic, Iterator[str]], ...] = (
            (
                "leak",
                self._pairs(
                    "is_leak", "for training and validation", "so the validation flatters the network"
                ),
            ),
            (
                "contradiction",
                self._pairs("is_contradiction", "under different labels", "so one of the two is wrong"),
            ),
            ("unreadable", self._unreadable()),
            ("classes", self._classes()),
            ("twins", self._repeated()),
            ("odd", self._odd()),
        )
        for topic, sentences in told:
            yield from (Finding(topic=topic, sentence=sentence) for sentence in sentences)

    def as_data(self) -> dict[str, Any]:
        """The record as JSON-ready data, with the findings in words."""
        findings = {"findings": list(self.findings()), "topics": [finding.topic for finding in self.judge()]}
        return {**asdict(self), "imbalance": self.imbalance, **findings}

    def _unreadable(self) -> Iterator[str]:
        unreadable = [odd for odd in self.oddities if odd.trouble == "unreadable"]
        if unreadable:
            named = " ".join(odd.reason for odd in unreadable[:_NAMED])
            yield f"{_many(len(unreadable), 'picture')} cannot be read and will be left out. {named}{_more(unreadable)}"

    def _classes(self) -> Iterator[str]:
        if self.imbalance > _IMBALANCE:
            most, least = (pick(self.train_counts) for pick in (max, min))
            yield (
                f"The class {self._class_of(most)!r} has {most:,} pictures for training, {self._class_of(least)!r} has "
                f"{least:,}: {self.imbalance:.0f} times fewer. Weigh the classes, or gather more of the small one."
            )
        few = [name for name, count in zip(self.classes, self.train_counts, strict=True) if count < _FEW]
        if few:
            names = ", ".join(few[:_NAMED]) + (f" and {len(few) - _NAMED} more" if len(few) > _NAMED else "")
            yield f"Fewer than {_FEW} pictures for training: {names}. Little will be learned about them."
        absent = [name for name, count in zip(self.classes, self.val_counts, strict=True) if not count]
        if absent:
            yield f"No picture for validation: {', '.join(absent[:_NAMED])}. Their accuracy stays unknown."

    def _repeated(self) -> Iterator[str]:
        repeated = [pair for pair in self.pairs if not pair.is_leak and not pair.is_contradiction]
        if repeated:
            verb = "is" if len(repeated) == 1 else "are"
            yield (
                f"{_many(len(repeated), 'pair')} of pictures {verb} the same or nearly, such as "
                f"{repeated[0].first} and {repeated[0].second}."
            )

    def _odd(self) -> Iterator[str]:
        for trouble, one, many in (
            ("blank", "shows nothing", "show nothing"),
            ("tiny", "is tiny", "are tiny"),
            ("long", "is very long or tall", "are very long or tall"),
            ("huge", "is huge", "are huge"),
        ):
            odd = [each for each in self.oddities if each.trouble == trouble]
            if odd:
                what = one if len(odd) == 1 else many
                yield f"{_many(len(odd), 'picture')} {what}, such as {odd[0].picture}: {odd[0].reason}."

    def _pairs(self, fault: str, where: str, why: str) -> Iterator[str]:
        found = [pair for pair in self.pairs if getattr(pair, fault)]
        if found:
            exact = sum(pair.is_exact for pair in found)
            yield (
                f"{_many(len(found), 'pair')} of pictures ({exact:,} of them equal, the others nearly) stand both {where}, such as "
                f"{found[0].first} and {found[0].second}, {why}."
            )

    def _class_of(self, count: int) -> str:
        return self.classes[self.train_counts.index(count)]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _more(found: list[Oddity]) -> str:
    return f" And {len(found) - _NAMED:,} more." if len(found) > _NAMED else ""
