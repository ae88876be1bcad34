"""Bundles of runs, and running them again."""
