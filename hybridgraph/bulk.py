"""Making very many lasting objects at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def bulk() -> Iterator[None]:
    """Let Python's collector of circles wait.

    It looks through all that was made whenever some thousand objects more are there: in opening a large design
    that is a third of the time, and all of them are there to stay.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
