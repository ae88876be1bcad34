"""The process of a run that profiles or sweeps: `python -m hybridgraph.profiler RUN`."""

import sys

from hybridgraph.errors import HybridGraphError
from hybridgraph.profiler.session import work_on


def main(arguments: list[str]) -> int:
    """Do the work of the run. Answers 0 when it is done or was stopped, 1 after a sentence on stderr, 2 for wrong use."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m hybridgraph.profiler RUN\n")
        return 2
    try:
        work_on(arguments[0])
    except HybridGraphError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
