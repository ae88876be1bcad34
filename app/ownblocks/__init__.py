"""Blocks of the person's own in the window."""
