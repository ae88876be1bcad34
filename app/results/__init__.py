"""What came of a run, in a window of its own: confusion, classes, calibration, mistakes as pictures."""
