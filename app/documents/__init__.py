"""The open designs of a window, and everything that keeps their work from being lost."""
