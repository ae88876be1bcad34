"""A pre-flight keeps to one device as well."""

from pathlib import Path

import pytest
import torch

from hybridgraph import compiler, presets
from hybridgraph.graph import files
from hybridgraph.jobs import PreflightJob, TrainJob
from hybridgraph.preflight import CHECKS, fitting, pace, preflight_run
from hybridgraph.recipes import card
from hybridgraph.runs import create_run


def test_every_check_is_made(tmp_path: Path, gpu: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MOST_STEPS", 2)
    monkeypatch.setattr(pace, "_ENOUGH", 1)
    monkeypatch.setattr(pace, "_LEAST_S", 0.0)
    design = presets.build("pocket-moat", image_size=8, channels_in=1, classes=10)
    source = compiler.source(design, standalone=True).text
    training = TrainJob(
        image_size=8, channels_in=1, classes=10, batch=4, device="cuda", precision="fp32",
        recipe=card("small-data").recipe,
    )  # fmt: skip
    job = PreflightJob(training=training, seconds=600.0)
    run = create_run(tmp_path / "run", graph_text=files.dumps(design), source=source, job=job)
    result = preflight_run(run.path)
    assert result is not None
    assert tuple(check.name for check in result.checks) == CHECKS
    assert {node.reach for node in result.nodes} == {"alive"}
