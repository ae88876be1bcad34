"""Small pieces of source text: shapes in comments, values over repeats, line breaks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from hybridgraph.plan import Argument, Stage, identifier
from hybridgraph.shapes import Shape

WIDTH = 110


def tensor(shape: Shape) -> str:
    """A shape as people write it beside code: (B, 64, 112, 112)."""
    return f"({', '.join(['B', *map(str, shape.dims)])})"


def commented(code: str, outputs: Mapping[str, Shape]) -> str:
    """A line of code with the shapes of what it gives."""
    shapes = ", ".join(tensor(shape) for shape in outputs.values())
    return f"{code:<46}  # {shapes}"


def returns(results: Mapping[str, object]) -> str:
    """The return annotation of a forward."""
    return "Tensor" if len(results) == 1 else f"tuple[{', '.join(['Tensor'] * len(results))}]"


def stage_doc(stage: Stage) -> str:
    """The docstring of a stage's class."""
    first = stage.repeats[0].steps
    what = first[0].title if len(first) == 1 else "its body"
    times = f" × {len(stage.repeats)}" if len(stage.repeats) > 1 else ""
    out = next(iter(stage.outputs.values()))
    return f"{stage.title}: {what}{times}, giving {tensor(out)}."


def port_names(ports: Sequence[str], carried: str) -> dict[str, str]:
    """The argument names of a group's forward: the carried port is x, the others keep their names."""
    names = {carried: "x"}
    for port in ports:
        if port != carried:
            names[port] = identifier(port) if identifier(port) != "x" else "x_in"
    return {port: names[port] for port in ports}


def type_of(values: Sequence[object]) -> str:
    """The annotation of an argument that takes these values."""
    kinds = {type(value) for value in values}
    if kinds == {int, float}:
        return "float"
    if len(kinds) == 1:
        return kinds.pop().__name__
    return " | ".join(sorted("None" if kind is type(None) else kind.__name__ for kind in kinds))


def literal(value: Argument) -> str:
    """A value as Python source, texts in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def over_repeats(values: tuple[Argument, ...]) -> str | None:
    """An expression in i that gives these values in turn; None when they are all the same."""
    first, rest = values[0], values[1:]
    if all(value == first for value in rest):
        return None
    if all(value == rest[0] for value in rest):
        return f"{literal(first)} if i == 0 else {literal(rest[0])}"
    for period in range(2, min(5, len(values) // 2 + 1)):
        if all(value == values[index % period] for index, value in enumerate(values)):
            return f"({', '.join(map(literal, values[:period]))})[i % {period}]"
    return f"({', '.join(map(literal, values))})[i]"


def fit(start: str, texts: Sequence[str], end: str, indent: int) -> list[str]:
    """A call on one line where it fits, else its arguments on lines of their own."""
    whole = f"{start}{', '.join(texts)}{end}"
    if len(whole) + indent <= WIDTH:
        return [whole]
    lines, line = [start], "   "
    for text in texts:
        if len(line) + len(text) + 2 + indent > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {text},"
    return [*lines, line, end]


def wrapped(start: str, names: Sequence[str]) -> list[str]:
    """An import, over several lines where one does not hold it."""
    whole = f"{start}{', '.join(names)}"
    if len(whole) <= WIDTH:
        return [whole]
    return [f"{start}(", *(f"    {name}," for name in names), ")"]
