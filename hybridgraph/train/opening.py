"""The pictures of a training: opened as its first weights take them, with what is to be said of them."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from hybridgraph.data import Dataset, open_dataset, preprocessing
from hybridgraph.distributed.world import World
from hybridgraph.errors import DataError
from hybridgraph.events import Event, Note, Warned
from hybridgraph.jobs import TrainJob
from hybridgraph.train.stopping import StopRequests

_NEWS_EVERY_S = 3.0


def open_pictures(
    job: TrainJob,
    start: Mapping[str, Any],
    emit: Callable[[Event], None],
    stop: StopRequests,
    world: World,
) -> Dataset:
    """The pictures of the job; the processes of a world read them one after the other.

    `start` is what the weights that the training begins with say of the pictures they take. Raises DataError.
    """
    with world.in_turn():
        data = open_dataset(
            job.data,
            image_size=job.image_size,
            channels_in=job.channels_in,
            seed=job.seed,
            held_back=job.held_back,
            on_progress=_reading(emit, stop),
        )
    for message in data.notes:
        emit(Note(message=message))
    for message in data.warnings:
        emit(Warned(message=message))
    if len(data.classes) != job.classes:
        raise DataError(
            f"The pictures of {job.data} have {len(data.classes)} classes, the design ends in {job.classes}.",
            f"Set the number of classes to {len(data.classes)}.",
        )
    data, changed = preprocessing.as_weights_ask(data, start)
    if changed:
        emit(Note(message=changed))
    return data


def _reading(emit: Callable[[Event], None], stop: StopRequests) -> Callable[[int, int], None]:
    """Listen for a stop while pictures are read, and say from time to time how far it is."""
    said_at = time.monotonic()

    def tell(done: int, everything: int) -> None:
        nonlocal said_at
        stop.raise_if_heard()
        if time.monotonic() - said_at > _NEWS_EVERY_S:
            said_at = time.monotonic()
            emit(Note(message=f"{done:,} of {everything:,} pictures are read."))

    return tell
