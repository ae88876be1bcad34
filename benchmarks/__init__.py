"""What the README's numbers are measured with: `python -m benchmarks [name...] [--json] [--device cuda]`."""
