"""The most that is alive at once in a step, from the calls of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from hybridgraph.forecast.calls import Call, Calls, Memory
from hybridgraph.forecast.values import Fitting, Peak, Phase, most


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """Bytes that are there from step to step."""

    weights: int
    gradients: int
    optimizer: int

    @classmethod
    def of(cls, calls: Calls, fitting: Fitting) -> _Standing:
        traces = [call.trace for call in calls.found]
        weights = sum(trace.weights + trace.buffers for trace in traces)
        trained = sum(trace.trained for trace in traces)
        return cls(
            weights=weights,
            gradients=trained,
            optimizer=fitting.states * trained + fitting.has_mean * weights,
        )


def inference(calls: Calls, batch: int) -> Iterator[Peak]:
    """The worst moment of each call in evaluation, without gradients."""
    weights = sum(call.trace.weights + call.trace.buffers for call in calls.found)
    cast = 0
    for call in calls.found:
        held = _bytes((calls.image, *call.held), batch)
        yield _peak(call, most(call.trace.inference, batch) + cast, weights=weights, activations=held)
        cast += call.trace.cast  # copies of weights in half that stay until the pass is over


def training(calls: Calls, batch: int, fitting: Fitting) -> Iterator[Peak]:
    """The worst moments of each call in a training step, forward and backward, and of the update.

    The update is one operation that makes no copies, as of AdamW and SGD on processors and GPUs.
    """
    standing = _Standing.of(calls, fitting)
    peak = partial(_peak, weights=standing.weights, optimizer=standing.optimizer)
    kept: dict[int, Memory] = {id(calls.image): calls.image}
    inside = 0
    for index, call in enumerate(calls.found):
        held = _bytes((*kept.values(), *call.held), batch)
        # The gradients of the step before are released when this one's forward pass is over.
        pass_ = call.trace.inference if call.recomputed else call.trace.forward
        yield peak(call, most(pass_, batch), activations=held + inside, gradients=standing.gradients)
        inside += _inside(call, batch)
        kept |= {id(memory): memory for memory in (*call.held, *call.outputs) if index in memory.keepers}
    logits = calls.result.load.at(batch)
    gradients = 0
    for index in reversed(range(len(calls.found))):
        call = calls.found[index]
        inside -= _inside(call, batch)
        kept = {
            key: memory
            for key, memory in kept.items()
            if memory is calls.image or min(memory.keepers) <= index
        }
        if call.trace.backward:
            flowing = sum(memory.load.at(batch) for memory in _flowing(calls, index))
            yield peak(
                call,
                _backward(call, batch) + flowing,
                phase="backward",
                activations=_bytes(kept.values(), batch) + inside + logits,
                gradients=gradients,
            )
        gradients += call.trace.trained
    if calls.found:
        yield peak(
            max(calls.found, key=lambda call: call.trace.trained),
            0,
            phase="update",
            activations=_bytes((calls.image,), batch) + logits,
            gradients=gradients,
        )


def _inside(call: Call, batch: int) -> int:
    """What autograd keeps inside of a call until its backward pass."""
    return 0 if call.recomputed else call.trace.kept.at(batch)


def _backward(call: Call, batch: int) -> int:
    """The most that a call itself allocates in the backward pass, a second forward pass included."""
    backward = most(call.trace.backward, batch)
    if not call.recomputed:
        return backward
    leaving = sum(memory.load.at(batch) for memory in call.outputs)  # the gradients that have come so far
    return max(
        backward + sum(load.at(batch) for load in call.again), most(call.trace.forward, batch) + leaving
    )


def _flowing(calls: Calls, index: int) -> list[Memory]:
    """Memory around a call whose gradients wait for the calls before it."""
    found = {
        id(memory): memory
        for call in calls.found[:index]
        for memory in call.outputs
        if memory.needs_gradient and any(reader > index for reader in memory.readers)
    }
    return list(found.values())


def _bytes(memories: Iterable[Memory], batch: int) -> int:
    distinct = {id(memory): memory for memory in memories}
    return sum(memory.load.at(batch) for memory in distinct.values())


def _peak(
    call: Call,
    workspace: int,
    *,
    weights: int,
    activations: int,
    gradients: int = 0,
    optimizer: int = 0,
    phase: Phase = "forward",
) -> Peak:
    return Peak(
        bytes=workspace + weights + activations + gradients + optimizer,
        weights=weights,
        gradients=gradients,
        optimizer=optimizer,
        activations=activations,
        workspace=workspace,
        phase=phase,
        path=call.path,
    )
