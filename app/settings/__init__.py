"""What a person can set: preferences and keys."""
