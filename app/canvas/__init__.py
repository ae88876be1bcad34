"""The canvas: the graph as cards, containers and wires that can be moved, wired and spliced by hand."""
