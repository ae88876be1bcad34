"""Taking a design home: as source on torch alone, as ONNX, as weights. Each export is run and compared first.

Names are loaded when they are first asked for, so that the window can read the records of exports without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from hybridgraph.export.record import ExportRecord, load_record, run_records

if TYPE_CHECKING:
    from hybridgraph.export.onnx import export_onnx
    from hybridgraph.export.package import export_package
    from hybridgraph.export.program import export_program
    from hybridgraph.export.safetensors import export_safetensors
    from hybridgraph.export.source import export_source
    from hybridgraph.export.summary import summary_text
    from hybridgraph.weights.files import Weights, load_weights, read_weights, run_weights

_HOMES = {
    "export_onnx": "hybridgraph.export.onnx",
    "export_package": "hybridgraph.export.package",
    "export_program": "hybridgraph.export.program",
    "export_safetensors": "hybridgraph.export.safetensors",
    "export_source": "hybridgraph.export.source",
    "summary_text": "hybridgraph.export.summary",
    "Weights": "hybridgraph.weights.files",
    "load_weights": "hybridgraph.weights.files",
    "read_weights": "hybridgraph.weights.files",
    "run_weights": "hybridgraph.weights.files",
}

__all__ = [
    "ExportRecord",
    "Weights",
    "export_onnx",
    "export_package",
    "export_program",
    "export_safetensors",
    "export_source",
    "load_record",
    "load_weights",
    "read_weights",
    "run_records",
    "run_weights",
    "summary_text",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
