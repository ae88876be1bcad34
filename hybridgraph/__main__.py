"""`python -m hybridgraph`: the command line."""

from hybridgraph.cli import main

main()
