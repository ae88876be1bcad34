"""A node of plain operations as a class of its own, each operation one line of readable torch."""

from __future__ import annotations

from collections.abc import Mapping

from hybridgraph import operations
from hybridgraph.operations import FUNCTIONS, INPUT, Argument, Batch, Name, Operations, Step, Text, Weight

BLOCK = "operations"
_DTYPES = {
    "float32": "",
    "int64": ", dtype=torch.int64",
    "int32": ", dtype=torch.int32",
    "bool": ", dtype=torch.bool",
}


def class_lines(name: str, title: str, program: str) -> list[str]:
    """The lines of a class that computes what the list says. Raises BlockError when the list is damaged."""
    listed = operations.read(program)
    weights = [line for key, weight in listed.weights.items() for line in _weight(key, weight)]
    return [
        f"class {name}(nn.Module):",
        f'    """{title}, as they stood in the program this design was opened from."""',
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *(f"        {line}" for line in weights),
        "",
        f"    def forward(self, {INPUT}: Tensor) -> Tensor:",
        *(f"        {line}" for line in _body(listed)),
    ]


def modules(program: str) -> set[str]:
    """The import lines that the class needs. Raises BlockError when the list is damaged."""
    listed = operations.read(program)
    used = {FUNCTIONS[step.op].partition(".")[0] or "F" * (step.op == "batch_norm") for step in listed.steps}
    torch = {"import torch"} if "torch" in used or listed.weights else set()
    return torch | ({"import torch.nn.functional as F"} if "F" in used else set())


def _weight(name: str, weight: Weight) -> list[str]:
    sizes = f"({', '.join(map(str, weight.shape))}{',' if len(weight.shape) == 1 else ''})"
    made = f"torch.zeros({sizes}{_DTYPES[weight.dtype]})"
    if weight.trained:
        return [f"self.{name} = nn.Parameter({made})"]
    return [f'self.register_buffer("{name}", {made})']


def _body(listed: Operations) -> list[str]:
    """One line for each step; a value's name is released after its last use."""
    last = {used: index for index, step in enumerate(listed.steps) for used in step.uses()}
    names = {name: f"self.{name}" for name in listed.weights} | {INPUT: INPUT}
    lines = []
    if any(_has_batch(one) for step in listed.steps for one in (*step.args, *step.named.values())):
        lines.append(f"batch = {INPUT}.shape[0]")
    for index, step in enumerate(listed.steps):
        names[step.result] = step.result
        lines.append(f"{step.result} = {_call(step, names)}")
        dead = [
            one
            for one in dict.fromkeys(step.uses())
            if last[one] == index and one not in listed.weights and one != listed.gives
        ]
        if dead and index + 1 < len(listed.steps):
            lines.append(f"del {', '.join(dead)}")
    return [*lines, f"return {names[listed.gives]}"]


def _has_batch(argument: Argument) -> bool:
    return isinstance(argument, Batch) or (isinstance(argument, tuple) and any(map(_has_batch, argument)))


def _call(step: Step, names: Mapping[str, str]) -> str:
    args = [_text(one, names) for one in step.args]
    match step.op:
        case "batch_norm":
            x, weight, bias, mean, var, eps = args
            return f"F.batch_norm({x}, {mean}, {var}, {weight}, {bias}, self.training, 0.1, {eps})"
        case "slice":
            dim = step.args[1]
            start, end, by = args[2], args[3], args[4] if len(args) > 4 else "1"
            cut = f"{'' if start == '0' else start}:{'' if end == 'None' else end}{'' if by == '1' else f':{by}'}"
            return f"{args[0]}[{':, ' * (dim if isinstance(dim, int) else 0)}{cut}]"
        case "index":
            return f"{args[0]}[{', '.join(':' if one == 'None' else one for one in args[1:])}]"
        case "expand":
            return f"{args[0]}.expand{args[1]}"
        case "float" | "long":
            return f"{args[0]}.{step.op}()"
    named = [f"{key}={_text(value, names)}" for key, value in step.named.items()]
    if step.op in ("full", "arange"):
        named.append(f"device={INPUT}.device")
    return f"{FUNCTIONS[step.op]}({', '.join([*args, *named])})"


def _text(argument: Argument, names: Mapping[str, str]) -> str:
    if isinstance(argument, Name):
        return names[argument.name]
    if isinstance(argument, Batch):
        return "batch" if argument.times == 1 else f"{argument.times} * batch"
    if isinstance(argument, Text):
        return '"' + argument.text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(argument, tuple):
        return f"({', '.join(_text(one, names) for one in argument)}{',' if len(argument) == 1 else ''})"
    if isinstance(argument, float) and argument in (float("inf"), float("-inf")):
        return f'float("{argument}")'
    return repr(argument)
