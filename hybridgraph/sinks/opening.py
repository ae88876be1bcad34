"""The sinks of a training: opened by name, told everything, and none of them able to end it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from hybridgraph.errors import HybridGraphError
from hybridgraph.events import Event, RunStarted, Warned
from hybridgraph.jobs import TrainJob
from hybridgraph.runs.store import Run
from hybridgraph.sinks.sink import Sink

TITLES = {"tensorboard": "TensorBoard", "mlflow": "MLflow", "wandb": "Weights & Biases"}


class Sinks:
    """What follows a run. One that fails is left out from then on, after one warning."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._sinks: dict[str, Sink] | None = None
        self.warn: Callable[[Event], None] = _forget
        """Gets the warnings; it may hand them to `take` again."""

    def take(self, event: Event) -> None:
        """Tell every sink; they are opened when the run starts."""
        if self._sinks is None:
            if not isinstance(event, RunStarted):
                return
            self._open()
        for name, sink in list((self._sinks or {}).items()):
            try:
                sink.take(event)
            except Exception as error:  # noqa: BLE001  (other people's programs fail in any way; the training counts)
                self._leave(name, error)

    def _open(self) -> None:
        self._sinks = {}
        job = self._run.job
        if not isinstance(job, TrainJob):
            return
        for name in job.sinks:
            try:
                self._sinks[name] = open_sink(name, self._run, job)
            except Exception as error:  # noqa: BLE001
                self._leave(name, error)

    def close(self) -> None:
        """Let every sink write what is left."""
        for name, sink in list((self._sinks or {}).items()):
            try:
                sink.close()
            except Exception as error:  # noqa: BLE001
                self._leave(name, error)
        self._sinks = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _leave(self, name: str, error: Exception) -> None:
        """Go on without a sink, and say so once."""
        sink = self._sinks.pop(name, None) if self._sinks else None
        if sink is not None:
            with contextlib.suppress(
                Exception
            ):  # what it could not write it cannot write now; that is told below
                sink.close()
        first = (str(error).strip().splitlines() or [""])[0].rstrip(".") or type(error).__name__
        hint = "The log of the run has everything."
        if isinstance(error, HybridGraphError):
            first, hint = error.message.rstrip("."), error.hint or hint
        told = f"{TITLES[name]} is not told of this run any more: {first}. The training goes on."
        self.warn(Warned(message=told, hint=hint))


def open_sink(name: str, run: Run, job: TrainJob) -> Sink:
    """The sink of a name for a run. Raises RunError, or whatever the sink's program raises."""
    if name == "tensorboard":
        from hybridgraph.sinks.tensorboard.sink import TensorBoardSink

        return TensorBoardSink(run, job)
    if name == "mlflow":
        from hybridgraph.sinks.mlflow import MlflowSink

        return MlflowSink(run, job)
    from hybridgraph.sinks.wandb import WandbSink

    return WandbSink(run, job)


def _forget(_: Event) -> None:
    """Before somebody listens there is nothing to warn of."""
