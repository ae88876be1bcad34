"""Programs made elsewhere, ONNX and torch.export, opened as designs."""
