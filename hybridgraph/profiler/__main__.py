"""The process of a run that profiles or sweeps: `python -m hybridgraph.profiler RUN`."""

import sys

from hybridgraph.profiler.session import work_on
from hybridgraph.runs.processes import carry_out


def main(arguments: list[str]) -> int:
    """Do the work of the run. Answers as `carry_out` does."""
    return carry_out("hybridgraph.profiler", work_on, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
