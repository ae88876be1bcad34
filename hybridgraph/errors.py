"""The exceptions of HybridGraph, one root and one leaf for each kind of mistake.

    HybridGraphError
    ├── DocumentError    a design file or another document cannot be read or written
    ├── GraphError       an edit that the graph cannot take
    ├── PatternError     a pattern string is wrong at one of its characters
    ├── BlockError       a block was given arguments or inputs it cannot work with (also a ValueError)
    ├── DataError        a data set cannot be read
    ├── RunError         a run folder cannot be made, found or used
    ├── TrainingError    training cannot go on
    ├── ExportError      an export cannot be made or does not agree with the model
    └── EngineError      the engine process cannot answer

Every message is one sentence for the person at the screen: what was tried, where, what is in the way. The
hint says what to do about it.
"""


class HybridGraphError(Exception):
    """A mistake that a person can understand and mend.

    `message` is one full sentence; `hint` is empty or says what to do.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class DocumentError(HybridGraphError):
    """A design file or another document cannot be read or written."""


class GraphError(HybridGraphError):
    """An edit that the graph cannot take."""


class PatternError(HybridGraphError):
    """A pattern string is wrong at one of its characters.

    `text` is the whole string; `length` characters from `position` (counted from 0) are what is meant. At the end
    of the string, where something is missing, `position` is `len(text)`.
    """

    def __init__(self, message: str, hint: str = "", *, text: str, position: int, length: int = 1) -> None:
        super().__init__(message, hint)
        self.text = text
        self.position = position
        self.length = max(length, 1)

    @property
    def picture(self) -> str:
        """The string with a line of carets under what is meant."""
        line = "".join(" " if each.isspace() else each for each in self.text)
        return f"{line}\n{' ' * self.position}{'^' * self.length}"


class BlockError(HybridGraphError, ValueError):
    """A block was given arguments or inputs it cannot work with."""


class DataError(HybridGraphError):
    """A data set cannot be read."""


class RunError(HybridGraphError):
    """A run folder cannot be made, found or used."""


class TrainingError(HybridGraphError):
    """Training cannot go on."""


class ExportError(HybridGraphError):
    """An export cannot be made, or its result differs from the model."""


class EngineError(HybridGraphError):
    """The engine process cannot answer."""
