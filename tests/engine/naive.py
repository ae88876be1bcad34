"""A second, slow way to run a design: node by node along its wires, with the modules of the compiled network."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from hybridgraph.graph import topology
from hybridgraph.graph.model import Graph, Group, Node, Path, is_port
from hybridgraph.shapes import Shape, size
from hybridgraph.spec import REGISTRY

Values = dict[tuple[str, str], Tensor]


class Interpreter:
    """Runs a graph on a network's modules; `seen` holds what every port gave, by path, in the order of the repeats."""

    def __init__(self, network: nn.Module, modules: Mapping[Path, str]) -> None:
        self.network = network
        self.modules = modules
        self.seen: dict[tuple[Path, str], list[Tensor]] = {}

    def run(self, graph: Graph, x: Tensor, end: str) -> Tensor:
        """The value of the node `end`."""
        picture = next(
            n for n, item in graph.nodes.items() if isinstance(item, Node) and item.block == "image"
        )
        values: Values = {(picture, "y"): x}
        self._body(graph, values, (), ())
        return values[end, "y"]

    def _body(self, graph: Graph, values: Values, path: Path, repeats: tuple[int | None, ...]) -> None:
        """Fill in `values`; `repeats` are the repeats passed from outside in, None where a group runs once."""
        for name in topology.order(graph):
            item = graph.nodes[name]
            inputs = {
                e.target_port: values.get((e.source, e.source_port)) for e in graph.edges if e.target == name
            }
            given = {port: value for port, value in inputs.items() if value is not None}
            if is_port(item, "output"):
                values[name, "x"] = given["x"]
            elif is_port(item, "input") or (*path, name) not in self.modules or not given:
                continue
            elif item.once and repeats and repeats[-1]:
                values[name, "y"] = next(iter(given.values()))
            elif isinstance(item, Group):
                self._group(item, given, values, (*path, name), repeats)
            else:
                results = self._module((*path, name), repeats, once=item.once)(**given)
                ports = [port.name for port in REGISTRY[item.block].outputs]
                for port, value in zip(
                    ports, results if isinstance(results, tuple) else (results,), strict=True
                ):
                    values[name, port] = value
                    self.seen.setdefault(((*path, name), port), []).append(value)

    def _group(
        self,
        group: Group,
        given: dict[str, Tensor],
        values: Values,
        path: Path,
        repeats: tuple[int | None, ...],
    ) -> None:
        carried = given[group.inputs[0]]
        inner: Values = {}
        for index in range(group.repeat):
            inner = {(port, "y"): value for port, value in given.items()}
            inner[group.inputs[0], "y"] = carried
            self._body(group.body, inner, path, (*repeats, index if group.repeat > 1 else None))
            carried = inner[group.outputs[0], "x"]
        for port in group.outputs:
            values[path[-1], port] = inner[port, "x"]

    def _module(self, path: Path, repeats: tuple[int | None, ...], *, once: bool) -> nn.Module:
        name = self.modules[path]
        indexes = [index for index in (repeats[:-1] if once else repeats) if index is not None]
        for index in indexes:
            name = name.replace("{i}", str(index), 1)
        assert "{i}" not in name
        return self.network.get_submodule(name)


def fits(value: Tensor, shape: Shape) -> bool:
    """Whether a batch of values has this shape."""
    return tuple(value.shape[1:]) == shape.dims and value[0].numel() == size(shape)
