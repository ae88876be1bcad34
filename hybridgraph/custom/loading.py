"""Runs block files that a person agreed to, in the engine and in runs; the window never imports this.

What goes wrong in a file becomes one sentence and leaves the catalogue as it was before. What a file prints goes to
standard error, so that it cannot disturb what is said on standard output.
"""

from __future__ import annotations

import contextlib
import hashlib
import string
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from types import ModuleType

from torch import nn

import hybridgraph.blocks  # noqa: F401  (ours are in the registry first)
from hybridgraph import spec as specs
from hybridgraph.codegen.standalone import definitions
from hybridgraph.custom import witness
from hybridgraph.custom.folder import BlockFile, listed
from hybridgraph.custom.loaded import LOADED, Loaded
from hybridgraph.errors import BlockError
from hybridgraph.spec import FAMILIES, REGISTRY, BlockSpec

KINDS = (specs.IMAGE, specs.TOKENS, specs.VECTOR, specs.STACK, specs.PYRAMID, specs.DETECTIONS, specs.ANY)
MAX_TITLE, MAX_SYMBOL = 60, 3


class Loader:
    """Brings blocks of agreed files into the registry.

    `without` holds names of files and digests, as pairs, that are left alone: they ended an engine before. `trying`
    hears the name of a file before anything of it runs, and "" after: the witness of a command, if there is one.
    """

    def __init__(
        self,
        without: Collection[tuple[str, str]] = (),
        trying: Callable[[str], None] = witness.trying,
    ) -> None:
        self.without = frozenset(without)
        self.trying = trying
        self.faults: dict[tuple[str, str], str] = {}

    def load_all(self) -> None:
        """Forget every block of a person's own and load each agreed file afresh."""
        forget()
        self.faults.clear()
        self._load(listed())

    def provide(self, ids: Collection[str]) -> None:
        """Load the agreed files that declare these blocks, and no others."""
        wanted = [one for one in ids if one not in REGISTRY]
        if wanted:
            self._load(file for file in listed() if not set(wanted).isdisjoint(file.blocks))

    def _load(self, files: Iterator[BlockFile] | tuple[BlockFile, ...]) -> None:
        for file in files:
            key = (file.name, file.digest)
            if file.state != "agreed" or key in self.without or key in self.faults:
                continue
            try:
                with self.running(file.name):
                    load(file)
            except BlockError as error:
                self.faults[key] = str(error)

    @contextlib.contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Say that code of a file runs in here, and keep standard output clean."""
        self.trying(name)
        try:
            with contextlib.redirect_stdout(sys.stderr):
                yield
        finally:
            self.trying("")


def forget() -> None:
    """Take every block of a person's own out of the registry."""
    for one in [id_ for id_, spec in REGISTRY.items() if spec.file]:
        del REGISTRY[one]
    for module in list(LOADED):
        del LOADED[module]
        sys.modules.pop(module, None)


def load(file: BlockFile) -> None:
    """Run a file, whose text was read when its digest was taken, and register its blocks. Raises BlockError."""
    if hashlib.sha256(file.text.encode()).hexdigest() != file.digest:
        raise BlockError(f"{file.name} is not what was agreed to.")
    name = f"hybridgraph_own_{file.path.stem}_{file.digest[:12]}"
    module = ModuleType(name)
    module.__file__ = str(file.path)
    before = set(REGISTRY)
    sys.modules[name] = module  # dataclasses and inspect look there
    LOADED[name] = Loaded(file=file.name, digest=file.digest, text=file.text)
    try:
        _check_names(name)
        exec(compile(file.text, str(file.path), "exec"), module.__dict__)  # noqa: S102  (agreed to)
        for one in set(REGISTRY) - before:
            REGISTRY[one] = replace(REGISTRY[one], file=file.name, digest=file.digest)
            _check(REGISTRY[one], module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  (whatever a file does, also leaving the program, is told)
        for one in set(REGISTRY) - before:
            del REGISTRY[one]
        del LOADED[name], sys.modules[name]
        raise BlockError(f"{file.name} cannot be used: {sentence(error, file.name)}") from None


def sentence(error: BaseException, file: str) -> str:
    """What went wrong in a person's code, with the line of their file."""
    if isinstance(error, BlockError):
        return str(error)
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(file)
    ]
    where = f" in line {lines[-1]}" if lines else ""
    if isinstance(error, SystemExit):
        return f"it left the program{where} (sys.exit), which a block must not."
    first = str(error).strip().partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}{where}{': ' if first else ''}{first}."


def _check_names(name: str) -> None:
    """Refuse names that ours have too: both would have to stand in one source."""
    taken = ours()
    for one in definitions(name):
        if one in taken:
            raise BlockError(
                f"the name {one} is taken by HybridGraph's {taken[one].rpartition('.')[2]}.py.",
                "Import it from there, or choose another name.",
            )


def ours() -> Mapping[str, str]:
    """Every name that HybridGraph's own block files define, with its module."""
    modules = [name for name in sys.modules if name.startswith("hybridgraph.blocks.")]
    return {one: module for module in modules for one in definitions(module)}


def _check(spec: BlockSpec, module: ModuleType) -> None:
    """Refuse a declaration that palette, card or plan could not work with. Raises BlockError."""
    place = f"block {spec.id!r}"
    cls = getattr(module, spec.class_name, None)
    if not isinstance(cls, type) or not issubclass(cls, nn.Module):
        raise BlockError(f"{place}: {spec.class_name} is no nn.Module.")
    if spec.family not in FAMILIES:
        raise BlockError(f"{place}: the family {spec.family!r} is none of {', '.join(FAMILIES)}.")
    for what, text, longest in (("title", spec.title, MAX_TITLE), ("symbol", spec.symbol, MAX_SYMBOL)):
        if not 1 <= len(str(text)) <= longest:
            raise BlockError(f"{place}: its {what} has 1 to {longest} characters.")
    for port in (*spec.inputs, *spec.outputs):
        if port.kind not in (*KINDS, specs.SAME):
            raise BlockError(
                f"{place}: port {port.name!r} has the kind {port.kind!r}, which is none of {', '.join(KINDS)}."
            )
    if not spec.inputs or not spec.outputs:
        raise BlockError(f"{place} needs an input and an output.")
    for argument, origin in spec.wired.items():
        port_name, dot, attribute = str(origin).partition(".")
        if spec.input(port_name) is None or not (dot and attribute):
            raise BlockError(
                f"{place}: {argument!r} is wired to {origin!r}, which is no port and its property."
            )
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(spec.card) if field is not None]
    except ValueError as error:
        raise BlockError(f"{place}: its card {spec.card!r} is no format ({error}).") from None
    for field in fields:
        if field not in spec.params and field not in spec.wired:
            raise BlockError(f"{place}: its card names {field!r}, which is no parameter.")
