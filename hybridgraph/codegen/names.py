"""Names for generated classes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ClassNames:
    """Hands out class names, none of them twice; `taken` are those of the blocks and of torch."""

    taken: set[str]

    def class_name(self, title: str, node: str) -> str:
        """A new CamelCase name for a group."""
        words = "".join(c if c.isalnum() and c.isascii() else " " for c in title).split() or node.split("_")
        base = "".join(word[:1].upper() + word[1:] for word in words)
        base = base if base[:1].isalpha() else f"Stage{base}"
        name, number = base, 2
        while name in self.taken:
            name, number = f"{base}_{number}", number + 1
        self.taken.add(name)
        return name
