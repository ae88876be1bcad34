"""Broken and hostile files end in one sentence, without running anything in them."""

from __future__ import annotations

import json
import zipfile

import onnx
import pytest
from onnx import TensorProto, helper

from hybridgraph import operations
from hybridgraph.errors import BlockError, DocumentError
from hybridgraph.opening.opening import open_program


def rewritten(source, target, change):
    """The archive with one entry after another handed through `change`."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"\x80\x04pickle", b"hello", b"\x08\x08" * 50])
def test_what_is_no_program_is_refused(content, tmp_path):
    path = tmp_path / "file.pt2"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=r"file\.pt2"):
        open_program(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DocumentError, match="cannot be read"):
        open_program(tmp_path / "none.onnx")


def test_a_cut_archive_is_refused(saved, tmp_path):
    path = tmp_path / "cut.pt2"
    path.write_bytes(saved("free.pt2").read_bytes()[:-400])
    with pytest.raises(DocumentError, match=r"cut\.pt2"):
        open_program(path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda config: config.update(use_pickle=True), "keeps .* as code"),
        (lambda config: config["tensor_meta"].update(sizes=[{"as_int": 1 << 40}]), "damaged"),
        (lambda config: config["tensor_meta"].update(storage_offset={"as_int": 1 << 40}), "claims more"),
        (lambda config: config.update(path_name="nowhere"), "missing"),
    ],
)
def test_tensors_that_lie_about_themselves_are_refused(change, sentence, saved, tmp_path):
    def edit(name, data):
        if not name.endswith("model_weights_config.json"):
            return data
        config = json.loads(data)
        change(next(iter(config["config"].values())))
        return json.dumps(config).encode()

    with pytest.raises(DocumentError, match=sentence):
        open_program(rewritten(saved("free.pt2"), tmp_path / "lie.pt2", edit))


def test_an_unknown_operator_is_named(saved, tmp_path):
    def edit(name, data):
        return data.replace(b"torch.ops.aten.leaky_relu", b"torch.ops.evil.leaky_relu")

    with pytest.raises(DocumentError, match=r"evil\.leaky_relu"):
        open_program(rewritten(saved("free.pt2"), tmp_path / "odd.pt2", edit))


def model(op, initializer):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", 3, 4, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node(op, ["x", "w"], ["y"])], "g", [x], [y], [initializer])
    return helper.make_model(graph)


@pytest.mark.parametrize("place", ["/etc/passwd", "../secret", "weights/../../secret"])
def test_numbers_outside_the_folder_are_not_read(place, tmp_path):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=place)
    path = tmp_path / "outside.onnx"
    path.write_bytes(model("Add", tensor).SerializeToString())
    with pytest.raises(DocumentError, match="outside its folder"):
        open_program(path)


def test_an_onnx_tensor_that_claims_too_much_is_refused(tmp_path):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1 << 20, 1 << 20], raw_data=b"1234")
    path = tmp_path / "huge.onnx"
    onnx.save(model("Add", tensor), path)
    with pytest.raises(DocumentError, match="claims another number"):
        open_program(path)


def test_an_unknown_onnx_operator_is_named(tmp_path):
    path = tmp_path / "odd.onnx"
    onnx.save(model("NonMaxSuppression", helper.make_tensor("w", TensorProto.FLOAT, [1], [0.0])), path)
    with pytest.raises(DocumentError, match="NonMaxSuppression"):
        open_program(path)


@pytest.mark.parametrize(
    "program",
    [
        "nothing",
        '{"weights": {}, "steps": [["y", "load", ["x"], {}]], "gives": "y"}',
        '{"weights": {}, "steps": [["y", "relu", ["z"], {}]], "gives": "y"}',
        '{"weights": {}, "steps": [["import os", "relu", ["x"], {}]], "gives": "x"}',
        '{"weights": {"w": [[1099511627776, 1099511627776], "float32", true]}, "steps": [], "gives": "x"}',
        '{"weights": {}, "steps": [], "gives": "nobody"}',
    ],
)
def test_a_list_of_operations_holds_only_what_is_allowed(program):
    with pytest.raises(BlockError):
        operations.read(program)
