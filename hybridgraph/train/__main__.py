"""The process of a training run: `python -m hybridgraph.train RUN`."""

import sys
from pathlib import Path

from hybridgraph.errors import HybridGraphError
from hybridgraph.train.session import train


def main(arguments: list[str]) -> int:
    """Train the run. Answers 0 when it is done or was stopped, 1 after a sentence on stderr, 2 for wrong use."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m hybridgraph.train RUN\n")
        return 2
    try:
        train(Path(arguments[0]))
    except HybridGraphError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
