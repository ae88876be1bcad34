"""Pieces in a row become a design: equal ones a stage, what is no block a node of operations; and its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from torch import Tensor

from hybridgraph import operations
from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, Path, frozen
from hybridgraph.graph.values import Cycle, First, Ref, Value
from hybridgraph.opening.forms import SAME
from hybridgraph.opening.pieces import Piece
from hybridgraph.opening.program import Program
from hybridgraph.operations import INPUT, Name, Operations, Step, Weight
from hybridgraph.shapes import ImageMap
from hybridgraph.spec import REGISTRY, Literal_

OPERATIONS = "operations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A design and, by the path of a node, the weights of each of its repeats."""

    graph: Graph
    states: Mapping[Path, tuple[Mapping[str, Tensor], ...]]
    pieces: Mapping[Path, tuple[Piece, ...]]


def assemble(program: Program, pieces: Sequence[Piece]) -> Assembled:
    """The design that these pieces make."""
    channels, height, width = program.image
    entry = Node(
        id="image", block="image", params=frozen({"channels": channels, "height": height, "width": width})
    )
    items: list[Item] = [entry]
    states: dict[Path, tuple[Mapping[str, Tensor], ...]] = {}
    made_of: dict[Path, tuple[Piece, ...]] = {}
    names = _Names()
    for row in _rows(pieces):
        items += _glue(row[0], names)
        if not row[0].block:
            node, state = _operations(program, row[0], names.next(OPERATIONS))
            items.append(node)
            states[(node.id,)], made_of[(node.id,)] = (state,), tuple(row)
            continue
        params = _shared(row)
        if len(row) == 1:
            name = names.next(row[0].block)
            items.append(Node(id=name, block=row[0].block, params=frozen(params)))
            path: Path = (name,)
        else:
            name = names.next("stage")
            items.append(_stage(name, row[0].block, len(row), params))
            path = (name, row[0].block)
        states[path], made_of[path] = tuple(piece.state for piece in row), tuple(row)
    ids = [item.id for item in items]
    edges = tuple(Edge(one, "y", other, "x") for one, other in pairwise(ids))
    graph = Graph(name=program.name, nodes=frozen({item.id: item for item in items}), edges=edges)
    return Assembled(graph=graph, states=states, pieces=made_of)


class _Names:
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def next(self, base: str) -> str:
        """A name that no node has yet."""
        self.counts[base] = self.counts.get(base, 0) + 1
        return f"{base}{self.counts[base]}" if base == "stage" or self.counts[base] > 1 else base


def _rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces with those that make a stage together."""
    rows: list[list[Piece]] = []
    for piece in pieces:
        if rows and piece.block and _goes_on(rows[-1], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def _goes_on(row: Sequence[Piece], piece: Piece) -> bool:
    first = row[0]
    if piece.block != first.block or piece.makes != first.makes or piece.takes != first.makes:
        return False
    if any(one.enters != first.gives for one in (*row[1:], piece)):
        return False
    return _values([*row, piece]) is not None


def _values(row: Sequence[Piece]) -> dict[str, Value] | None:
    """Each parameter over the repeats; None where one goes neither in turn nor differs in the first alone."""
    spec = REGISTRY[row[0].block]
    found: dict[str, Value] = {}
    for name in dict.fromkeys(key for piece in row for key in piece.params):
        each: list[Literal_] = [piece.params.get(name, spec.params[name].default) for piece in row]
        value = _over(each)
        if value is None:
            return None
        found[name] = value[0]
    return found


def _over(each: list[Literal_]) -> tuple[Value] | None:
    """One value for all repeats, in a tuple; None where there is none."""
    if all(one == each[0] for one in each):
        return (each[0],)
    if len(each) == 2 or all(one == each[index % 2] for index, one in enumerate(each)):
        return (Cycle((each[0], each[1])),)
    return (First(each[0], each[1]),) if all(one == each[1] for one in each[1:]) else None


def _shared(row: Sequence[Piece]) -> dict[str, Value]:
    """The parameters of a row, each for all its repeats."""
    values = _values(row) or {}
    if len(row) == 2:  # two differing values read as a first one and the rest, unless it is a shift
        values = {
            name: First(*value.values) if isinstance(value, Cycle) and name != "shift" else value
            for name, value in values.items()
        }
    return values


def _stage(name: str, kind: str, repeat: int, params: Mapping[str, Value]) -> Group:
    inner = Node(id=kind, block=kind, params=frozen({key: Ref(key) for key in params}))
    nodes: dict[str, Item] = {
        "x": Node(id="x", block="input"),
        kind: inner,
        "y": Node(id="y", block="output"),
    }
    edges = (Edge("x", "y", kind, "x"), Edge(kind, "y", "y", "x"))
    title = f"Stage {name.removeprefix('stage')}"
    body = Graph(nodes=frozen(nodes), edges=edges)
    return Group(id=name, title=title, body=body, repeat=repeat, params=frozen(params))


def _glue(piece: Piece, names: _Names) -> list[Item]:
    """What turns the wire into the one that the piece takes: a map into tokens or back."""
    glue = piece.glue
    if glue == "map_to_tokens":
        return [Node(id=names.next(glue), block=glue)]
    if glue == "tokens_to_map" and isinstance(piece.takes, ImageMap):
        return [Node(id=names.next(glue), block=glue, params=frozen({"height": piece.takes.height}))]
    return []


def _operations(program: Program, piece: Piece, name: str) -> tuple[Node, dict[str, Tensor]]:
    """A node with the operations of a piece, and its weights."""
    renamed = {piece.run.enters: INPUT}
    head = piece.enters.steps_to_theirs(INPUT, piece.takes, "enter_")
    if head:
        renamed[piece.run.enters] = head[-1].result
    body = [
        replace(step, args=tuple(_renamed(one, renamed) for one in step.args)) for step in piece.run.steps
    ]
    body = [
        replace(step, named={key: _renamed(one, renamed) for key, one in step.named.items()}) for step in body
    ]
    result = renamed.get(piece.run.gives, piece.run.gives)
    tail = piece.gives.steps_to_ours(result, piece.makes, "leave_")
    steps: list[Step] = [*head, *body, *tail]
    used = dict.fromkeys(one for step in steps for one in step.uses() if one in program.weights)
    state = {one: program.weights[one] for one in used}
    counted = {
        one.name
        for step in steps
        if step.op == "batch_norm"
        for one in step.args[3:5]
        if isinstance(one, Name)
    }  # running means and variances have no gradient, whatever the file calls them
    weights = {
        one: Weight(
            shape=tuple(tensor.shape),
            dtype=str(tensor.dtype).removeprefix("torch."),
            trained=one in program.trained and one not in counted,
        )
        for one, tensor in state.items()
    }
    text = operations.write(
        Operations(weights=weights, steps=tuple(steps), gives=tail[-1].result if tail else result)
    )
    return Node(id=name, block=OPERATIONS, title=_title(piece), params=frozen({"program": text})), state


def _renamed(argument: operations.Argument, names: Mapping[str, str]) -> operations.Argument:
    if isinstance(argument, Name):
        return Name(names.get(argument.name, argument.name))
    return tuple(_renamed(one, names) for one in argument) if isinstance(argument, tuple) else argument


def _title(piece: Piece) -> str:
    if not piece.run.steps or (piece.enters != SAME and len(piece.run.steps) == 0):
        return "Layout"
    count = len(piece.run.steps)
    return f"{count} operations" if count > 1 else f"Operation {piece.run.steps[0].op}"
