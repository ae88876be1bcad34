"""Weights & Biases as a sink: written beside the run and synchronised when one wishes, unless WANDB_MODE says `online`."""

from __future__ import annotations

import json
import os
import secrets
from typing import Any

from hybridgraph.errors import RunError
from hybridgraph.events import EpochFinished, Event, Failed, RunStarted, Step
from hybridgraph.jobs import TrainJob
from hybridgraph.runs.store import Run
from hybridgraph.sinks.sink import earlier, place, scalars, settings
from hybridgraph.storage import write_atomic

PROJECT = "hybridgraph"
STATE_FILE = "wandb.json"
"""In the run folder: which run of W&B it is, and the last step that it was told of."""


class WandbSink:
    """Tells W&B of one process's work. A run that goes on has the same id; what was told before is not told twice."""

    def __init__(self, run: Run, job: TrainJob) -> None:
        """Raises RunError when W&B is not installed."""
        try:
            import wandb
        except ImportError as error:
            raise RunError("wandb is not installed.", "Install hybridgraph[wandb].") from error
        self._run, self._job, self._wandb = run, job, wandb
        self._followed: Any = None
        self._start: RunStarted | None = None
        self._id, self._last = self._known()
        self._waiting: dict[str, float] = {}
        self._has_failed = False

    def take(self, event: Event) -> None:
        """Hand the points of an event on. Raises what W&B raises."""
        if isinstance(event, RunStarted):
            self._begin(event)
        elif self._start is not None and scalars(event):
            self._add(event, self._start)
        elif isinstance(event, Failed):
            self._has_failed = True

    def close(self) -> None:
        """Hand the rest on and end W&B's own process."""
        if self._followed is not None:
            self._hand_on()
            self._keep()
            self._followed.finish(exit_code=int(self._has_failed))
            self._followed = None

    def _add(self, event: Event, start: RunStarted) -> None:
        if isinstance(event, Step):
            self._hand_on()
            self._at = place(event, start)
        self._waiting |= scalars(event)
        if isinstance(event, EpochFinished):
            self._keep()

    def _begin(self, start: RunStarted) -> None:
        self._start, self._at = start, start.step
        self._followed = self._wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            id=self._id,
            resume="allow",
            name=self._run.name,
            dir=str(self._run.path),
            config=dict(settings(self._job)),
            mode=os.environ.get("WANDB_MODE", "offline"),
            settings=self._wandb.Settings(silent=True, console="off", disable_git=True, save_code=False),
        )
        for event in earlier(self._run, start) if start.step else ():
            self._add(event, start)
        self._keep()

    def _hand_on(self) -> None:
        """The points of one step, those of an epoch that ends with it among them, at once: W&B takes each step once."""
        if self._waiting and self._at > self._last:
            self._followed.log(self._waiting, step=self._at)
            self._last = self._at
            if self._last % 100 == 0:
                self._keep()
        self._waiting = {}

    def _known(self) -> tuple[str, int]:
        try:
            state = json.loads((self._run.path / STATE_FILE).read_text())
            return str(state["id"]), int(state["last"])
        except (OSError, ValueError, KeyError, TypeError):
            return secrets.token_hex(4), -1

    def _keep(self) -> None:
        write_atomic(self._run.path / STATE_FILE, json.dumps({"id": self._id, "last": self._last}) + "\n")
