"""The process of a training run: `python -m hybridgraph.train RUN`."""

import sys

from hybridgraph.runs.processes import carry_out
from hybridgraph.train.session import train


def main(arguments: list[str]) -> int:
    """Train the run. Answers as `carry_out` does."""
    return carry_out("hybridgraph.train", train, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
