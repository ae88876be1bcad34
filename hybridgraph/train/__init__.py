"""Training: `train` takes a run folder to its end. The package itself imports no torch."""

from hybridgraph.train.result import TrainResult
from hybridgraph.train.session import train

__all__ = ["TrainResult", "train"]
