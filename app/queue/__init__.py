"""The queue in the window: a tab that shows its runs with their times, and changes their order."""
