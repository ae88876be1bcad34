"""A profile or a sweep as text for a terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from hybridgraph.profiler.cells import Cell, Cliff, SweepResult
from hybridgraph.profiler.film import Film
from hybridgraph.profiler.result import NodeProfile, ProfileResult, Spread

_HOLDERS = 5


def print_profile(result: ProfileResult) -> None:
    """Print the nodes, the stages in sentences, the whole, memory and what bounds each block."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(_nodes(result))
    for sentence in (*_stages(result), *_whole(result), *_memory(result), *_bounds(result), *result.notes):
        console.print(sentence, highlight=False, soft_wrap=True)


def _nodes(result: ProfileResult) -> Table:
    table = Table(box=None, pad_edge=False)
    parts = ("train fwd", "backward", "optimizer", "step") if result.training else ()
    for heading in ("node", "params", "MACs", "activations", "forward", "share", *parts):
        table.add_column(heading, justify="left" if heading == "node" else "right")
    for node in result.nodes:
        calls = f" × {node.calls}" if node.calls > 1 else ""
        step = node.training
        times = (step.forward, step.backward, step.optimizer) if step else ()
        share = (f"{100 * node.training_share:.1f} %",) if step else ()
        table.add_row(
            f"{'  ' * (len(node.path) - 1)}{node.title}{calls}", f"{node.params:,}",
            f"{node.macs / 1e6:,.2f} M", f"{node.activation_bytes / 1e6:,.1f} MB",
            f"{_ms(node.forward)} ms", f"{100 * node.share:.1f} %", *(f"{_ms(time)} ms" for time in times), *share,
        )  # fmt: skip
    return table


def _stages(result: ProfileResult) -> list[str]:
    """The stages and what stands beside them by their share of the time."""
    stages = [node for node in result.nodes if len(node.path) == 1]
    is_training = result.training is not None

    def share(node: NodeProfile) -> float:
        return node.training_share if is_training else node.share

    ranked = sorted(stages, key=share, reverse=True)
    what = "a training step" if is_training else "a forward pass"
    named = ", ".join(f"{node.title}: {100 * share(node):.0f} %" for node in ranked)
    return ["", f"Of the time of {what}: {named}."] if ranked else []


def _whole(result: ProfileResult) -> list[str]:
    warm_up = result.inference.warm_up
    inference = (
        f"Inference of a batch of {result.batch} in {result.precision} on {result.device}: {_range(result.total)}, "
        f"{result.images_per_second:,.0f} pictures/s; {result.repeats} measurements after {warm_up.passes} passes "
        f"({warm_up.seconds:.1f} s) of warm-up; the nodes add up to {100 * result.covered:.0f} % of it."
    )
    lines = [inference]
    if result.training is not None and result.step is not None:
        step, warm_up = result.step, result.training.warm_up
        lines.append(
            f"A step of training: {_range(result.training.times)} (forward {_ms(step.forward)}, backward "
            f"{_ms(step.backward)}, optimizer {_ms(step.optimizer)} ms), {result.training_images_per_second:,.0f} "
            f"pictures/s; {result.training.repeats} measurements after {warm_up.passes} steps ({warm_up.seconds:.1f} s) "
            f"of warm-up; the nodes add up to {100 * result.training.covered:.0f} % of it."
        )
    return lines


def _memory(result: ProfileResult) -> list[str]:
    films = [("inference", result.inference_film)]
    if result.training_film is not None:
        films.append(("training", result.training_film))
    return [_film(what, film, result) for what, film in films]


def _film(what: str, film: Film, result: ProfileResult) -> str:
    titles = {node.path: node.title for node in result.nodes}
    frame = film.frames[film.peak]
    where = _title(titles, frame.path) or "between the nodes"
    held = ", ".join(
        f"{_title(titles, one.path) or 'no node'} {one.kind} {one.bytes / 1e6:,.1f} MB"
        for one in film.holders[:_HOLDERS]
    )
    return (
        f"Peak memory of {what}: {film.peak_bytes / 1e6:,.1f} MB, in the {frame.phase} pass of {where}; "
        f"held by {held}{', …' if len(film.holders) > _HOLDERS else ''}."
    )


def _bounds(result: ProfileResult) -> list[str]:
    rates = result.rates
    device = (
        f"This device copies {rates.bandwidth.median / 1e9:,.1f} GB/s ({rates.bandwidth.p10 / 1e9:,.1f} to "
        f"{rates.bandwidth.p90 / 1e9:,.1f}) and multiplies {rates.matmul.median / 1e9:,.0f} GFLOP/s in {result.precision} "
        f"({rates.matmul.p10 / 1e9:,.0f} to {rates.matmul.p90 / 1e9:,.0f})."
    )
    return [device, *(f"  {dot.words}" for dot in result.roofline if not dot.is_group)]


def print_sweep(result: SweepResult) -> None:
    """Print the cells and where memory ends."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    table = Table(box=None, pad_edge=False)
    for heading in (
        "size",
        "batch",
        "format",
        "compiled",
        "forward",
        "step",
        "pictures/s",
        "peak memory",
        "",
    ):
        table.add_column(heading, justify="left" if heading in ("format", "compiled", "") else "right")
    for cell in sorted(result.cells, key=lambda one: (*one.line, one.batch)):
        if not cell.is_probe:
            table.add_row(*_cell(cell))
    console.print(table)
    for cliff in result.cliffs:
        console.print(_cliff(cliff, result), highlight=False, soft_wrap=True)


def _cell(cell: Cell) -> tuple[str, ...]:
    where = (f"{cell.image_size} px", str(cell.batch), cell.precision, "yes" if cell.compiled else "no")
    if cell.status != "measured":
        return (*where, "", "", "", "", f"{cell.status}: {cell.message}")
    times = tuple(f"{_ms(time)} ms" if time else "" for time in (cell.forward, cell.step))
    peak = f"{cell.peak_memory_bytes / 1e6:,.0f} MB" if cell.peak_memory_bytes else "unknown"
    return (*where, *times, f"{cell.images_per_second:,.1f}", peak, "")


def _cliff(cliff: Cliff, result: SweepResult) -> str:
    what = f"{cliff.image_size} px, {cliff.precision}{', compiled' if cliff.compiled else ''}"
    limit = f" {result.memory_limit_bytes / 1e6:,.0f} MB" if result.memory_limit_bytes else " memory"
    if cliff.smallest_failing is None:
        return f"{what}: the largest batch that was tried, {cliff.largest_batch}, fits."
    beyond = f"{cliff.smallest_failing} does not"
    if not cliff.largest_batch:
        return f"{what}: not even one picture fits into{limit}."
    return f"{what}: a batch of {cliff.largest_batch} fits into{limit}, {beyond}."


def _title(titles: dict[tuple[str, ...], str], path: tuple[str, ...]) -> str:
    names = [titles.get(path[:depth], path[depth - 1]) for depth in range(1, len(path) + 1)]
    return " › ".join(names)


def _ms(time: Spread) -> str:
    return f"{time.median_us / 1e3:,.3f}" if time.median_us < 1e5 else f"{time.median_us / 1e3:,.0f}"


def _range(time: Spread) -> str:
    return (
        f"{time.median_us / 1e3:,.2f} ms (middle 80 %: {time.p10_us / 1e3:,.2f} to {time.p90_us / 1e3:,.2f})"
    )
