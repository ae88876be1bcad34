"""Weights of networks: our own files, and those of others, whose names and layouts are translated by tables."""
