"""The process of a queue: `python -m hybridgraph.queue ROOT`, ROOT being a store of runs."""

import sys

from hybridgraph.queue.entries import Queue
from hybridgraph.queue.worker import work
from hybridgraph.runs.processes import carry_out


def main(arguments: list[str]) -> int:
    """Take the runs of the queue until none is left or it is paused. Answers as `carry_out` does."""
    return carry_out("hybridgraph.queue", lambda root: work(Queue(root.absolute())), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
