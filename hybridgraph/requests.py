"""Processes that answer: requests come in as JSON lines on standard input, answers go out on standard output.

A request is {"id": …, "method": …, …}; its answer carries the same id. One that cannot be answered gets
{"id": …, "error": {"message": …, "hint": …}}. Notices, which are no answers, may go out in between. The process ends
when its standard input closes, so it never outlives the window.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TextIO

from hybridgraph.errors import EngineError, HybridGraphError

Method = Callable[[Mapping[str, Any]], dict[str, Any]]
Notify = Callable[[dict[str, Any]], None]


class Answerer(Protocol):
    """Whoever answers a line."""

    def answer(self, line: str) -> dict[str, Any]:
        """The answer to one line."""


def answer(line: str, methods: Mapping[str, Method]) -> dict[str, Any]:
    """The answer to one line; a request that cannot be answered is answered with the reason."""
    identity: object = None
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise EngineError("A request is a JSON object.")
        identity = request.get("id")
        method = methods.get(request.get("method", ""))
        if method is None:
            raise EngineError(f"The engine has no method {request.get('method')!r}.")
        return {"id": identity, **method(request)}
    except HybridGraphError as error:
        return _error(identity, error.message, error.hint)
    except json.JSONDecodeError as error:
        return _error(identity, f"The request is no JSON: {error.msg}.", "")
    except Exception as error:  # noqa: BLE001  (one bad request must not end the process; the reason is told)
        message = f"The engine met something it did not expect: {type(error).__name__}: {error}."
        return _error(identity, message, "Please report it with the design.")


def run(make: Callable[[Notify], Answerer], requests: TextIO, answers: TextIO) -> None:
    """Answer line by line until the requests end."""

    def say(content: dict[str, Any]) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    answerer = make(say)
    for line in requests:
        if line.strip():
            say(answerer.answer(line))


def serve(make: Callable[[Notify], Answerer]) -> None:
    """Answer on the standard streams. Anything a library prints goes to standard error instead."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # A byte that is no UTF-8 spoils its own line, which is then no JSON, and not the loop over the lines.
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    run(make, sys.stdin, answers)


def _error(identity: object, message: str, hint: str) -> dict[str, Any]:
    return {"id": identity, "error": {"message": message, "hint": hint}}
