"""What is wrong or odd with a set of pictures, found before the first epoch."""

from hybridgraph.data.health.checkup import check_up
from hybridgraph.data.health.record import Finding, Health, Oddity, Pair, Sides

__all__ = ["Finding", "Health", "Oddity", "Pair", "Sides", "check_up"]
