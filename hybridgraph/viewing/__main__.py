"""The process that looks at pictures for a window, which answers requests as `hybridgraph.requests` says.

    {"method": "recognise", "path": …}          -> {"specs": ["folder:…", …]}
    {"method": "read_as", "kind": …, "path": …} -> {"spec": …}
    {"method": "open", "spec": …, "seed": 0, "held_back": 0.15}
        -> {"classes": […], "train": […], "val": […], "labels": base64 of uint32, "split": …, "held_back": …, …}
    {"method": "open", "run": path of a training} -> as above, and {"places": [one for each prediction of the run, …]}
    {"method": "small", "places": […], "side": 96} -> {"pictures": [[place, name, width, height, base64 of RGB], …]}
    {"method": "variants", "places": […], "recipe": {…}, "image_size": …, "channels_in": …, "seed": …, "count": …,
     "side": …}                                  -> {"rows": …, "columns": …, "side": …, "pixels": base64 of RGB}
    {"method": "health", …as open}               -> notices {"done": …, "all": …}, then {"health": {…}, …}

Health takes as long as the set is large and is asked of a process of its own, which is ended when nobody waits for it. Asked
again for another split, it is told without another look.
"""

from __future__ import annotations

import base64
import contextlib
import os
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from hybridgraph import requests
from hybridgraph.data.health import Seen, check_up
from hybridgraph.data.sources import FileSet, read
from hybridgraph.errors import DataError
from hybridgraph.recipes import recipe as recipes
from hybridgraph.requests import Method, Notify
from hybridgraph.results import results_of
from hybridgraph.results.pictures import RunPictures
from hybridgraph.runs.store import open_run
from hybridgraph.viewing.recognition import is_picture, read_as, recognise
from hybridgraph.viewing.shelf import Shelf

_READY = 4
"""Selections of pictures that wait to be changed again: of one, a smaller one is shown while a slider moves."""
_MOST_NAMED = 2000
"""Oddities of a kind and pairs that are told one by one; of more, the number is told."""


class Viewer:
    """Answers about one set of pictures at a time."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._shelf: Shelf | None = None
        self._variants: dict[object, Any] = {}
        self._seen_of, self._seen = "", Seen()
        self._methods: dict[str, Method] = {
            "recognise": self._recognise,
            "read_as": self._read_as,
            "open": self._open,
            "small": self._small,
            "variants": self._show,
            "health": self._health,
        }

    def answer(self, line: str) -> dict[str, Any]:
        """The answer to one line."""
        return requests.answer(line, self._methods)

    def _recognise(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"specs": recognise(Path(request["path"]))}

    def _read_as(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"spec": read_as(request["kind"], Path(request["path"]))}

    def _open(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._shelf, self._variants = None, {}
        more: dict[str, Any] = {}
        if "run" in request:
            of_run = RunPictures(results_of(open_run(request["run"])))
            shelf, more = of_run.shelf, {"places": of_run.places}
        else:
            shelf = Shelf(read(request["spec"], request["seed"], request["held_back"]))
        self._shelf, found = shelf, shelf.found
        counts = [
            np.bincount(part, minlength=len(found.classes)).tolist()
            for part in (shelf.labels[: shelf.train_count], shelf.labels[shelf.train_count :])
        ]
        return {
            "classes": found.classes,
            "train": counts[0],
            "val": counts[1],
            "labels": base64.b64encode(shelf.labels.astype("<u4").tobytes()).decode(),
            "split": found.split,
            "held_back": found.held_back if isinstance(found, FileSet) else 0.0,
            "channels_in": found.channels_in,
            "notes": found.notes,
            **more,
        }

    def _small(self, request: Mapping[str, Any]) -> dict[str, Any]:
        shelf = self._opened()
        shown: list[list[Any]] = []
        for place in request["places"]:
            try:
                picture = shelf.small(place, request["side"])
            except DataError as error:
                shown.append([place, shelf.name(place), 0, 0, error.message])
                continue
            pixels = base64.b64encode(picture.tobytes()).decode()
            shown.append([place, shelf.name(place), *picture.size, pixels])
        return {"pictures": shown}

    def _show(self, request: Mapping[str, Any]) -> dict[str, Any]:
        from hybridgraph.viewing.variants import Variants  # with torch, which nothing else here needs

        wanted = (tuple(request["places"]), request["image_size"], request["channels_in"])
        if wanted not in self._variants:
            if len(self._variants) >= _READY:
                self._variants.clear()
            self._variants[wanted] = Variants(self._opened(), *wanted)
        variants: Variants = self._variants[wanted]
        recipe = recipes.from_content(request["recipe"])
        shown = variants.show(recipe, seed=request["seed"], count=request["count"], side=request["side"])
        return {
            "places": variants.places,
            "rows": shown.shape[0],
            "columns": shown.shape[1],
            "side": shown.shape[2],
            "pixels": base64.b64encode(shown.tobytes()).decode(),
        }

    def _health(self, request: Mapping[str, Any]) -> dict[str, Any]:
        spec, seed, held_back = request["spec"], request["seed"], request["held_back"]
        if spec != self._seen_of:
            self._seen_of, self._seen = spec, {}

        def tell(done: int, everything: int) -> None:
            self._notify({"done": done, "all": everything})

        with contextlib.suppress(OSError, AttributeError):  # where a system has no such thing
            os.setpriority(os.PRIO_PROCESS, 0, 5)  # the window, and what is looked at now, go first
        health = check_up(spec, seed=seed, held_back=held_back, known=self._seen, on_progress=tell)
        content = health.as_data()
        shelf = Shelf(read(spec, seed, held_back))
        troubles = Counter(odd.trouble for odd in health.oddities)
        seen: Counter[str] = Counter()
        content["oddities"] = [
            odd for odd in content["oddities"] if _counted(seen, odd["trouble"]) <= _MOST_NAMED
        ]
        gravest = sorted(
            content["pairs"], key=lambda pair: (not pair["is_leak"], not pair["is_contradiction"])
        )
        content["pairs"] = gravest[:_MOST_NAMED]
        skipped = list(islice(shelf.skipped(), _MOST_NAMED + 1))
        places = shelf.places()
        named = {odd["picture"] for odd in content["oddities"]}
        named |= {pair[side] for pair in content["pairs"] for side in ("first", "second")}
        return {
            "health": content,
            "troubles": dict(troubles),
            "pairs": len(health.pairs),
            "skipped": [[str(path), "unlisted" if is_picture(path) else "other"] for path in skipped],
            "places": {name: places[name] for name in named if name in places},
        }

    def _opened(self) -> Shelf:
        if self._shelf is None:
            raise DataError("No pictures are open.")
        return self._shelf


def _counted(seen: Counter[str], what: str) -> int:
    seen[what] += 1
    return seen[what]


if __name__ == "__main__":
    requests.serve(Viewer)
