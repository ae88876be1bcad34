"""The document: an immutable graph, the edits that make a new one from it, and its file format."""
