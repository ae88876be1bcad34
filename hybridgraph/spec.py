"""What a person needs to know of a block beyond its constructor, and the decorator that says it.

The constructor of a block holds names, types and defaults; `@block` adds limits, units, ports, family and
paper. The two are compared when the block is imported, so they cannot drift apart.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from hybridgraph.errors import BlockError

Literal_ = int | float | bool | str | None
Family = Literal["convolution", "attention", "extrinsic", "intrinsic", "glue", "head"]
FAMILIES: dict[str, str] = {
    "convolution": "Convolution",
    "attention": "Attention",
    "extrinsic": "Extrinsic merge",
    "intrinsic": "Intrinsic merge",
    "glue": "Glue",
    "head": "Heads",
}

# The kinds that a port can ask for. ANY takes each of them; SAME (outputs only) repeats the kind of the first input.
IMAGE, TOKENS, VECTOR, STACK = "image", "tokens", "vector", "stack"
PYRAMID, DETECTIONS = "pyramid", "detections"
ANY, SAME = "any", "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A named place on a block where a wire ends."""

    name: str
    kind: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One constructor argument that a person sets. `inert` ones change neither shape nor cost."""

    kind: Literal["int", "float", "bool", "choice", "words"]
    name: str = ""
    default: Literal_ = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    unit: str = ""
    doc: str = ""
    inert: bool = False

    def complaint(self, value: object) -> str | None:
        """Why `value` cannot be taken, as the end of a sentence; None when it can."""
        if value is None:
            return None if self.optional else "it needs a value"
        if self.kind == "bool":
            return None if isinstance(value, bool) else f"{value!r} is neither true nor false"
        if self.kind == "words":
            if not isinstance(value, str):
                return f"{value!r} is no text"
            long = self.maximum is not None and len(value) > self.maximum
            return f"it is longer than {self.maximum:,.0f} characters" if long else None
        if self.kind == "choice":
            return None if value in self.choices else f"{value!r} is none of {', '.join(self.choices)}"
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "int" else (int, float)):
            return f"{value!r} is not a{' whole' if self.kind == 'int' else ''} number"
        assert isinstance(value, (int, float))
        if not math.isfinite(value):
            return f"{value} is not a finite number"
        if self.minimum is not None and value < self.minimum:
            return f"{value:g} is below the limit of {self.minimum:g}{self._unit}"
        if self.maximum is not None and value > self.maximum:
            return f"{value:g} is above the limit of {self.maximum:g}{self._unit}"
        return None

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


def Int(  # noqa: N802  (reads as a type in the decorator)
    minimum: int, maximum: int, *, unit: str = "", doc: str = "", optional: bool = False, inert: bool = False
) -> Parameter:
    """A whole number between two limits, both allowed; `optional` ones may also be None."""
    return Parameter(
        kind="int", minimum=minimum, maximum=maximum, unit=unit, doc=doc, optional=optional, inert=inert
    )


def Float(  # noqa: N802
    minimum: float,
    maximum: float,
    *,
    unit: str = "",
    doc: str = "",
    optional: bool = False,
    inert: bool = False,
) -> Parameter:
    """A number between two limits, both allowed."""
    return Parameter(
        kind="float", minimum=minimum, maximum=maximum, unit=unit, doc=doc, optional=optional, inert=inert
    )


def Bool(*, doc: str = "", inert: bool = False) -> Parameter:  # noqa: N802
    """A switch."""
    return Parameter(kind="bool", doc=doc, inert=inert)


def Choice(*choices: str, doc: str = "", optional: bool = False, inert: bool = False) -> Parameter:  # noqa: N802
    """One of a few words."""
    return Parameter(kind="choice", choices=choices, doc=doc, optional=optional, inert=inert)


def Words(*, limit: int, doc: str = "") -> Parameter:  # noqa: N802
    """A text of at most `limit` characters."""
    return Parameter(kind="words", maximum=limit, doc=doc)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSpec:
    """Everything the palette, the inspector, the plan and the source need to know of a block.

    `card` is the one line on the block's card, a format string over its parameters and wired values. `wired`
    says which constructor arguments come from the shape on an input: {"in_channels": "x.channels"}.
    `symbol` is one to three letters that name the block where there is room for no more. `file` and `digest`, the
    SHA-256 of its content, say where a block of a person's own is from.
    """

    id: str
    title: str
    family: Family
    symbol: str
    paper: str = ""
    summary: str = ""
    doc: str = ""
    equation: str = ""
    card: str = ""
    aliases: tuple[str, ...] = ()
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    wired: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Parameter] = field(default_factory=dict)
    module: str = ""
    class_name: str = ""
    structural: bool = False
    file: str = ""
    digest: str = ""

    def input(self, name: str) -> Port | None:
        """The input port of that name."""
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> Port | None:
        """The output port of that name."""
        return next((port for port in self.outputs if port.name == name), None)

    def defaults(self) -> dict[str, Literal_]:
        """Every parameter with its default."""
        return {name: parameter.default for name, parameter in self.params.items()}


# Nodes that are no module: where the image comes in, and the two edges of a group's body.
IMAGE_SPEC = BlockSpec(
    id="image", title="Image", family="glue", symbol="IN",
    summary="The picture that enters the network.",
    doc="The picture that enters the network: its channels and its size in pixels.",
    card="{channels}×{height}×{width}",
    outputs=(Port(name="y", kind=IMAGE),),
    params={
        "channels": Parameter(
            kind="int",
            name="channels",
            default=3,
            minimum=1, maximum=1024, doc="Colour channels of the picture.",
        ),
        "height": Parameter(
            kind="int",
            name="height",
            default=224,
            minimum=1,
            maximum=16384,
            unit="px",
            doc="Height of the picture.",
        ),
        "width": Parameter(
            kind="int",
            name="width",
            default=224,
            minimum=1,
            maximum=16384,
            unit="px",
            doc="Width of the picture.",
        ),
    },
    structural=True,
)  # fmt: skip
INPUT_SPEC = BlockSpec(
    id="input", title="Group input", family="glue", symbol="→", summary="Where a wire enters the group's body.",
    doc="Where a wire enters the group's body; its id is the port's name.",
    outputs=(Port(name="y", kind=ANY),), structural=True,
)  # fmt: skip
OUTPUT_SPEC = BlockSpec(
    id="output", title="Group output", family="glue", symbol="→", summary="Where a wire leaves the group's body.",
    doc="Where a wire leaves the group's body; its id is the port's name.",
    inputs=(Port(name="x", kind=ANY),),
    params={
        "collect": Parameter(
            kind="bool", name="collect", default=False,
            doc="Whether what every repeat gives leaves the group, as a stack, or what the last one gives.",
        ),
    },
    structural=True,
)  # fmt: skip
STRUCTURAL: dict[str, BlockSpec] = {spec.id: spec for spec in (IMAGE_SPEC, INPUT_SPEC, OUTPUT_SPEC)}

Catalogue = Mapping[str, BlockSpec]
REGISTRY: dict[str, BlockSpec] = dict(STRUCTURAL)
"""The blocks imported so far, by id. `hybridgraph.catalog` reads the same table without importing torch."""

T = TypeVar("T", bound=type)


def block(
    id: str,  # noqa: A002  (the word of the file format)
    *,
    title: str,
    family: Family,
    symbol: str,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    paper: str = "",
    wired: Mapping[str, str] | None = None,
    params: Mapping[str, Parameter] | None = None,
    card: str = "",
    equation: str = "",
    aliases: Sequence[str] = (),
) -> Callable[[T], T]:
    """Register an `nn.Module` class as a block of the catalogue.

    `inputs` maps port names, which are the argument names of `forward`, to a kind; a trailing "?" marks an
    optional port. Raises BlockError when the declaration and the class disagree or the id is taken.
    """

    def register(cls: T) -> T:
        if id in REGISTRY:
            raise BlockError(f"Two blocks are called {id!r}: {REGISTRY[id].class_name} and {cls.__name__}.")
        doc = inspect.getdoc(cls) or ""
        REGISTRY[id] = BlockSpec(
            id=id, title=title, family=family, symbol=symbol, paper=paper, card=card, equation=equation,
            summary=doc.partition("\n")[0], doc=doc, aliases=tuple(aliases),
            inputs=tuple(_port(name, kind) for name, kind in inputs.items()),
            outputs=tuple(_port(name, kind) for name, kind in outputs.items()),
            wired=dict(wired or {}),
            params=_compare(id, cls, wired or {}, params or {}),
            module=cls.__module__, class_name=cls.__name__,
        )  # fmt: skip
        forward: Callable[..., object] = getattr(cls, "forward")  # noqa: B009  (`type` has no such attribute)
        names = list(inspect.signature(forward).parameters)[1:]
        if names != list(inputs):
            raise BlockError(f"Block {id!r}: forward takes {names}, the declared inputs are {list(inputs)}.")
        return cls

    return register


def _port(name: str, kind: str) -> Port:
    return Port(name=name, kind=kind.removesuffix("?"), optional=kind.endswith("?"))


def _compare(
    id_: str, cls: type, wired: Mapping[str, str], params: Mapping[str, Parameter]
) -> dict[str, Parameter]:
    """The declared parameters completed with the constructor's names and defaults, in its order."""
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    arguments = {
        name: argument
        for name, argument in inspect.signature(cls).parameters.items()
        if argument.kind not in variadic  # those of nn.Module itself, where a block has no constructor
    }
    if set(arguments) != set(wired) | set(params):
        odd = sorted(set(arguments) ^ (set(wired) | set(params)))
        raise BlockError(f"Block {id_!r}: constructor and declaration disagree about {', '.join(odd)}.")
    complete: dict[str, Parameter] = {}
    for name, argument in arguments.items():
        if name in wired:
            continue
        if argument.default is inspect.Parameter.empty:
            raise BlockError(f"Block {id_!r}: parameter {name!r} has no default.")
        complete[name] = replace(params[name], name=name, default=argument.default)
        if complaint := complete[name].complaint(argument.default):
            raise BlockError(f"Block {id_!r}: the default of {name!r} does not fit its limits: {complaint}.")
    return complete
