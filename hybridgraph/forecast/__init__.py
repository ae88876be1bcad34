"""What a training step and a forward pass of a design will take: multiply-adds, and the most memory alive at once.

`values` are what is said, `calls` the blocks in the order in which they run with the memory between them, `peaks` the worst
moments of a step, and `forecaster` makes forecasts of designs. The last one alone needs torch.
"""

from hybridgraph.forecast.values import Forecast, Load, NodeForecast, Peak, decode, encode

__all__ = ["Forecast", "Load", "NodeForecast", "Peak", "decode", "encode"]
