"""Memory over a pass: sums that can be added up by hand, and who holds them."""

import torch
from torch import Tensor, nn

from hybridgraph.places import Spot
from hybridgraph.profiler.allocator import replay
from hybridgraph.profiler.film import Film, Held
from hybridgraph.profiler.memory import film_inference, film_step
from hybridgraph.profiler.steps import training_step
from hybridgraph.profiler.subject import Specimen

A, B = (("a",), ()), (("b",), ())
WIDE, ROWS = 100, 1000
MAP = 4 * ROWS * WIDE


class Plus(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 1


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(WIDE, WIDE)
        self.b = Plus()

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x)  # a second map beside the picture
        x = self.b(x)  # a third, while the second is still held
        return x.view(-1).relu()  # the second is gone, so this is the third again


def specimen() -> Specimen:
    net = Net().eval()
    spots: dict[Spot, nn.Module] = {A: net.a, B: net.b}
    return Specimen(network=net, images=torch.zeros(ROWS, WIDE), precision="fp32", spots=spots)


def held(film: Film, kind: str) -> dict[str, int]:
    return {"/".join(one.path): one.bytes for one in film.holders if one.kind == kind}


def test_inference_holds_what_can_be_added_up_by_hand() -> None:
    subject = specimen()
    weights = 4 * (WIDE * WIDE + WIDE)
    for _ in range(2):
        with torch.inference_mode():
            film = film_inference(subject, subject.forward)
        assert film.peak_bytes == weights + 3 * MAP
        assert film.frames[film.peak].path == ("b",)
        assert held(film, "activations") == {"a": MAP, "b": MAP}
        assert held(film, "parameters") == {"a": weights}
        assert held(film, "pictures") == {"": MAP}
        assert sum(one.bytes for one in film.holders) == film.peak_bytes


def test_a_step_holds_weights_gradients_and_the_state_of_the_optimizer() -> None:
    step = training_step(specimen())
    step.take()
    film = film_step(step)
    weights = 4 * (WIDE * WIDE + WIDE)
    last = film.frames[-1].held
    assert last.parameters == last.gradients == weights
    assert last.optimizer == 2 * weights + 2 * 4  # two moments and the count of steps for each of two tensors
    assert last.activations == 0
    assert held(film, "optimizer") == {"a": last.optimizer}
    phases = [frame.phase for frame in film.frames]
    assert phases == sorted(phases, key=["forward", "backward", "optimizer"].index)
    backward = [frame.path for frame in film.frames if frame.phase == "backward" and frame.path]
    assert backward[-1] == ("a",)
    assert sum(one.bytes for one in film.holders) == film.peak_bytes == max(f.held.total for f in film.frames)


def test_the_history_of_the_allocator_becomes_the_same_film() -> None:
    def entry(action: str, address: int, size: int, time_us: float) -> dict[str, object]:
        return {"action": action, "addr": address, "size": size, "time_us": time_us}

    film = replay(
        history=[
            entry("segment_alloc", 0, 2048, 10.5),
            entry("alloc", 100, 512, 11.0),
            entry("alloc", 200, 1024, 21.0),
            entry("free_requested", 100, 512, 22.0),
            entry("free_completed", 100, 512, 22.1),
            entry("alloc", 100, 256, 31.0),
            entry("free_completed", 999, 64, 32.0),  # taken before the history began
        ],
        visits=[(10.0, "forward", A), (20.0, "forward", B), (30.0, "backward", A)],
        known={50: (4096, "parameters", A)},
        told=[(100, "gradients", A)],
    )
    assert film.source == "allocator"
    assert [frame.held.total for frame in film.frames[1:]] == [
        4096 + 512,
        4096 + 512 + 1024,
        4096 + 1024 + 256,
    ]
    assert film.frames[3].held == Held(parameters=4096, activations=1024, gradients=256)
    assert held(film, "activations") == {"a": 512, "b": 1024}
