"""Reports and model cards: all that is known of a design and its training, on one sheet."""
