"""The process of a pre-flight: `python -m hybridgraph.preflight RUN`."""

import sys

from hybridgraph.preflight.session import preflight_run
from hybridgraph.runs.processes import carry_out


def main(arguments: list[str]) -> int:
    """Take the pre-flight. Answers as `carry_out` does."""
    return carry_out("hybridgraph.preflight", preflight_run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
