"""The newer blocks as ONNX: the same numbers from onnxruntime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hybridgraph.export import export_onnx
from hybridgraph.graph.model import Graph
from tests.core.toys import chain, node
from tests.export.designs import stirred_weights


def augmented() -> Graph:
    return chain(
        node("stem", "conv_norm_act", channels=16),
        node("aa", "aa_conv", channels=16, nu=0.5, heads=2, key_floor=4, pool=True),
        node("residual", "aa_residual", channels=32, stride=2, nu=0.5, heads=4, key_floor=4),
        node("bam", "bam", reduction=4),
        node("basic", "resnet_basic", channels=32, attention="cbam", reduction=4),
        node("next", "convnext_block"),
        node("head", "classifier", classes=5),
    )


def tokens() -> Graph:
    return chain(
        node("embed", "conv_token_embed", channels=16),
        node("cvt", "cvt_block", head_dim=8),
        node("strided", "cvt_block", head_dim=8, stride_q=2, kind_k="average"),
        node("tokens", "map_to_tokens"),
        node("class", "class_token"),
        node("last", "cvt_token_block", head_dim=8),
        node("shaw", "shaw_attention", head_dim=8, reach=2),
        node("heads", "shaw_attention", head_dim=8, reach=2, shared=False),
        node("head", "token_classifier", classes=5),
    )


@pytest.mark.slow
@pytest.mark.parametrize("design", [augmented, tokens])
def test_onnxruntime_gives_the_same(design: Callable[[], Graph], tmp_path: Path) -> None:
    graph = design()
    result = export_onnx(graph, tmp_path / "model.onnx", stirred_weights(graph, tmp_path))
    assert 0 <= result.relative < 1e-5
