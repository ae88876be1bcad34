"""Starting the process that takes the runs of a queue."""

from __future__ import annotations

from hybridgraph.errors import RunError
from hybridgraph.queue.entries import LOG_FILE, Queue
from hybridgraph.runs.processes import start_detached


def begin(queue: Queue) -> int | None:
    """Start the process of the queue unless it is at work, paused, or has nothing to do; answers its id.

    It outlives this process. Raises RunError when none can be started.
    """
    running = queue.worker
    if running is not None or queue.is_paused or all(entry.is_over for entry in queue.entries()):
        return running
    try:
        return start_detached("hybridgraph.queue", queue.root, queue.folder / LOG_FILE)
    except OSError as error:
        raise RunError(f"Cannot start the queue {queue.folder}: {error.strerror or error}.") from error
