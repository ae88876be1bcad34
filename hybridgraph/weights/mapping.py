"""From a file's tensors to a network's, by the rows of a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from hybridgraph.errors import DocumentError
from hybridgraph.plan import Plan, Step, identifier
from hybridgraph.weights.files import Weights, described, table
from hybridgraph.weights.report import Entry, State
from hybridgraph.weights.resizing import Resizer, resizers
from hybridgraph.weights.rows import Source, fields_of, filled

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
    DocumentError with a table of the tensors that differ, when none fits at all and when numbers are not finite.
    """
    work = _Mapping(weights, source, resizers(module, (plan.input.height, plan.input.width)), plan)
    for name, wanted in module.state_dict().items():
        work.take(name, wanted)
    if not work.used:
        examples = f" Its weights fit {', '.join(source.presets)}." if source.presets else ""
        raise DocumentError(
            f"Nothing in {weights.origin} belongs to a block of {plan.name or 'the design'}.",
            f"The file is in the layout {source.name}.{examples}",
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
        self.aliases, self.blocks, self.heads = _addresses(plan)
        self.tensors: dict[str, Tensor] = {}
        self.entries: list[Entry] = []
        self.used: set[str] = set()
        self.converted: set[str] = set()
        self.misfits: list[tuple[str, str, str]] = []

    def take(self, name: str, wanted: Tensor) -> None:
        """Find a value for one tensor of the network, or say why it stays fresh."""
        found = self._translated(name)
        if found is None:
            if not name.endswith(COUNTER):
                self._note(name, "fresh")
            return
        given, note = found, ""
        if given.shape != wanted.shape and name in self.resizing:
            resized = self.resizing[name](given, tuple(wanted.shape), self.weights.picture)
            given, note = (resized.tensor, resized.note) if resized else (given, "")
        if given.shape != wanted.shape or not _is_number_like(given, wanted):
            self._misfit(name, wanted, given)
            return
        self.tensors[name] = given.to(wanted.dtype)
        self._note(name, "resized" if note else "kept", note)

    def _translated(self, name: str) -> Tensor | None:
        for known_as in (self._canonical(name), name):
            for row in self.source.rows:
                values = fields_of(row.ours, known_as)
                keys = [filled(one, values) for one in row.theirs] if values is not None else []
                if keys and all(key in self.weights.tensors for key in keys):
                    self.used.update(keys)
                    return row.transform([self._read(key) for key in keys])
        return None

    def _read(self, key: str) -> Tensor:
        """A tensor of the file in full precision. Raises DocumentError where a number is none."""
        tensor = self.weights.tensors[key]
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
        is_head = self._block(name) in self.heads and given.shape[1:] == wanted.shape[1:]
        if is_head and _is_number_like(given, wanted):
            self._note(
                name, "fresh", f"{given.shape[0]} classes in the file and {wanted.shape[0]} in the design"
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
        """The block that a tensor belongs to, as its dotted name."""
        parts = name.split(".")
        if parts[0] not in self.blocks:
            return parts[0]
        return ".".join(parts[: 3 if parts[1] == "blocks" else 2])


def _addresses(plan: Plan) -> tuple[dict[str, str], set[str], set[str]]:
    """Of stages with one repeat the prefix of their block's names and the usual one; all stages; all heads."""
    aliases, stages, heads = {}, set(), set()
    for step in plan.body.steps:
        name = identifier(step.name)
        if isinstance(step, Step):
            if step.spec.family == "head":
                heads.add(name)
            continue
        stages.add(name)
        if len(step.repeats) == 1 and step.single:
            aliases[f"{name}.{identifier(step.repeats[0].steps[0].name)}."] = f"{name}.blocks.0."
    return aliases, stages, heads


def _is_number_like(given: Tensor, wanted: Tensor) -> bool:
    """Whether the values can be the design's: numbers with a fraction where it has such, plain storage."""
    plain = given.layout == torch.strided and not given.is_quantized
    return plain and given.is_floating_point() == wanted.is_floating_point()
