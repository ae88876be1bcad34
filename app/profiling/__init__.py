"""What a profile of the design shows: a tree of costs, the roofline, memory over time, a map, sweeps and advice."""
