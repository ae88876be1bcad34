"""What is wrong or odd with a set of pictures, found before the first epoch."""

from hybridgraph.data.health.checkup import Seen, check_up
from hybridgraph.data.health.record import Finding, Health, Oddity, Pair, Sides

__all__ = ["Finding", "Health", "Oddity", "Pair", "Seen", "Sides", "check_up"]
