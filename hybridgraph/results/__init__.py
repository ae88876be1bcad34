"""What came of a training: confusion, figures of each class, calibration, mistakes, and the pictures behind them."""

from hybridgraph.results.results import Results, results_of

__all__ = ["Results", "results_of"]
