"""A sweep: every combination in a process of its own, then the largest batch that memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import psutil

from hybridgraph import codegen, compiler
from hybridgraph.engine import Engine
from hybridgraph.errors import GraphError
from hybridgraph.events import CellMeasured, Event, Note, SweepFinished
from hybridgraph.graph import edits
from hybridgraph.graph.marks import MARKS, marked
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import SweepJob
from hybridgraph.places import blocks_only
from hybridgraph.profiler.cells import Cell, Cliff, SweepResult
from hybridgraph.profiler.children import Answer, measure_cell, unmeasured
from hybridgraph.profiler.device import choose_device
from hybridgraph.profiler.files import load_sweep, save
from hybridgraph.profiler.request import Request
from hybridgraph.spec import REGISTRY
from hybridgraph.storage import write_atomic

SOURCES = "sources"
_MOST = 1 << 20
_FREE_SHARE = 0.9
"""Of the memory that is free a cell may take so much, where no limit was named."""
_OTHERWISE = ("failed", "given up")
Line = tuple[int, str, bool]
OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """The network for pictures of one size, or the sentence why there is none."""

    path: Path
    image: tuple[int, int, int]
    frozen: tuple[str, ...] = ()
    recomputed: tuple[str, ...] = ()
    refusal: str = ""


def take_sweep(
    graph: Graph, job: SweepJob, folder: Path, emit: OnEvent, is_stopped: Callable[[], bool]
) -> SweepResult | None:
    """Measure the cells that `sweep.json` in the folder lacks; None when asked to stop.

    The file is written anew after each cell, so that nothing that was measured is lost.
    """
    limit = job.memory_limit * 10**6 or None
    device = choose_device(job.device).type
    result = load_sweep(folder) or SweepResult(device=device, passes=job.passes, memory_limit_bytes=limit)
    sources = {source.image[1]: source for source in _sources(graph, job, folder)}
    sweep = _Sweep(job, folder, sources, device, emit, is_stopped, result)
    for line in product(sources, job.precisions, [one == "on" for one in job.compiles]):
        for batch in sorted(job.batches):
            if not sweep.has(line, batch) and not sweep.measure(line, batch):
                return None
        if not sweep.find_cliff(line):
            return None
    sweep.result = replace(sweep.result, is_finished=True)
    save(folder, sweep.result)
    emit(SweepFinished(cells=len(sweep.result.cells)))
    return sweep.result


class _Sweep:
    """What was measured so far, and the way to measure more."""

    def __init__(
        self,
        job: SweepJob,
        folder: Path,
        sources: dict[int, _Source],
        device: str,
        emit: OnEvent,
        is_stopped: Callable[[], bool],
        result: SweepResult,
    ) -> None:
        self._job, self._folder, self._sources, self._device = job, folder, sources, device
        self._emit, self._is_stopped = emit, is_stopped
        self.result = result

    def has(self, line: Line, batch: int) -> bool:
        """Whether this cell was measured, and not only probed."""
        cells = (cell for cell in self.result.cells if cell.line == line and cell.batch == batch)
        return any(cell.status != "measured" or not cell.is_probe for cell in cells)

    def measure(self, line: Line, batch: int, *, is_probe: bool = False) -> bool:
        """Measure one cell and keep it; False when asked to stop."""
        if self._is_stopped():
            return False
        request = self._request(line, batch, is_probe=is_probe)
        refusal = self._sources[line[0]].refusal
        cliff = self._cliff(line)
        too_much = cliff.smallest_failing if cliff is not None else None
        answer: Answer | None
        if refusal:
            answer = Answer(cell=unmeasured(request, "unfit", refusal))
        elif too_much is not None and batch > too_much:
            words = f"A batch of {too_much} was too much already."
            answer = Answer(cell=unmeasured(request, "out of memory", words))
        elif (slow := self._given_up(line)) is not None:
            words = f"Compiling for a batch of {slow} was given up already."
            answer = Answer(cell=unmeasured(request, "given up", words))
        else:
            answer = measure_cell(request, self._is_stopped)
        if answer is None:
            return False
        named = answer.device if answer.device not in ("", "?") else self.result.device
        self.result = replace(self.result.with_cell(answer.cell), device=named)
        save(self._folder, self.result)
        self._emit(_event(answer.cell))
        return True

    def find_cliff(self, line: Line) -> bool:
        """Double the batch where memory is limited, then halve the distance; False when asked to stop."""
        is_limited = self._device == "cuda" or self.result.memory_limit_bytes is not None
        while (cliff := self._cliff(line)) is not None and not cliff.is_exact:
            if cliff.smallest_failing is not None:
                batch = (cliff.largest_batch + cliff.smallest_failing) // 2
            elif is_limited and cliff.largest_batch < _MOST:
                batch = 2 * cliff.largest_batch
            else:
                break
            if not self.measure(line, batch, is_probe=True):
                return False
            if any(c.status in _OTHERWISE and c.batch == batch for c in self.result.cells if c.line == line):
                self._emit(Note(message=f"The cliff is not found: a batch of {batch} fails otherwise."))
                break
        return True

    def _given_up(self, line: Line) -> int | None:
        """The batch whose compiling took too long on this line; another one would, too."""
        return next((c.batch for c in self.result.cells if c.line == line and c.status == "given up"), None)

    def _cliff(self, line: Line) -> Cliff | None:
        found = (one for one in self.result.cliffs if (one.image_size, one.precision, one.compiled) == line)
        return next(found, None)

    def _request(self, line: Line, batch: int, *, is_probe: bool) -> Request:
        source = self._sources[line[0]]
        limit = self.result.memory_limit_bytes
        if limit is None and self._device == "cpu":
            limit = int(_FREE_SHARE * psutil.virtual_memory().available)
        return Request(
            source=str(source.path),
            image=source.image,
            batch=batch,
            precision=line[1],
            compiled=line[2],
            device=self._job.device,
            passes=self._job.passes,
            repeats=self._job.repeats,
            seconds=self._job.seconds,
            frozen=source.frozen,
            recomputed=source.recomputed,
            limit_bytes=limit if self._device == "cpu" else None,
            compile_limit=self._job.compile_limit,
            is_probe=is_probe,
        )


def _sources(graph: Graph, job: SweepJob, folder: Path) -> Iterator[_Source]:
    """The network for each size of picture, written into the folder."""
    engine = Engine()
    (folder / SOURCES).mkdir(exist_ok=True)
    for size in job.image_sizes or (None,):
        path = folder / SOURCES / f"{size or 'designed'}.py"
        try:
            fitted = edits.fit(graph, REGISTRY, image_size=size)
            plan = compiler.planned(fitted, engine)
        except GraphError as error:
            if size is None:
                raise
            yield _Source(path=path, image=(0, size, size), refusal=str(error))
            continue
        rendered = codegen.render(plan)
        write_atomic(path, rendered.text)
        channels, height, width = plan.input.dims
        modules = blocks_only(rendered.modules, fitted)
        frozen, recomputed = (
            tuple(name for where, name in modules.items() if where in marked(fitted, mark)) for mark in MARKS
        )
        yield _Source(path=path, image=(channels, height, width), frozen=frozen, recomputed=recomputed)


def _event(cell: Cell) -> CellMeasured:
    return CellMeasured(
        batch=cell.batch,
        image_size=cell.image_size,
        precision=cell.precision,
        compiled=cell.compiled,
        status=cell.status,
        message=cell.message,
    )
