"""The process of a pre-flight: `python -m hybridgraph.preflight RUN`."""

import sys

from hybridgraph.errors import HybridGraphError
from hybridgraph.preflight.session import preflight_run


def main(arguments: list[str]) -> int:
    """Take the pre-flight. Answers 0 when it is done or was stopped, 1 after a sentence on stderr, 2 for wrong use."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m hybridgraph.preflight RUN\n")
        return 2
    try:
        preflight_run(arguments[0])
    except HybridGraphError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
