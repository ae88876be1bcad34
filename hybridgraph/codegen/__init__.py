"""A plan as Python source: `render` for the source that imports the blocks, `standalone` for one file on torch alone."""

from hybridgraph.codegen.standalone import standalone
from hybridgraph.codegen.writer import Rendered, render

__all__ = ["Rendered", "render", "standalone"]
