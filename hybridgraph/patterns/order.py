"""Which stage can follow which, and mistakes at the places of a pattern's parts."""

from __future__ import annotations

from hybridgraph.errors import PatternError
from hybridgraph.patterns.model import Part, Pattern


def check_order(pattern: Pattern, index: int, before: int, width: int, stride: int) -> None:
    """Refuse a stage that cannot follow the one before. Raises PatternError."""
    part = pattern.stages[index]
    previous = pattern.stages[index - 1].letter if index else ""
    if previous == "E" and part.letter != "E":
        raise mistake_at(
            pattern,
            part,
            "letter",
            f"{part.letter} needs a map, but E leaves tokens.",
            "After E only E can follow.",
        )
    if previous == "E" and (width != before or stride != 1):
        which, value = ("width", before) if width != before else ("stride", 1)
        raise mistake_at(
            pattern, part, which, f"E keeps width and grid of the E before it: the {which} has to be {value}.",
        )  # fmt: skip
    if part.letter == "W":
        _check_merging(pattern, part, before, width, stride)


def _check_merging(pattern: Pattern, part: Part, before: int, width: int, stride: int) -> None:
    """Patch merging halves the grid and multiplies the width by 1 to 8; without it both stay."""
    if stride == 1 and width != before:
        raise mistake_at(
            pattern, part, "width",
            f"W keeps the width of {before} where it does not halve the grid; {width} is not possible.",
            f"Write W·{before}" + (f" or W·{width}/2." if before and width % before == 0 else "."),
        )  # fmt: skip
    if stride == 2 and (not before or width % before or width // before > 8):
        times = min(max(round(width / before), 1), 8) if before else 2
        raise mistake_at(
            pattern, part, "width",
            f"W widens {before} channels by a whole factor of 1 to 8; {width} is not possible.",
            f"The nearest is {times * before}.",
        )  # fmt: skip


def mistake_at(pattern: Pattern, part: Part, place: str, message: str, hint: str = "") -> PatternError:
    """A PatternError at this place of a part, or at its letter where that is left out."""
    position, length = part.places.get(place) or part.places.get("letter", (0, len(pattern.text)))
    return PatternError(message, hint, text=pattern.text, position=position, length=length)
