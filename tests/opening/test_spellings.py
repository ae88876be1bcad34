"""The same block, as different exporters write it: tables read in advance, norms in steps, maps rolled by cutting."""

from __future__ import annotations

import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from hybridgraph.blocks.bam import Bam
from hybridgraph.blocks.relative_attention import RelativeBias
from hybridgraph.blocks.swin import SwinBlock, WindowBias, shift_mask
from hybridgraph.opening import fitting
from hybridgraph.opening.facts import Used, normal
from hybridgraph.opening.opening import open_program, read_program
from hybridgraph.opening.tables import reader_of, unread


@pytest.mark.parametrize(
    "part",
    [RelativeBias(2, (3, 4)), RelativeBias(2, (3, 3), reverse=True), WindowBias(3, (8, 8), 4, 2)],
)
def test_a_table_is_found_from_what_is_read_of_it(part):
    owner = nn.ModuleDict({"bias": part})
    assert reader_of(owner, "bias.bias_table") is part
    (table,) = part.parameters()
    wanted = torch.randn(table.shape)
    with torch.no_grad():
        table.copy_(wanted)
        given = part()
    found = unread(part, given)
    assert found is not None
    assert torch.allclose(found, wanted, atol=1e-6)


def test_what_is_computed_of_a_table_is_not_taken_for_it():
    part = RelativeBias(2, (3, 4), side=5)
    assert unread(part, part().detach()) is None
    assert reader_of(nn.Linear(3, 3), "weight") is None


def constants(**tensors):
    return [
        numpy_helper.from_array(tensor.detach().contiguous().numpy(), name)
        for name, tensor in tensors.items()
    ]


def saved(path, nodes, initializers, *, shape, gives):
    graph = helper.make_graph(
        nodes, "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", *gives])],
        initializers,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


class Writer:
    """ONNX nodes one after the other, each with a name of its own, and the constants they take."""

    def __init__(self):
        self.nodes, self.tensors = [], {}

    def __call__(self, op, *inputs, **attributes):
        names = [self.keep(one) if isinstance(one, torch.Tensor) else one for one in inputs]
        result = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, names, [result], **attributes))
        return result

    def keep(self, tensor):
        name = f"c{len(self.tensors)}"
        self.tensors[name] = tensor
        return name

    def sizes(self, *numbers):
        return torch.tensor(numbers)

    def norm(self, x, norm):
        """Layer normalisation in opset 14, which has no word for it."""
        away = self("Sub", x, self("ReduceMean", x, axes=[-1]))
        spread = self("ReduceMean", self("Pow", away, torch.tensor(2.0)), axes=[-1])
        even = self("Div", away, self("Sqrt", self("Add", spread, torch.tensor(norm.eps))))
        return self("Add", self("Mul", even, norm.weight), norm.bias)

    def linear(self, x, weight, bias):
        return self("Add", bias, self("MatMul", x, weight.t()))

    def gelu(self, x):
        half = self("Add", self("Erf", self("Div", x, torch.tensor(2**0.5))), torch.tensor(1.0))
        return self("Mul", self("Mul", x, half), torch.tensor(0.5))

    def rolled(self, x, by, axis):
        """Cut at a place and joined the other way round, the least and the largest number as open ends."""
        least, most = -(2**63), 2**63 - 1
        head = self("Slice", x, self.sizes(least), self.sizes(by), self.sizes(axis), self.sizes(1))
        tail = self("Slice", x, self.sizes(by), self.sizes(most), self.sizes(axis), self.sizes(1))
        return self("Concat", tail, head, axis=axis)


