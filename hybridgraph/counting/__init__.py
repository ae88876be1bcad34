"""Counting what a block does by running it on the meta device and looking at each operation that is dispatched.

`operations` says what an operation multiplies and answers for the slow ones, `modes` runs attention and number formats
as a device would, `counter` counts a forward pass and `tracing` follows the memory of a whole step.
"""
