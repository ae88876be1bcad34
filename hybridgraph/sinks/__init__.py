"""Who else is told what a run says, beside its log: TensorBoard, MLflow, Weights & Biases. Imports no torch."""

from hybridgraph.sinks.opening import Sinks

__all__ = ["Sinks"]
