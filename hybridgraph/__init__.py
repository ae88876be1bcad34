"""HybridGraph: design vision networks that combine convolution and attention.

The verbs `load`, `save`, `preset`, `analyze`, `source` and `compile` do in Python what the commands of the same
names do in a terminal. Importing this package does not import torch; the verbs that need torch do.
"""

__version__ = "0.1.0"