def swin_block(write, block, grid):
    """A block of windows of 2, shifted by 1, over a map of 4 × 4, in the words of a tracing exporter."""
    side, heads, width = block.window, block.attention.heads, block.attention.head_dim
    channels, area, windows = heads * width, side * side, (grid // side) ** 2
    x = write("Transpose", "x", perm=[0, 2, 3, 1])
    y = write.norm(x, block.norm1)
    for axis in (1, 2):
        y = write.rolled(y, block.shift, axis)
    y = write("Reshape", y, write.sizes(-1, grid // side, side, grid // side, side, channels))
    y = write("Transpose", y, perm=[0, 1, 3, 2, 4, 5])
    y = write("Reshape", y, write.sizes(-1, area, channels))
    parts = []
    for part in range(3):
        rows = slice(part * channels, (part + 1) * channels)
        one = write.linear(y, block.attention.qkv.weight[rows], block.attention.qkv.bias[rows])
        one = write("Reshape", one, write.sizes(-1, area, heads, width))
        parts.append(write("Transpose", one, perm=[0, 2, 3, 1] if part == 1 else [0, 2, 1, 3]))
    logits = write("Div", write("MatMul", parts[0], parts[1]), torch.tensor(width**0.5))
    table = (
        block.bias.bias_table[block.bias.pairs.index.flatten()].reshape(area, area, heads).permute(2, 0, 1)
    )
    logits = write("Add", logits, table[None])
    logits = write("Reshape", logits, write.sizes(-1, windows, heads, area, area))
    logits = write("Add", logits, shift_mask((grid, grid), side, block.shift)[None, :, None])
    logits = write("Reshape", logits, write.sizes(-1, heads, area, area))
    y = write("MatMul", write("Softmax", logits, axis=-1), parts[2])
    y = write("Reshape", write("Transpose", y, perm=[0, 2, 1, 3]), write.sizes(-1, area, channels))
    y = write.linear(y, block.attention.project.weight, block.attention.project.bias)
    y = write("Reshape", y, write.sizes(-1, grid // side, grid // side, side, side, channels))
    y = write(
        "Reshape", write("Transpose", y, perm=[0, 1, 3, 2, 4, 5]), write.sizes(-1, grid, grid, channels)
    )
    for axis in (1, 2):
        y = write.rolled(y, grid - block.shift, axis)
    x = write("Add", x, y)
    y = write.gelu(
        write.linear(
            write.norm(x, block.norm2), block.feed_forward.expand.weight, block.feed_forward.expand.bias
        )
    )
    x = write("Add", x, write.linear(y, block.feed_forward.project.weight, block.feed_forward.project.bias))
    return write("Transpose", x, perm=[0, 3, 1, 2])


def test_attention_in_steps_with_a_bias_computed_in_advance_is_a_block(tmp_path):
    torch.manual_seed(0)
    block = SwinBlock(8, (4, 4), head_dim=4, window=2, shift=1, expansion=2).eval()
    with torch.no_grad():
        for one in block.parameters():
            one.add_(torch.randn_like(one) * 0.3)
    write = Writer()
    write.nodes.append(helper.make_node("Identity", [swin_block(write, block, 4)], ["y"]))
    path = saved(
        tmp_path / "swin.onnx", write.nodes, constants(**write.tensors), shape=(8, 4, 4), gives=(8, 4, 4)
    )

    opened = open_program(path)
    assert opened.report.opaque == ()
    assert opened.report.blocks["swin_block"].count == 1
    (node,) = (one for one in opened.graph.nodes.values() if one.block == "swin_block")
    assert (node.params["window"], node.params["shift"]) == (2, 1)
    (found,) = (one for name, one in opened.module.named_parameters() if name.endswith("bias_table"))
    assert torch.allclose(found, block.bias.bias_table, atol=1e-5)


def test_sizes_that_a_tracer_computes_are_numbers(tmp_path):
    """Remainders, whole quotients and rows that are read backwards, as padding is computed in a traced file."""
    write = Writer()
    number = torch.tensor
    sides = write("Slice", write("Shape", "x"), number([-2]), number([4]), number([0]))
    rest = write("Mod", sides, number(4))
    half = write("Div", rest, number(2))
    there = write(
        "Slice",
        write("Concat", half, number([0, 0]), axis=0),
        number([-1]),
        number([-(2**63)]),
        number([0]),
        number([-1]),
    )
    pads = write("Concat", number([0, 0]), there, number([0, 0]), axis=0)
    write.nodes.append(helper.make_node("Pad", ["x", pads], ["y"]))
    path = saved(
        tmp_path / "pad.onnx", write.nodes, constants(**write.tensors), shape=(1, 6, 7), gives=(1, 8, 7)
    )
    (step,) = read_program(path).steps
    assert step.op == "pad"


def test_a_norm_behind_a_layer_with_a_bias_may_be_folded_into_it():
    torch.manual_seed(0)
    args = {"channels": 8, "reduction": 2, "layers": 1}
    gate = Bam(**args).eval()
    for norm in (gate.channel[1], gate.spatial[1], gate.spatial[4]):
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2.0)
    wanted = dict(gate.named_parameters())
    weights, used = {}, []
    # in the order of their use, each layer with its norm
    for name, behind in [
        ("channel.0", gate.channel[1]), ("channel.3", None), ("spatial.0", gate.spatial[1]),
        ("spatial.3", gate.spatial[4]), ("spatial.6", None),
    ]:  # fmt: skip
        weight, bias = wanted[f"{name}.weight"], wanted[f"{name}.bias"]
        if behind is not None:
            scale = behind.weight / (behind.running_var + behind.eps).sqrt()
            weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
            bias = (bias - behind.running_mean) * scale + behind.bias
        for role, tensor in (("weight", weight), ("bias", bias)):
            weights[f"{name}.{role}"] = tensor.detach()
            used.append(Used(role, f"{name}.{role}", normal(tuple(tensor.shape))))
    empty = fitting.make(Bam, args)
    places = fitting.slots(fitting.make(Bam, args, "meta"), (8, 5, 5))
    (pairs,) = fitting.assignments(empty, places, used)
    empty.load_state_dict(fitting.filled(empty, pairs, weights))
    x = torch.randn(2, 8, 5, 5)
    assert torch.allclose(empty(x), gate(x), atol=1e-5)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"mode": "linear", "coordinate_transformation_mode": "half_pixel"}, {"mode": "bilinear", "align_corners": False}),
        ({"mode": "linear", "coordinate_transformation_mode": "align_corners"}, {"mode": "bilinear", "align_corners": True}),
        (
            {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
            {"mode": "nearest"},
        ),
    ],
)  # fmt: skip
def test_a_resizing_that_torch_knows_computes_the_same(words, named, tmp_path):
    write = Writer()
    sizes = write(
        "Concat", write("Slice", write("Shape", "x"), *map(write.sizes, (0, 2))), write.sizes(7, 9), axis=0
    )
    write.nodes.append(helper.make_node("Resize", ["x", "", "", sizes], ["y"], **words))
    path = saved(
        tmp_path / "size.onnx", write.nodes, constants(**write.tensors), shape=(2, 4, 5), gives=(2, 7, 9)
    )
    program = read_program(path)
    x = torch.randn(2, 2, 4, 5)
    (step,) = program.steps
    assert step.op == "interpolate"
    assert torch.allclose(program.reference(x), nn.functional.interpolate(x, (7, 9), **named), atol=1e-5)
