"""A person's own stages: kept on a shelf, with chosen parameters."""
