"""The process of a queue: `python -m hybridgraph.queue ROOT`, ROOT being a store of runs."""

import sys
from pathlib import Path

from hybridgraph.errors import HybridGraphError
from hybridgraph.queue.entries import Queue
from hybridgraph.queue.worker import work


def main(arguments: list[str]) -> int:
    """Take the runs of the queue. Answers 0 when none is left or it is paused, 1 after a sentence, 2 for wrong use."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m hybridgraph.queue ROOT\n")
        return 2
    try:
        work(Queue(Path(arguments[0]).absolute()))
    except HybridGraphError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
