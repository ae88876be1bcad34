"""Taking a design home: as source on torch alone, as ONNX, as weights. Each export is run and compared first."""

from hybridgraph.export.onnx import export_onnx
from hybridgraph.export.result import ExportResult
from hybridgraph.export.safetensors import export_safetensors
from hybridgraph.export.source import export_source
from hybridgraph.export.summary import summary_text
from hybridgraph.weights.files import Weights, load_weights, read_weights, run_weights

__all__ = [
    "ExportResult",
    "Weights",
    "export_onnx",
    "export_safetensors",
    "export_source",
    "load_weights",
    "read_weights",
    "run_weights",
    "summary_text",
]
