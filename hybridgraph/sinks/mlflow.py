"""MLflow as a sink: one MLflow run for each run folder, on this machine unless MLFLOW_TRACKING_URI names a server."""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Any

from hybridgraph.errors import RunError
from hybridgraph.events import EpochFinished, Event, Failed, Finished, RunStarted, Stopped
from hybridgraph.jobs import TrainJob
from hybridgraph.runs.store import GRAPH_FILE, Run
from hybridgraph.sinks.sink import earlier, place, scalars, settings
from hybridgraph.storage import write_atomic

EXPERIMENT = "HybridGraph"
STATE_FILE = "mlflow.json"
"""In the run folder: which MLflow run it is, and where."""
_MOST = 900  # metrics in one request; MLflow takes 1,000
_WAIT_S = 10.0  # between two requests while steps come
_LONGEST = 5000  # letters of a parameter's value
_PARAMS = 100  # parameters in one request
_ENDS = {Finished: "FINISHED", Stopped: "KILLED", Failed: "FAILED"}


class MlflowSink:
    """Tells MLflow of one process's work. A run that goes on, goes on there; what it has already is not told twice."""

    def __init__(self, run: Run, job: TrainJob) -> None:
        """Raises RunError when MLflow is not installed."""
        try:
            os.environ.setdefault("MLFLOW_ENABLE_ASYNC_LOGGING", "false")
            from mlflow import entities
            from mlflow.tracking import MlflowClient
        except ImportError as error:
            raise RunError("mlflow is not installed.", "Install hybridgraph[mlflow].") from error
        self._run, self._job = run, job
        self._entities = entities
        self._uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{run.path.parent / 'mlflow.db'}"
        self._client = MlflowClient(tracking_uri=self._uri)
        self._id = ""
        self._start: RunStarted | None = None
        self._told: dict[str, set[int]] = {}
        self._waiting: list[Any] = []
        self._handed_at = time.monotonic()

    def take(self, event: Event) -> None:
        """Keep the points of an event, and hand them on in portions. Raises what MLflow raises."""
        if isinstance(event, RunStarted):
            self._begin(event)
        elif self._start is not None:
            self._keep(event, self._start)
            is_due = time.monotonic() - self._handed_at > _WAIT_S
            if is_due or len(self._waiting) >= _MOST or isinstance(event, EpochFinished):
                self._hand_on()
            if type(event) in _ENDS:
                self._hand_on()
                self._client.set_terminated(self._id, _ENDS[type(event)])

    def close(self) -> None:
        """Hand the rest on."""
        self._hand_on()

    def _keep(self, event: Event, start: RunStarted) -> None:
        at, now = place(event, start), round(time.time() * 1000)
        for tag, value in scalars(event).items():
            if math.isfinite(value) and at not in self._told.get(tag, ()):
                self._waiting.append(self._entities.Metric(tag, value, now, at))

    def _begin(self, start: RunStarted) -> None:
        self._start = start
        self._id = self._known()
        if self._id:
            self._client.update_run(self._id, status="RUNNING")
            for tag in self._client.get_run(self._id).data.metrics:
                self._told[tag] = {one.step for one in self._client.get_metric_history(self._id, tag)}
        else:
            self._id = self._made(start)
        if start.step:
            for event in earlier(self._run, start):
                self._keep(event, start)
            self._hand_on()

    def _made(self, start: RunStarted) -> str:
        """A new run of MLflow with the settings of this one; answers its id."""
        found = self._client.get_experiment_by_name(EXPERIMENT)
        experiment = found.experiment_id if found else self._client.create_experiment(EXPERIMENT)
        made = self._client.create_run(
            experiment,
            run_name=self._run.name,
            start_time=round(start.started_at * 1000) or None,
            tags={"hybridgraph.run": str(self._run.path), "hybridgraph.params": str(start.params)},
        )
        name = str(made.info.run_id)
        write_atomic(self._run.path / STATE_FILE, json.dumps({"run_id": name, "uri": self._uri}) + "\n")
        values = [
            self._entities.Param(name, str(value)[:_LONGEST]) for name, value in settings(self._job).items()
        ]
        for first in range(0, len(values), _PARAMS):
            self._client.log_batch(name, params=values[first : first + _PARAMS])
        self._client.set_tag(name, "mlflow.note.content", _note(self._run.path))
        return name

    def _known(self) -> str:
        """The MLflow run of this folder, if it lies at the same place; "" where there is none."""
        try:
            state = json.loads((self._run.path / STATE_FILE).read_text())
            return str(state["run_id"]) if state["uri"] == self._uri else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _hand_on(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._handed_at = time.monotonic()
        for first in range(0, len(waiting), _MOST):
            self._client.log_batch(self._id, metrics=waiting[first : first + _MOST])


def _note(folder: Path) -> str:
    text = (folder / GRAPH_FILE).read_text(encoding="utf-8")
    return f"```json\n{text[: _LONGEST - 20]}\n```"
