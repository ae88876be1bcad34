"""What a window shows of a set of pictures before anything is trained on it, computed in a process of its own."""
