"""The design on the canvas held against another one: an overlay, a panel, and a way from difference to difference."""
