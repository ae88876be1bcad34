"""A full disk pauses a training: it says so, waits until there is room, and goes on with nothing lost."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import TypeVar

from hybridgraph.errors import HybridGraphError
from hybridgraph.events import Warned

_LOOK_S = 0.5
"""Time between two looks at the disk."""

Written = TypeVar("Written")


def when_there_is_room(
    write: Callable[[], Written], tell: Callable[[HybridGraphError], None], is_asked: Callable[[], bool]
) -> Written:
    """What `write` gives, tried again while the disk is full; `tell` hears the error once.

    Raises the error when a stop `is_asked` for meanwhile, and every error of another kind at once.
    """
    told = False
    while True:
        try:
            return write()
        except HybridGraphError as error:
            if not is_full(error) or is_asked():
                raise
            if not told:
                tell(error)
                told = True
        time.sleep(_LOOK_S)


def paused(error: HybridGraphError) -> Warned:
    """What a person is told while the training waits."""
    return Warned(
        message=f"The training is paused. {error.message}",
        hint="It goes on by itself when there is room; what was saved before is kept.",
    )


def is_full(error: BaseException) -> bool:
    """Whether a full disk is behind the error: one on which others may make room."""
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, OSError) and reason.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        reason = reason.__cause__
    return False
