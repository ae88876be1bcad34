"""The table of runs and the bake-off: what is kept of every run, side by side."""
