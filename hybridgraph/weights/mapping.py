"""From a file's tensors to a network's, by the rows of a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from hybridgraph.errors import DocumentError
from hybridgraph.plan import Plan, Stage, Step, identifier
from hybridgraph.spec import BlockSpec
from hybridgraph.weights.files import Weights, described, table
from hybridgraph.weights.report import Entry, State
from hybridgraph.weights.resizing import Resizer, resizers
from hybridgraph.weights.rows import Row, Source, fields_of, filled

COUNTER = "num_batches_tracked"
"""A batch norm's count of batches, which older files lack and no prediction needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """New tensors for a network by their names in it, what became of each, and which keys were of use."""

    tensors: Mapping[str, Tensor] = field(repr=False)
    entries: tuple[Entry, ...]
    used: frozenset[str]
    converted: tuple[str, ...]


def map_weights(
    weights: Weights, source: Source, module: nn.Module, plan: Plan, *, is_partial: bool = False
) -> Mapped:
    """Find, translate and where needed resize a tensor of the file for each tensor of the network.

    Heads for another number of classes stay fresh; with `is_partial` so does whatever else differs in shape. Raises
    DocumentError with a table of the tensors that differ, when nothing is for a block in front of the heads and when
    numbers are not finite.
    """
    work = _Mapping(weights, source, resizers(module, (plan.input.height, plan.input.width)), plan)
    for name, wanted in module.state_dict().items():
        work.take(name, wanted)
    if all(work.owners[block].family == "head" for block in work.matched):
        examples = f"; such weights fit {', '.join(source.presets)}" if source.presets else ""
        raise DocumentError(
            f"Nothing in {weights.origin} belongs to a block of {plan.name or 'the design'}.",
            f"The file was read in the layout {source.name}{examples}.",
        )
    if work.misfits and not is_partial:
        raise DocumentError(
            f"The weights {weights.origin} do not fit {plan.name or 'the design'}: {len(work.misfits)} tensors have "
            "another shape.",
            "Take the weights that belong to this design, or --partial to leave these fresh.\n"
            + table(work.misfits),
        )
    return Mapped(
        tensors=work.tensors,
        entries=tuple(work.entries),
        used=frozenset(work.used),
        converted=tuple(sorted(work.converted)),
    )


