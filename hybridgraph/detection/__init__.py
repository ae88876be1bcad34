"""What detectors are judged by: boxes, the match between queries and objects, and the losses of that match.

Carion et al. 2020, "End-to-End Object Detection with Transformers" (arXiv:2005.12872), sections 3.1 and A.2.
"""

from hybridgraph.detection.boxes import generalized_iou, iou, to_centres, to_corners
from hybridgraph.detection.losses import LayerLoss, LossWeights, SetLoss, set_loss
from hybridgraph.detection.matching import Match, MatchCosts, match
from hybridgraph.detection.predictions import Predictions, predictions, split
from hybridgraph.detection.targets import Target, check_targets

__all__ = [
    "LayerLoss",
    "LossWeights",
    "Match",
    "MatchCosts",
    "Predictions",
    "SetLoss",
    "Target",
    "check_targets",
    "generalized_iou",
    "iou",
    "match",
    "predictions",
    "set_loss",
    "split",
    "to_centres",
    "to_corners",
]
