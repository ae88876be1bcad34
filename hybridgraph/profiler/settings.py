"""What a sweep has measured that is faster than the setting of a profile: batch, number format, torch.compile.

The module needs no torch.
"""

from __future__ import annotations

from collections.abc import Iterator

from hybridgraph.profiler.advised import Advice
from hybridgraph.profiler.cells import Cell, SweepResult
from hybridgraph.profiler.result import ProfileResult


def settings(result: ProfileResult, sweep: SweepResult) -> Iterator[Advice]:
    """What a sweep has measured beside the setting of the profile."""
    here = _here(result, sweep)
    if here is None:
        return
    measured = _measured(result, sweep, compiled=False)
    line = [cell for cell in measured if cell.precision == result.precision]
    batch = max((cell for cell in line if cell.batch > result.batch), key=_speed, default=None)
    if batch is not None:
        yield Advice(
            rule="batch",
            value=batch.batch,
            expected=here.images_per_second / batch.images_per_second,
            words=(
                f"Batch {batch.batch} in place of {result.batch}: the sweep measured {batch.images_per_second:.0f} "
                f"pictures a second, and {here.images_per_second:.0f} with batch {here.batch}."
            ),
        )
    others = (cell for cell in measured if cell.batch == here.batch and cell.precision != result.precision)
    other = max(others, key=_speed, default=None)
    if other is not None:
        yield Advice(
            rule="precision",
            value=other.precision,
            expected=here.images_per_second / other.images_per_second,
            words=(
                f"{other.precision} in place of {result.precision}: the sweep measured {other.images_per_second:.0f} "
                f"pictures a second, and {here.images_per_second:.0f} as it is, both with batch {here.batch}."
            ),
        )

    yield from _compiling(result, sweep)


def _compiling(result: ProfileResult, sweep: SweepResult) -> Iterator[Advice]:
    """What torch.compile gave, and when the time it took is won back."""
    pair = compiled_pair(result, sweep)
    if pair is None:
        return
    plain, compiled = pair
    won = 1 / plain.images_per_second - 1 / compiled.images_per_second
    if won <= 0:
        return
    training = " A training takes it with --set compile=on." if sweep.passes == "training" else ""
    yield Advice(
        rule="compile",
        value=plain.batch,
        expected=plain.images_per_second / compiled.images_per_second,
        words=(
            f"torch.compile: the sweep measured {compiled.images_per_second:.0f} pictures a second, and "
            f"{plain.images_per_second:.0f} as it is, both with batch {plain.batch}. Compiling took "
            f"{compiled.compile_seconds:.0f} s, which {compiled.compile_seconds / won:,.0f} pictures win back.{training}"
        ),
    )


def compiled_pair(result: ProfileResult, sweep: SweepResult) -> tuple[Cell, Cell] | None:
    """The cell of a sweep nearest to a profile's setting, and that which differs only in being compiled."""
    here = _here(result, sweep)
    if here is None:
        return None
    others = _measured(result, sweep, compiled=True)
    same = (one for one in others if (one.batch, one.precision) == (here.batch, here.precision))
    other = next(same, None)
    return (here, other) if other is not None else None


def _here(result: ProfileResult, sweep: SweepResult) -> Cell | None:
    """The cell of a sweep whose setting is that of the profile, or its next smaller batch."""
    line = [
        cell
        for cell in _measured(result, sweep, compiled=False)
        if cell.precision == result.precision and cell.batch <= result.batch
    ]
    return max(line, key=lambda one: one.batch, default=None)


def _measured(result: ProfileResult, sweep: SweepResult, *, compiled: bool) -> list[Cell]:
    return [
        cell
        for cell in sweep.cells
        if cell.status == "measured" and cell.images_per_second > 0 and cell.compiled is compiled
        and cell.image_size == result.image[1]
    ]  # fmt: skip


def _speed(cell: Cell) -> float:
    return cell.images_per_second