class _Mapping:
    """The tensors found so far."""

    def __init__(self, weights: Weights, source: Source, resizing: Mapping[str, Resizer], plan: Plan) -> None:
        self.weights, self.source, self.resizing = weights, source, resizing
        self.aliases, self.owners = _aliases(plan), dict(_owners(plan.body.steps))
        self.tensors: dict[str, Tensor] = {}
        self.entries: list[Entry] = []
        self.used: set[str] = set()
        self.matched: set[str] = set()
        self.converted: set[str] = set()
        self.misfits: list[tuple[str, str, str]] = []

    def take(self, name: str, wanted: Tensor) -> None:
        """Find a value for one tensor of the network, or say why it stays fresh."""
        found = self._find(name)
        if found is None:
            if not name.endswith(COUNTER):
                self._note(name, "fresh")
            return
        self.matched.add(self._block(name))
        row, keys = found
        given, note = _made(row, [self._read(key) for key in keys]), ""
        is_number_like = given.is_floating_point() == wanted.is_floating_point()
        if given.shape != wanted.shape and is_number_like and given.numel() and name in self.resizing:
            resized = self.resizing[name](given, tuple(wanted.shape), self.weights.picture)
            given, note = (resized.tensor, resized.note) if resized else (given, "")
        if given.shape != wanted.shape or not is_number_like:
            self._misfit(name, wanted, given)
            return
        self.used.update(keys)
        self.tensors[name] = given.to(wanted.dtype)
        self._note(name, "resized" if note else "kept", note)

    def _find(self, name: str) -> tuple[Row, list[str]] | None:
        """The row for a tensor, the first whose keys the file has, and these keys."""
        if self.source.blocks and self.owners[self._block(name)].id not in self.source.blocks:
            return None
        for known_as in (self._canonical(name), name):
            for row in self.source.rows:
                values = fields_of(row.ours, known_as)
                keys = [filled(one, values) for one in row.theirs] if values is not None else []
                if keys and all(key in self.weights.tensors for key in keys):
                    return row, keys
        return None

    def _read(self, key: str) -> Tensor:
        """A tensor of the file in full precision. Raises DocumentError where a number is none."""
        tensor = self.weights.tensors[key]
        if tensor.layout != torch.strided or tensor.is_quantized:
            raise DocumentError(
                f"The weights {self.weights.origin} are sparse or quantised, first in {key}.",
                "Take a file with all numbers in it.",
            )
        if not tensor.is_floating_point():
            return tensor
        if tensor.dtype != torch.float32:
            self.converted.add(str(tensor.dtype).removeprefix("torch."))
        if not tensor.isfinite().all():
            raise DocumentError(
                f"The weights {self.weights.origin} hold values that are not finite, first in {key}.",
                "Take a file from before that training went wrong.",
            )
        return tensor.float()

    def _misfit(self, name: str, wanted: Tensor, given: Tensor) -> None:
        is_head = self.owners[self._block(name)].family == "head"
        if is_head and given.is_floating_point() and given.dim() and given.shape[1:] == wanted.shape[1:]:
            self._note(
                name, "fresh", f"{given.shape[0]} outputs in the file and {wanted.shape[0]} in the design"
            )
            return
        self.misfits.append((name, described(wanted), described(given)))
        self._note(name, "fresh", f"{described(given)} in the file and {described(wanted)} in the design")

    def _note(self, name: str, state: State, note: str = "") -> None:
        self.entries.append(Entry(name=name, block=self._block(name), state=state, note=note))

    def _canonical(self, name: str) -> str:
        """The name it would have if its stage repeated its block more than once, which is what tables say."""
        prefix = next((prefix for prefix in self.aliases if name.startswith(prefix)), None)
        return self.aliases[prefix] + name.removeprefix(prefix) if prefix is not None else name

    def _block(self, name: str) -> str:
        """The dotted name of the block that a tensor belongs to."""
        return next(part for part in _prefixes(name) if part in self.owners)


def _prefixes(name: str) -> Iterator[str]:
    """A dotted name's beginnings, the longest first: "a.b.c", "a.b", "a"."""
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(len(parts), 0, -1))


def _made(row: Row, parts: list[Tensor]) -> Tensor:
    """The tensor that a row makes of others; the first of them where they do not even go together."""
    try:
        return row.transform(parts)
    except (IndexError, RuntimeError):  # its shape will not fit, and the table of misfits shows it
        return parts[0]


def _owners(steps: Iterable[Step | Stage], inside: str = "") -> Iterator[tuple[str, BlockSpec]]:
    """The dotted name of each block's module, and what block it is."""
    for step in steps:
        name = inside + identifier(step.name)
        if isinstance(step, Step):
            yield name, step.spec
            continue
        yield from _owners(step.entry, f"{name}.")
        for number, body in enumerate(step.repeats):
            if len(step.repeats) == 1:
                yield from _owners(body.steps, f"{name}.")
            elif step.single and isinstance(body.steps[0], Step):
                yield f"{name}.blocks.{number}", body.steps[0].spec
            else:
                yield from _owners(body.steps, f"{name}.blocks.{number}.")


def _aliases(plan: Plan) -> dict[str, str]:
    """Of each stage whose block runs once, the beginning of its names and what more repeats would make of it."""
    once = [
        step for step in plan.body.steps if isinstance(step, Stage) and len(step.repeats) == 1 and step.single
    ]
    return {
        f"{identifier(stage.name)}.{identifier(stage.repeats[0].steps[0].name)}.": f"{identifier(stage.name)}.blocks.0."
        for stage in once
    }
