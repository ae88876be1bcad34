"""Memory over a forward pass or a step of training: by following tensors, or by CUDA's own record."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.hooks import RemovableHandle

from hybridgraph.places import Spot
from hybridgraph.profiler.allocator import recording
from hybridgraph.profiler.film import Film, Kind
from hybridgraph.profiler.ledger import Ledger, StepPhase
from hybridgraph.profiler.ownership import Ownership
from hybridgraph.profiler.steps import TrainingStep
from hybridgraph.profiler.subject import Specimen

Given = tuple[Tensor, Kind, Spot | None]
"""A tensor that is there before the pass: what it is for and whose it is."""


def film_inference(subject: Specimen, forward: Callable[[], object]) -> Film:
    """Memory over one forward pass of the network in evaluation mode."""

    def run(watch: Watch) -> None:
        with watch.forward():
            forward()

    return _film(subject, _given(subject), run)


def film_step(step: TrainingStep) -> Film:
    """Memory over one step of training that is not the first: gradients and the optimizer's state are there."""
    subject = step.subject
    owners = _owners(subject)

    def run(watch: Watch) -> None:
        ownership = Ownership(subject.spots)
        with watch.forward(), ownership.watching():
            loss = step.loss()
        watch.ledger.visit("backward", None)
        step.forget()
        ownership.announce(loss, lambda spot: watch.ledger.visit("backward", spot))
        step.backward(loss)
        del loss
        for weight in _weights(subject):
            if weight.grad is not None:
                watch.explain(weight.grad, "gradients", owners.get(id(weight)))
        watch.ledger.visit("optimizer", None)
        step.update()

    return _film(subject, _given_to_step(step), run)


class Watch:
    """A ledger and who writes into it: which node is at work, and which number a tensor's memory has."""

    def __init__(self, subject: Specimen, ledger: Ledger, number_of: Callable[[Tensor], int | None]) -> None:
        self._subject = subject
        self._number_of = number_of
        self.ledger = ledger

    @contextmanager
    def forward(self) -> Iterator[None]:
        """The forward pass inside this context visits the nodes."""
        handles: list[RemovableHandle] = []
        for spot, module in self._subject.spots.items():
            handles.append(module.register_forward_pre_hook(self._visiting("forward", spot)))
            handles.append(module.register_forward_hook(self._visiting("forward", None)))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def explain(self, tensor: Tensor, kind: Kind, spot: Spot | None) -> None:
        """Say what a tensor is for."""
        number = self._number_of(tensor)
        if number is not None:
            self.ledger.explain(number, kind, spot)

    def _visiting(self, phase: StepPhase, spot: Spot | None) -> Callable[..., None]:
        def visit(*_: object) -> None:
            self.ledger.visit(phase, spot)

        return visit


def _film(subject: Specimen, given: Iterable[Given], run: Callable[[Watch], None]) -> Film:
    if subject.device.type == "cuda":
        ledger, number_of, replay = recording(subject.device, given)
        run(Watch(subject, ledger, number_of))
        return replay()
    following = _Following(given)
    with following:
        run(Watch(subject, following.ledger, following.number_of))
    return following.ledger.film()


def _given(subject: Specimen) -> Iterator[Given]:
    owners = _owners(subject)
    yield subject.images, "pictures", None
    for weight in _weights(subject):
        yield weight, "parameters", owners.get(id(weight))
    for buffer in subject.network.buffers():
        yield buffer, "buffers", owners.get(id(buffer))


def _given_to_step(step: TrainingStep) -> Iterator[Given]:
    """One after the other, so that nothing here keeps the old gradients alive."""
    owners = _owners(step.subject)
    yield from _given(step.subject)
    if step.labels is not None:
        yield step.labels, "pictures", None
    for weight in _weights(step.subject):
        spot = owners.get(id(weight))
        for value in step.optimizer.state.get(weight, {}).values():
            if isinstance(value, Tensor):
                yield value, "optimizer", spot
        if weight.grad is not None:
            yield weight.grad, "gradients", spot


def _weights(subject: Specimen) -> Iterator[nn.Parameter]:
    return subject.network.parameters()


def _owners(subject: Specimen) -> dict[int, Spot]:
    owners: dict[int, Spot] = {}
    for spot, module in subject.spots.items():
        owners |= {id(tensor): spot for tensor in (*module.parameters(), *module.buffers())}
    return owners


class _Following(TorchDispatchMode):
    """Follows the storages that are alive; one is counted once, however many tensors look into it."""

    def __init__(self, given: Iterable[Given]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ledger = Ledger()
        self._numbers: dict[int, int] = {}
        for tensor, kind, spot in given:
            self._count(tensor, kind, spot)

    def number_of(self, tensor: Tensor) -> int | None:
        """Under which number the memory of a tensor is in the ledger."""
        return self._numbers.get(id(tensor.untyped_storage()))

    def _count(self, tensor: Tensor, kind: Kind | None = None, spot: Spot | None = None) -> None:
        storage = tensor.untyped_storage()
        key = id(storage)  # a storage is one object as long as it lives
        if key in self._numbers or tensor.device.type == "meta":
            return
        self._numbers[key] = self.ledger.take(storage.nbytes(), kind, spot)
        weakref.finalize(storage, self._forget, key).atexit = False

    def _forget(self, key: int) -> None:
        self.ledger.give_back(self._numbers.pop(key))

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                self._count(leaf)
        return result
