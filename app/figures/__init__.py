"""Drawings of designs as files: what is on the canvas, and the figure of the stages."""
