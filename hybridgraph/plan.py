"""From a graph to a plan: steps in order, every constructor argument resolved.

The plan needs the shape on every wire, and shapes come only from running blocks; so planning is given a
`Measure`, which the engine provides. What cannot be planned becomes a finding, never an exception, and
everything that does not depend on it is planned all the same.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hybridgraph.analysis import Cost
from hybridgraph.graph.model import Path
from hybridgraph.graph.values import Literal_
from hybridgraph.shapes import ImageMap, Shape, Stack
from hybridgraph.spec import BlockSpec

Argument = Literal_ | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from in a body: a port of one of its nodes, or of its edge."""

    node: str
    port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What autograd keeps of a block for the backward pass.

    `inside` is the bytes for one image of what neither enters nor leaves. `inputs` and `outputs` name the ports whose
    tensors are kept too, and `same` says of an output that it is the memory of an input: a wire's tensor may be
    kept by the blocks at both of its ends, and is there once.
    """

    inside: int = 0
    inputs: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()
    same: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run of a block told: the shapes it gives and what it costs, or why it cannot run.

    The activations of its cost are those `inside`; `kept` says which wires' tensors come to them.
    """

    outputs: Mapping[str, Shape]
    cost: Cost = Cost()
    kept: Kept = Kept()
    error: str = ""
    hint: str = ""


class Measure(Protocol):
    """Runs a block with these constructor arguments on inputs of these shapes."""

    def __call__(
        self, spec: BlockSpec, args: Mapping[str, Argument], inputs: Mapping[str, Shape]
    ) -> Measured:
        """The shapes and costs of that run, or why there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One block in one repeat of one body, ready to be built.

    `explicit` names the parameters that the design sets; the others have their default.
    """

    path: Path
    name: str
    title: str
    spec: BlockSpec
    args: Mapping[str, Argument]
    explicit: frozenset[str]
    inputs: Mapping[str, Source]
    outputs: Mapping[str, Shape]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Steps in order and where the body's results come from, by output port."""

    steps: tuple[Step | Stage, ...]
    results: Mapping[str, Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A group: an entry part that runs once, then one body for each repeat.

    `carried` is the input port that each repeat hands to the next; the entry part, if it has steps, takes it
    and gives `entry_result` in its place. The `collected` outputs are stacks of what every repeat gave.
    """

    path: Path
    name: str
    title: str
    inputs: Mapping[str, Source]
    outputs: Mapping[str, Shape]
    carried: str
    entry: tuple[Step | Stage, ...]
    entry_result: Source | None
    repeats: tuple[Body, ...]
    collected: frozenset[str] = frozenset()

    @property
    def single(self) -> bool:
        """Whether the repeated body is one block that takes the stage's inputs and gives its outputs, in order."""
        body = self.repeats[0]
        if len(body.steps) != 1 or not isinstance(step := body.steps[0], Step):
            return False
        taken = [step.inputs.get(port.name) for port in step.spec.inputs]
        ports = [self.carried, *(port for port in self.inputs if port != self.carried)]
        given = [Source(step.name, port) for port in step.outputs]
        return taken[: len(ports)] == [Source(port, "y") for port in ports] and (
            not any(taken[len(ports) :]) and list(body.results.values()) == given
        )

    @property
    def given(self) -> Mapping[str, Shape]:
        """What one repeat gives, by output port."""
        return {
            name: shape.of if name in self.collected and isinstance(shape, Stack) else shape
            for name, shape in self.outputs.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole network: the picture that enters, the steps, and the value that leaves."""

    name: str
    digest: str
    image: str
    input: ImageMap
    output: Shape
    body: Body


# Names that an attribute of an nn.Module must not take, beside Python's keywords.
_TAKEN = frozenset(
    [
        "T",
        "T_destination",
        "add_module",
        "apply",
        "bfloat16",
        "block",
        "blocks",
        "buffers",
        "build_model",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "i",
        "ipu",
        "load_state_dict",
        "module",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "nn",
        "parameters",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_pre_hook",
        "register_state_dict_post_hook",
        "register_load_state_dict_post_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_pre_hook",
        "requires_grad",
        "self",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "stack",
        "state_dict",
        "super",
        "to",
        "to_empty",
        "torch",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
        "Tensor",
        "range",
    ]
)


def identifier(node: str) -> str:
    """The attribute name of a node in generated source: its id, with an underscore where that is taken.

    Different ids get different names: `for` becomes `for_`, and `for_` becomes `for__`.
    """
    bare = node.rstrip("_")
    taken = keyword.iskeyword(bare) or bare in _TAKEN or node.startswith("_")
    return f"{node.lstrip('_') or 'node'}_" if taken else node
