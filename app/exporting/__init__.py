"""Taking a design home: formats, weights, and the seal on what was written."""
