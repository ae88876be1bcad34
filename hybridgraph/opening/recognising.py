"""From a program to pieces in a row: blocks of the catalogue where one computes the same, operations elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import torch
from torch import Tensor, nn

from hybridgraph.blocks.operations import execute
from hybridgraph.engine import block_class
from hybridgraph.errors import BlockError
from hybridgraph.opening import candidates, fitting
from hybridgraph.opening.cutting import Chain, Run
from hybridgraph.opening.facts import Facts, facts, signature
from hybridgraph.opening.forms import SAME, Form, forms, shape_of
from hybridgraph.opening.pieces import Found, Piece
from hybridgraph.opening.program import Program
from hybridgraph.operations import INPUT
from hybridgraph.shapes import ImageMap, Shape
from hybridgraph.spec import REGISTRY, BlockSpec, Literal_

LONGEST = 14
"""Atoms that one block can be."""
FEW = 4
"""Ways to build a block that are tried to see its weights."""
MOST_OPTIONS = 600
"""Blocks with parameters whose weights are compared with those of one run of atoms."""
MOST_FITS = 48
"""Of these, blocks that are run before it stays opaque."""
MOVES = frozenset(("reshape", "permute", "unsqueeze", "squeeze", "flatten"))
_FAULTS = (BlockError, RuntimeError, ValueError, TypeError, IndexError)
Way = tuple[tuple[fitting.Slot, str], ...]
Tell = Callable[[float, str], None]


class Recogniser:
    """Goes through a program from front to back and takes the longest run of atoms that a block computes."""

    def __init__(self, program: Program, tell: Tell) -> None:
        self.program = program
        self.chain = Chain(program)
        self.tell = tell
        self.values = self._run()
        self._known: dict[object, Found | None] = {}
        self._seen: list[str] = []
        self._classes: dict[str, type[nn.Module]] = {}
        self._shells: dict[object, nn.Module | None] = {}
        self._places: dict[object, tuple[fitting.Slot, ...]] = {}
        runs = [self.chain.run(index, index + 1) for index in range(len(self.chain))]
        self._moves = [all(step.op in MOVES for step in run.steps) for run in runs]

    @torch.no_grad()
    def _run(self) -> dict[str, Tensor]:
        """What the program computes at every border, for random pictures."""
        batch = self.program.fixed_batch or 2
        generator = torch.Generator().manual_seed(0)
        values: dict[str, Tensor] = dict(self.program.weights)
        values[INPUT] = torch.randn((batch, *self.program.image), generator=generator)
        kept = set(self.chain.cuts) | set(self.program.weights)
        last = {used: index for index, step in enumerate(self.program.steps) for used in step.uses()}
        for index, step in enumerate(self.program.steps):
            values[step.result] = execute(step, values, batch)
            for used in set(step.uses()):
                if last[used] == index and used not in kept:
                    del values[used]
        return values

    @torch.no_grad()
    def pieces(self) -> list[Piece]:
        """The pieces in order; what no block is stays as operations, as few pieces as possible."""
        found: list[Piece] = []
        waiting: int | None = None
        place, form, grids = 0, SAME, [self.program.image[1:]]
        shape: Shape = ImageMap(*self.program.image)
        while place < len(self.chain):
            self.tell(place / len(self.chain), f"{place} of {len(self.chain)} parts looked at")
            moved = None if waiting is not None else self._moved(place, form, shape)
            if moved is not None:
                place, form = moved
                continue
            match = self._longest(place, form, shape, grids, free=waiting is not None)
            if match is None:
                waiting = place if waiting is None else waiting
                place += 1
                continue
            piece, end = match
            if waiting is None and piece.takes.kind != shape.kind:
                glue = "map_to_tokens" if shape.kind == "image" else "tokens_to_map"
                piece = replace(piece, glue=glue)
            if waiting is not None:
                found.append(self._opaque(waiting, place, form, shape, piece.enters))
                waiting = None
            found.append(piece)
            place, form, shape = end, piece.gives, piece.makes
            if isinstance(shape, ImageMap):
                grids.insert(0, shape.grid)
        if waiting is not None or form != SAME:
            begin = place if waiting is None else waiting
            found.append(self._opaque(begin, place, form, shape, SAME))
        return found

    def _moved(self, place: int, form: Form, shape: Shape) -> tuple[int, Form] | None:
        """How far only the layout changes, and into which, where the wire can carry on what it carries."""
        if not isinstance(shape, ImageMap):
            return None
        ours = form.ours(self.values[self.chain.cuts[place]])
        best = None
        for end in range(place + 1, min(place + LONGEST, len(self.chain)) + 1):
            if not self._moves[end - 1]:
                break
            theirs = self.values[self.chain.cuts[end]]
            for other in forms(theirs, shape.kind, [shape.grid]):
                if other.ours(theirs).shape == ours.shape and torch.equal(other.ours(theirs), ours):
                    best = end, other
                    break
        return best

    def _opaque(self, first: int, last: int, form: Form, shape: Shape, gives: Form) -> Piece:
        run = self.chain.run(first, last)
        makes = shape_of(gives.ours(self.values[run.gives]))
        return Piece(
            block="", enters=form, gives=gives, takes=shape, makes=makes, params={}, state={}, run=run,
            operations=len(run.steps),
        )  # fmt: skip

    def _longest(
        self, place: int, form: Form, shape: Shape, grids: list[tuple[int, int]], *, free: bool
    ) -> tuple[Piece, int] | None:
        if free and self._moves[place]:
            return None
        for end in range(min(place + LONGEST, len(self.chain)), place, -1):
            if self._moves[end - 1] and end - 1 > place:
                continue
            run = self.chain.run(place, end)
            known = facts(run, self.program)
            piece = self._match(run, known, form, shape, grids, free=free)
            if piece is not None:
                return piece, end
        return None

    def _match(
        self, run: Run, known: Facts, form: Form, shape: Shape, grids: list[tuple[int, int]], *, free: bool
    ) -> Piece | None:
        key = (signature(run, self.program), form, shape, free)
        if key in self._known:
            found = self._known[key]
            options = iter([found] if found is not None else [])
        else:
            options = self._options(run, known, form, shape, grids, free=free)
        fits = 0
        for option in islice(options, MOST_OPTIONS):
            ways = self._ways(option, run, known)
            fits += bool(ways)
            if not ways or fits > MOST_FITS:
                continue
            piece = self._fitted(option, ways, run, known)
            if piece is not None:
                self._known[key] = option
                self._seen = [piece.block, *(one for one in self._seen if one != piece.block)]
                return piece
        self._known.setdefault(key, None)
        return None

    def _options(
        self, run: Run, known: Facts, form: Form, shape: Shape, grids: list[tuple[int, int]], *, free: bool
    ) -> Iterator[Found]:
        """Blocks with parameters whose weights have the sizes of the run's.

        What was found last comes first: where two blocks compute the same, a network keeps to one of them.
        """
        before, after = self.values[run.enters], self.values[run.gives]
        likely = [*self._seen, *(name for name in candidates.KINDS if name not in self._seen)]
        for name in likely:
            if not candidates.KINDS[name].allows(known):
                continue
            spec = REGISTRY[name]
            for enters in self._entries(before, spec.inputs[0].kind, form, shape, grids, free=free):
                given = shape_of(enters.ours(before))
                nearby = [given.grid, _halved(given.grid), *grids] if isinstance(given, ImageMap) else grids
                for gives in forms(after, spec.outputs[0].kind, nearby):
                    wanted = shape_of(gives.ours(after))
                    behaviours = list(candidates.behaviours(spec, known, given, wanted))
                    for structure in candidates.structures(spec, known, given, wanted):
                        if self._sizes_fit(spec, structure, behaviours, given, known):
                            for behaviour in behaviours:
                                yield Found(
                                    spec=spec, enters=enters, gives=gives, params={**structure, **behaviour}
                                )

    def _entries(
        self, before: Tensor, kind: str, form: Form, shape: Shape, grids: list[tuple[int, int]], *, free: bool
    ) -> list[Form]:
        """The forms in which a block may take what is there; behind a block the wire decides."""
        possible = list(forms(before, kind, grids))
        if free:
            return possible
        if shape.kind == kind:
            return [form] if form in possible else []
        if (shape.kind, kind, form.name) in (("image", "tokens", "row"), ("tokens", "image", "same")):
            return possible
        return []

    def _sizes_fit(
        self, spec: BlockSpec, structure: Mapping[str, Literal_], behaviours: list[dict[str, Literal_]],
        given: Shape, known: Facts,
    ) -> bool:  # fmt: skip
        """Whether a block has the matrices of the run, and where it attends, uses them in the same order."""
        there = [one.shape for one in known.used if one.matrix]
        built = (one for one in behaviours if self._shell(spec, {**structure, **one}, given) is not None)
        for behaviour in islice(built, FEW):
            shell, places = self._empty(spec, {**structure, **behaviour}, given, known)
            if shell is None:
                continue
            for apart in (False, True):
                ours = fitting.matrices(places, apart=apart)
                if ours == there or (not known.attends and sorted(ours) == sorted(there)):
                    return bool(places) or not there
        return False

    def _empty(
        self, spec: BlockSpec, params: Mapping[str, Literal_], given: Shape, known: Facts
    ) -> tuple[nn.Module | None, tuple[fitting.Slot, ...]]:
        """A block without numbers and the places for its weights.

        None where it cannot be built so, or has other matrices than the run: running it is what takes time.
        """
        shell = self._shell(spec, params, given)
        if shell is None or not fitting.are_alike(shell, known.used):
            return None, ()
        key = (spec.id, given, *params.items())
        if key not in self._places:
            self._places[key] = ()
            with suppress(*_FAULTS):
                self._places[key] = fitting.slots(shell, given.dims)
        places = self._places[key]
        return (shell, places) if places or not any(one.matrix for one in known.used) else (None, ())

    def _shell(self, spec: BlockSpec, params: Mapping[str, Literal_], given: Shape) -> nn.Module | None:
        """A block on the meta device; None where it cannot be built so."""
        key = (spec.id, given, *params.items())
        if key not in self._shells:
            self._shells[key] = None
            with suppress(*_FAULTS):
                self._shells[key] = fitting.make(self._class(spec), _args(spec, params, given), "meta")
        return self._shells[key]

    def _ways(self, option: Found, run: Run, known: Facts) -> list[Way]:
        """How the weights of the run go into a block: none where they are not as many of each size."""
        takes = shape_of(option.enters.ours(self.values[run.enters]))
        shell, places = self._empty(option.spec, option.params, takes, known)
        return [] if shell is None else list(fitting.assignments(shell, places, known.used))

    def _fitted(self, option: Found, ways: list[Way], run: Run, known: Facts) -> Piece | None:
        """The piece, if the block with the weights of the run computes what the run computes."""
        x, y = option.enters.ours(self.values[run.enters]), option.gives.ours(self.values[run.gives])
        spec, takes = option.spec, shape_of(option.enters.ours(self.values[run.enters]))
        args = _args(spec, option.params, takes)
        try:
            module = fitting.make(self._class(spec), args)
            for pairs in ways:
                state = fitting.filled(module, pairs, self.program.weights)
                if len(known.eps) == 1:
                    fitting.shift_eps(state, module, known.eps[0])
                module.load_state_dict(state)
                away = fitting.difference(y, module(x))
                if away <= fitting.TOLERANCE:
                    params = {
                        k: v for k, v in option.params.items() if v != spec.params[k].default or k in _SHOWN
                    }
                    return Piece(
                        block=spec.id, enters=option.enters, gives=option.gives, takes=takes, makes=shape_of(y),
                        params=params, state=state, run=run, operations=len(run.steps), difference=away,
                    )  # fmt: skip
        except _FAULTS:
            return None
        return None

    def _class(self, spec: BlockSpec) -> type[nn.Module]:
        if spec.id not in self._classes:
            self._classes[spec.id] = block_class(spec)
        return self._classes[spec.id]


_SHOWN = frozenset(("channels", "classes", "stride", "kernel", "head_dim", "window", "patch", "expansion"))
"""Parameters that a design says even where they have their default."""


def _args(spec: BlockSpec, params: Mapping[str, Literal_], given: Shape) -> dict[str, object]:
    wired = {name: getattr(given, origin.partition(".")[2]) for name, origin in spec.wired.items()}
    return {**wired, **params}


def _halved(grid: tuple[int, int]) -> tuple[int, int]:
    return -(-grid[0] // 2), -(-grid[1] // 2)
