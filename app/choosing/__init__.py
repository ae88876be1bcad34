"""Choosing from lists: what to do, which block, which type instead, and what would come of each."""
