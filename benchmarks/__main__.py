"""Run benchmarks by name, print a table or JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict

import torch
from rich.console import Console
from rich.table import Table

from benchmarks import (
    analysis,
    attention,
    canvas,
    compiled,
    defaults,
    exports,
    forecast,
    frames,
    layout,
    plots,
    profile,
    runs,
    startup,
    training,
)
from benchmarks import input as inputs
from benchmarks.timing import Row

BENCHMARKS = {
    "analysis": analysis.measure,
    "attention": attention.measure,
    "canvas": canvas.measure,
    "compiled": compiled.measure,
    "defaults": defaults.measure,
    "exports": exports.measure,
    "forecast": forecast.measure,
    "frames": frames.measure,
    "input": inputs.measure,
    "layout": layout.measure,
    "plots": plots.measure,
    "profile": profile.measure,
    "runs": runs.measure,
    "startup": startup.measure,
    "training": training.measure,
}


def main() -> None:
    """Measure what is asked for, everything by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; all by default"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    parser.add_argument("--device", default="cpu", help="where modules compute, such as cuda")
    parser.add_argument("--rounds", type=int, default=11, help="how often each thing is measured")
    parser.add_argument(
        "--threads", type=int, help="threads of torch; one is the steadiest on a busy machine"
    )
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    device = torch.device(options.device)
    machine = _machine(device)
    results: dict[str, list[Row]] = {}
    for name in options.names or BENCHMARKS:
        results[name] = BENCHMARKS[name](device, rounds=options.rounds)
        if not options.json:
            _print(name, results[name])
    if options.json:
        rows = {name: [asdict(row) for row in found] for name, found in results.items()}
        print(json.dumps({"machine": machine, "results": rows}, indent=1, ensure_ascii=False))
    else:
        print(", ".join(f"{key}: {value}" for key, value in machine.items()))


def _machine(device: torch.device) -> dict[str, str]:
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "processor": f"{os.cpu_count()} cores, {platform.machine()}",
        "threads": str(torch.get_num_threads()),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else str(device),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "load at the start": load,
    }


def _print(name: str, rows: list[Row]) -> None:
    table = Table(title=name, title_justify="left")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("beside it", overflow="fold")
    for row in rows:
        table.add_row(row.name, f"{row.value:.3f} {row.unit}" if row.unit == "×" else f"{row.value:.1f} {row.unit}",
                      row.note)  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    main()
