"""Where pictures come from: each kind of source is read by a module of its own into files or pixels with labels."""

from hybridgraph.data.sources.found import FileSet, Found, Listing, Pixels, PixelSet
from hybridgraph.data.sources.reading import read

__all__ = ["FileSet", "Found", "Listing", "PixelSet", "Pixels", "read"]
