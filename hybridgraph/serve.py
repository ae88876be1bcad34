"""The engine process, which answers requests as `hybridgraph.requests` says.

    {"id": 1, "method": "hello"}                      -> {"id": 1, "version": …, "torch": …, "devices": […]}
    {"id": 2, "method": "analyze", "graph": {…}}      -> {"id": 2, "digest": …, "analysis": {…}}
    {"id": 3, "method": "source", "graph": {…}, "standalone": false}
                                                      -> {"id": 3, "digest": …, "source": …, "lines": {…}}
    {"id": 4, "method": "forecast", "graph": {…}, "batch": 32, "precision": "fp32", "device": "cpu"}
                                                      -> {"id": 4, "digest": …, "forecast": {…}}
    {"id": 5, "method": "blocks", "without": [[file, digest], …]}
                                                      -> {"id": 5, "blocks": […], "faults": [[file, digest, sentence], …]}
    {"id": 6, "method": "start", "graph": {…}, "weights": path, "into": path,
     "data": "folder:flowers", "seed": 0}
                                                      -> {"id": 6, "fresh": […]}

The one before loads the files with blocks of a person's own afresh. Before anything of such a file runs, a line
{"trying": file} goes out, and {"trying": ""} after, so that a file which ends or stops this process is known. The last
one writes the weights that a training of the design on that data begins with, from a file or run, and tells which tensors
begin anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, get_args

import torch

from hybridgraph import __version__, analysis, catalog, compiler, forecast, requests
from hybridgraph.custom.loading import Loader
from hybridgraph.engine import Engine
from hybridgraph.errors import EngineError
from hybridgraph.forecast.forecaster import DeviceKind, Forecaster
from hybridgraph.forecast.values import VALUE_BYTES
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, digest
from hybridgraph.requests import Method, Notify
from hybridgraph.spec import REGISTRY
from hybridgraph.storage import write_atomic


class Server:
    """Answers requests with one engine, so that what was measured once stays known."""

    def __init__(self, notify: Notify = lambda _notice: None) -> None:
        self._notify = notify
        self._engine = Engine()
        self._forecaster = Forecaster(self._engine)
        self._methods: dict[str, Method] = {
            "hello": self._hello,
            "analyze": self._analyze,
            "source": self._source,
            "forecast": self._forecast,
            "blocks": self._blocks,
            "start": self._start,
        }

    def answer(self, line: str) -> dict[str, Any]:
        """The answer to one line; a request that cannot be answered is answered with the reason."""
        return requests.answer(line, self._methods)

    def _hello(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"version": __version__, "torch": torch.__version__, "devices": devices()}

    def _blocks(self, request: Mapping[str, Any]) -> dict[str, Any]:
        without = {(str(name), str(sha256)) for name, sha256 in request.get("without", ())}
        loader = Loader(without, lambda name: self._notify({"trying": name}))
        loader.load_all()
        self._engine = Engine(loader)  # what the former ones measured may be of another content
        self._forecaster = Forecaster(self._engine)
        return {
            "blocks": [catalog.encode(spec) for spec in REGISTRY.values() if spec.file],
            "faults": [[*key, fault] for key, fault in loader.faults.items()],
        }

    def _analyze(self, request: Mapping[str, Any]) -> dict[str, Any]:
        graph = _graph(request)
        return {"digest": digest(graph), "analysis": analysis.encode(self._engine.analyze(graph))}

    def _source(self, request: Mapping[str, Any]) -> dict[str, Any]:
        graph = _graph(request)
        rendered = compiler.source(graph, standalone=bool(request.get("standalone")), engine=self._engine)
        lines = {"/".join(path): list(span) for path, span in rendered.lines.items()}
        return {"digest": digest(graph), "source": rendered.text, "lines": lines}

    def _start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        from hybridgraph.data.description import describe  # for whoever asks for it
        from hybridgraph.weights.starting import starting_weights

        data = request.get("data")
        classes = describe(str(data), seed=int(request.get("seed", 0))).classes if data else ()
        made, fresh = starting_weights(_graph(request), str(request.get("weights", "")), classes)
        write_atomic(str(request.get("into", "")), made)
        return {"fresh": list(fresh)}

    def _forecast(self, request: Mapping[str, Any]) -> dict[str, Any]:
        graph, batch = _graph(request), request.get("batch", 1)
        precision, device = request.get("precision", "fp32"), request.get("device", "cpu")
        if type(batch) is not int or precision not in VALUE_BYTES or device not in get_args(DeviceKind):
            raise EngineError(f"There is no forecast for {batch!r} pictures in {precision!r} on {device!r}.")
        told = self._forecaster.forecast(graph, batch=batch, precision=precision, device=device)
        return {"digest": told.digest, "forecast": forecast.encode(told)}


def devices() -> list[dict[str, str]]:
    """The devices torch can compute on here, the fastest first, with what people call them."""
    found = [
        {"id": f"cuda:{index}", "title": torch.cuda.get_device_name(index)}
        for index in range(torch.cuda.device_count())
    ]
    if torch.backends.mps.is_available():
        found.append({"id": "mps", "title": "Apple GPU"})
    return [*found, {"id": "cpu", "title": f"CPU, {os.cpu_count()} cores"}]


def _graph(request: Mapping[str, Any]) -> Graph:
    return files.loads(json.dumps(request.get("graph")), "the request's graph")


def main() -> None:
    """Serve on the standard streams."""
    torch.set_num_threads(1)  # measuring needs no more, and the machine belongs to training
    requests.serve(Server)


if __name__ == "__main__":
    main()
