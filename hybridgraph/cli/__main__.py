"""`python -m hybridgraph.cli`, for where the console script is not on the path."""

from hybridgraph.cli import main

main()
