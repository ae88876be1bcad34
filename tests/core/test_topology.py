"""Columns and the longest way through a graph, as networkx finds them."""

import random

import networkx as nx
import pytest

from hybridgraph.graph import topology
from hybridgraph.graph.model import Edge, Graph, Node, frozen


def random_graph(seed: int, *, circles: bool) -> Graph:
    dice = random.Random(seed)
    names = [f"n{number}" for number in range(dice.randrange(1, 30))]
    dice.shuffle(names)
    pairs = {(a, b) for a in names for b in names if a != b and dice.random() < 0.1}
    if not circles:
        pairs = {(a, b) for a, b in pairs if names.index(a) < names.index(b)}
    nodes = {name: Node(id=name, block="conv") for name in names}
    return Graph(nodes=frozen(nodes), edges=tuple(Edge(a, "y", b, "x") for a, b in sorted(pairs)))


@pytest.mark.parametrize("seed", range(20))
def test_generations_and_longest_path(seed: int) -> None:
    graph = random_graph(seed, circles=seed % 4 == 0)
    directed = topology.digraph(graph)
    columns = topology.generations(graph, graph.nodes)
    if not nx.is_directed_acyclic_graph(directed):
        assert columns is None
        return
    assert columns is not None
    assert [set(column) for column in columns] == [set(one) for one in nx.topological_generations(directed)]
    path = topology.longest_path(graph, columns)
    assert nx.is_path(directed, path)
    assert len(path) == len(nx.dag_longest_path(directed))


@pytest.mark.parametrize("seed", range(20))
def test_order_is_the_first_of_all_in_the_order_of_the_file(seed: int) -> None:
    graph = random_graph(seed, circles=seed % 4 == 0)
    if seed % 2:  # a file that is in such an order already
        graph = Graph(nodes=frozen({name: graph.nodes[name] for name in _order_of(graph)}), edges=graph.edges)
    try:
        expected = _order_of(graph)
    except nx.NetworkXUnfeasible:
        with pytest.raises(topology.CycleError):
            topology.order(graph)
    else:
        assert topology.order(graph) == expected


def _order_of(graph: Graph) -> list[str]:
    return list(nx.lexicographical_topological_sort(topology.digraph(graph), key=list(graph.nodes).index))
