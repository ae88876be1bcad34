"""The desktop application: a window over `hybridgraph` that never imports torch."""
