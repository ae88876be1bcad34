"""Pictures that come to the window: what was dropped, what is in it, what is wrong with it, and taking it for a training."""
