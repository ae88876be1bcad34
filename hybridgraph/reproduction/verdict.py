"""What came of running a bundle again: whether the curves are equal to the last bit, and what was not as before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from hybridgraph.errors import DocumentError, RunError
from hybridgraph.events import DataOpened, Environment, EpochFinished, RunStarted, Step
from hybridgraph.graph import guarded_json
from hybridgraph.storage import write_atomic

REPRODUCTION_FILE = "reproduction.json"
_MAX_BYTES = 1_000_000
_NAMES = {
    "hybridgraph": "HybridGraph",
    "code": "the code that computes",
    "python": "Python",
    "system": "the system",
    "processor": "the processor",
    "instructions": "the processor's instructions",
    "threads": "threads",
    "accelerator": "the accelerator",
    "cuda": "CUDA",
    "cudnn": "cuDNN",
}
_NO_MATTER = ("cores", "memory_bytes")
"""What a machine may have more of without a bit of a result changing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that was not as before; `before` and `now` are what it was and is."""

    name: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"{self.name} ({self.before or 'none'}, now {self.now or 'none'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The comparison of a run with the one it repeats.

    Steps and epochs that both have are compared; `first_step` is the first whose loss differs, counted from 0, and
    `largest_loss` the largest difference of a step's loss. Accuracies are shares of the last epoch that both have.
    `weights_equal` is None where the bundle does not name the weights.
    """

    bundle: str
    sha256: str
    run: str
    is_equal: bool
    steps: int
    epochs: int
    first_step: int | None
    largest_loss: float
    top1_before: float
    top1_now: float
    val_loss_before: float
    val_loss_now: float
    weights_equal: bool | None
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        return " ".join(self.sentences())

    def sentences(self) -> Iterator[str]:
        """What came of it, for people."""
        compared = f"{self.steps:,} steps and {self.epochs} epoch{'s' if self.epochs != 1 else ''}"
        if self.is_equal:
            weights = ", and so are the weights" if self.weights_equal else ""
            yield f"Reproduced: the curves of {compared} are equal to the last bit{weights}."
        else:
            where = f" from step {self.first_step + 1} on" if self.first_step is not None else ""
            yield (
                f"Not equal: of {compared}, the loss differs{where} by at most {self.largest_loss:.3g}; top-1 was "
                f"{100 * self.top1_before:.2f} % and is {100 * self.top1_now:.2f} %."
            )
        if self.differences:
            yield f"What differs: {'; '.join(map(str, self.differences))}."
        elif not self.is_equal:
            yield "Nothing that is recorded differs; some kernels of accelerators add up in another order each time."


def compared(
    before: tuple[Sequence[Step], Sequence[EpochFinished]],
    now: tuple[Sequence[Step], Sequence[EpochFinished]],
) -> dict[str, Any]:
    """What a `Verdict` says of two curves. Raises RunError where they have no epoch in common."""
    steps = _paired(before[0], now[0])
    epochs = _paired(before[1], now[1])
    if not epochs:
        raise RunError("The run that was made again did not finish an epoch, so there is nothing to compare.")
    loss_differs = [one.step for one, other in steps if one.loss != other.loss]
    step_differs = [one.step for one, other in steps if (one.loss, one.lr) != (other.loss, other.lr)]
    one, other = epochs[-1]
    return {
        "is_equal": not step_differs and all(_numbers(a) == _numbers(b) for a, b in epochs) and bool(steps),
        "steps": len(steps),
        "epochs": len(epochs),
        "first_step": min(loss_differs, default=None),
        "largest_loss": max((abs(a.loss - b.loss) for a, b in steps), default=0.0),
        "top1_before": one.val_top1,
        "top1_now": other.val_top1,
        "val_loss_before": one.val_loss,
        "val_loss_now": other.val_loss,
    }


def circumstances(
    before: tuple[RunStarted, Environment | None, DataOpened | None],
    now: tuple[RunStarted, Environment | None, DataOpened | None],
) -> Iterator[Difference]:
    """What of device, format, versions, machine and pictures was not as before."""
    for name in ("device", "precision", "compiled"):
        yield from _unequal(name, getattr(before[0], name), getattr(now[0], name))
    if before[1] is None or now[1] is None:
        yield Difference(name="the environment", before="not recorded", now="")
    else:
        for field in fields(Environment):
            if field.name not in _NO_MATTER:
                called = _NAMES.get(field.name, field.name)
                yield from _unequal(called, getattr(before[1], field.name), getattr(now[1], field.name))
    if before[2] is None or now[2] is None:
        yield Difference(name="the fingerprint of the pictures", before="not recorded", now="")
        return
    yield from _unequal("the fingerprint of the pictures", before[2].digest, now[2].digest)
    yield from _unequal("classes", ", ".join(before[2].classes), ", ".join(now[2].classes))


def save_verdict(run: Path, verdict: Verdict) -> None:
    """Keep the verdict in the folder of the new run. Raises DocumentError."""
    write_atomic(run / REPRODUCTION_FILE, json.dumps(asdict(verdict), indent=1, allow_nan=True) + "\n")


def verdict_of(content: dict[str, Any]) -> Verdict:
    """The verdict that JSON says. Raises TypeError, KeyError or AttributeError where it says none."""
    differences = tuple(Difference(**entry) for entry in content.pop("differences"))
    return Verdict(**content, differences=differences)


def load_verdict(run: Path) -> Verdict | None:
    """The verdict of a run that repeats another; None for every other run. Raises RunError for a damaged file."""
    path = run / REPRODUCTION_FILE
    if not path.is_file():
        return None
    broken = RunError(f"The file {path} is damaged.", "Delete it, or reproduce the bundle again.")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise broken
        content = guarded_json.data_of(guarded_json.text_of(path.read_bytes(), str(path)), str(path))
        return verdict_of(content)
    except OSError as error:
        raise RunError(f"Cannot read {path}: {error.strerror or error}.") from error
    except (DocumentError, TypeError, KeyError, AttributeError) as error:
        raise broken from error


def _paired(before: Sequence[Any], now: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The events of one step or epoch in both runs."""
    key = "step" if before and isinstance(before[0], Step) else "epoch"
    known = {getattr(event, key): event for event in before}
    return [(known[getattr(event, key)], event) for event in now if getattr(event, key) in known]


def _numbers(event: EpochFinished) -> tuple[float, ...]:
    return event.train_loss, event.train_top1, event.val_loss, event.val_top1


def _unequal(name: str, before: object, now: object) -> Iterator[Difference]:
    if before != now:
        yield Difference(name=name, before=_short(before), now=_short(now))


def _short(value: object) -> str:
    text = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    is_digest = len(text) >= 32 and all(letter in "0123456789abcdef" for letter in text)
    return f"{text[:12]}…" if is_digest else text
