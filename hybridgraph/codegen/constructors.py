"""What generated constructors hand to the modules they build, and what they are handed themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hybridgraph.codegen.text import literal, over_repeats
from hybridgraph.graph.model import Path
from hybridgraph.plan import Argument


@dataclass(frozen=True, slots=True)
class Call:
    """One `self.name = Class(arguments)` of a constructor, for each instance of the class around it."""

    name: str
    cls: str
    path: Path
    arguments: Mapping[str, Sequence[Argument]]
    defaults: Mapping[str, Argument]


@dataclass(slots=True)
class Constructed:
    """A generated class on the way: its text, and the constructor arguments each instance needs."""

    name: str
    lines: list[str] = field(default_factory=list)
    varying: dict[str, list[Argument]] = field(default_factory=dict)


def argument_texts(owner: Constructed, call: Call) -> list[str]:
    """Each argument as text; one that differs between instances becomes an argument of `owner`."""
    texts = []
    for name, values in call.arguments.items():
        if all(value == values[0] for value in values):
            if name in call.defaults and call.defaults[name] == values[0]:
                continue
            texts.append(f"{name}={literal(values[0])}")
        else:
            chosen = name if name not in owner.varying else f"{call.name}_{name}"
            owner.varying[chosen] = list(values)
            texts.append(f"{name}={chosen}")
    return texts


def repeated_texts(
    owner: Constructed, rows: Sequence[Mapping[str, Sequence[Argument]]], defaults: Mapping[str, Argument]
) -> list[str]:
    """The arguments of a block in a loop over i, from one row of values per instance of the owner."""
    texts = []
    for name in rows[0]:
        columns = [tuple(row[name]) for row in rows]
        if all(column == columns[0] for column in columns):
            first = columns[0][0]
            if name in defaults and all(value == defaults[name] for value in columns[0]):
                continue
            text = over_repeats(columns[0])
            texts.append(f"{name}={text if text is not None else literal(first)}")
        else:
            chosen = name if name not in owner.varying else f"{name}_{len(owner.varying)}"
            owner.varying[chosen] = list(columns)  # type: ignore[arg-type]
            texts.append(f"{name}={chosen}[i]")
    return texts
