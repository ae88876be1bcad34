"""The process of a profiling run: `python -m hybridgraph.profiler RUN`."""

import sys

from hybridgraph.errors import HybridGraphError
from hybridgraph.profiler.session import profile_run


def main(arguments: list[str]) -> int:
    """Profile the run. Answers 0 when it is done or was stopped, 1 after a sentence on stderr, 2 for wrong use."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m hybridgraph.profiler RUN\n")
        return 2
    try:
        profile_run(arguments[0])
    except HybridGraphError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
