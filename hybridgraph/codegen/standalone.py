"""The same source as one file that imports only torch: the classes in use are written into it.

The blocks' files are read as text and taken apart with `ast`: each definition that the network needs, and
what that needs, is carried over word for word, without its `@block` declaration. Nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from hybridgraph.codegen.writer import Rendered, render
from hybridgraph.custom.loaded import LOADED
from hybridgraph.errors import GraphError
from hybridgraph.plan import Plan

PACKAGE = "hybridgraph.blocks"

BLOCK_ERROR = '''class BlockError(ValueError):
    """A block was given arguments or inputs it cannot work with."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())'''


@dataclass(frozen=True, slots=True)
class _Definition:
    """A class, function or constant of a block file: its text and the names it mentions."""

    text: str
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A block file taken apart. `blocks` maps a name imported from another block file to that file's module."""

    definitions: dict[str, _Definition]
    blocks: dict[str, str]
    imports: dict[str, str]


@dataclass(slots=True)
class _Bundle:
    """The definitions gathered so far, in an order in which each comes after those it needs."""

    texts: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    block_error: bool = False

    def add(self, module: str, name: str) -> None:
        """Gather `name` of a block file after everything it mentions."""
        if (module, name) in self.seen:
            return
        self.seen.add((module, name))
        other = self.names.setdefault(name, module)
        if other != module:
            raise GraphError(
                f"{_file_of(other)} and {_file_of(module)} both define {name}, and one source can hold one of them.",
                "Rename it in one of the two.",
            )
        file = _read(module)
        definition = file.definitions[name]
        for used in definition.uses:
            if used in file.definitions:
                self.add(module, used)
            elif used in file.blocks:
                self.add(file.blocks[used], used)
            elif used == "BlockError":
                self.block_error = True
            elif used in file.imports:
                self.imports.add(file.imports[used])
        self.texts.append(definition.text)


def standalone(plan: Plan) -> Rendered:
    """The source of a plan with the blocks it uses written out. Needs torch and nothing else to run."""
    rendered = render(plan)
    lines = rendered.text.split("\n")
    tree = ast.parse(rendered.text)
    bundle = _Bundle()
    last = 0
    for node in tree.body:
        if isinstance(node, ast.Import):
            bundle.imports.add(lines[node.lineno - 1])
        if isinstance(node, ast.ImportFrom):
            last = node.end_lineno or node.lineno
            if node.module and (node.module.startswith(PACKAGE) or node.module in LOADED):
                for alias in node.names:
                    bundle.add(node.module, alias.name)
            else:
                bundle.imports |= {f"from {node.module} import {alias.name}" for alias in node.names}
    doc = lines[0].replace("made with HybridGraph:", "made with HybridGraph for torch alone:")
    _check_imports(bundle)
    top = [doc, *_origins(bundle), "", *_import_lines(bundle.imports)]
    texts = [BLOCK_ERROR, *bundle.texts] if bundle.block_error else bundle.texts
    for text in texts:
        blank = (
            [""] if text.startswith(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ_")) and "\n" not in text else ["", ""]
        )
        top += [*blank, *text.split("\n")]
    shift = len(top) - last
    return Rendered(
        text="\n".join([*top, *lines[last:]]),
        lines={path: (first + shift, end + shift) for path, (first, end) in rendered.lines.items()},
        modules=rendered.modules,
    )


def definitions(module: str) -> Collection[str]:
    """The names that a block file defines, its imports left out."""
    return _read(module).definitions


def _file_of(module: str) -> str:
    return LOADED[module].file if module in LOADED else f"{module.rpartition('.')[2]}.py"


def _origins(bundle: _Bundle) -> list[str]:
    """A line for each file of a person's own that the source has classes of."""
    own = sorted({module for module, _ in bundle.seen if module in LOADED})
    return [f"# With blocks of {LOADED[one].file} (SHA-256 {LOADED[one].digest})." for one in own]


def _check_imports(bundle: _Bundle) -> None:
    """Refuse two imports that give one name to two things, as a file of a person's own may."""
    bound: dict[str, str] = {}
    for line in sorted(bundle.imports):
        for alias in getattr(ast.parse(line).body[0], "names", ()):
            name = alias.asname or alias.name
            if bound.setdefault(name, line) != line:
                raise GraphError(
                    f"A block file says “{line}”, another part of the source “{bound[name]}”.",
                    "Import it the same way, or under another name.",
                )


@cache
def _read(module: str) -> _File:
    """A block file, taken apart. The name of a person's own module changes with its content."""
    if module in LOADED:
        text = LOADED[module].text
    else:
        name = module.removeprefix(f"{PACKAGE}.")
        place = resources.files(PACKAGE.partition(".")[0]) / "blocks" / f"{name}.py"
        text = place.read_text(encoding="utf-8")
    lines = text.split("\n")
    file = _File(definitions={}, blocks={}, imports={})
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                shown = alias.asname or alias.name
                if node.module and node.module.startswith(PACKAGE):
                    file.blocks[shown] = node.module
                elif node.module and not node.module.startswith("hybridgraph"):
                    renamed = f" as {alias.asname}" if alias.asname else ""
                    file.imports[shown] = f"from {node.module} import {alias.name}{renamed}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                renamed = f" as {alias.asname}" if alias.asname else ""
                file.imports[alias.asname or alias.name.partition(".")[0]] = f"import {alias.name}{renamed}"
        else:
            for defined in _defined(node):
                file.definitions[defined] = _Definition(_text(node, lines), tuple(mentioned(node)))
    return file


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def is_declaration(decorator: ast.expr) -> bool:
    """Whether a decorator is the `@block(…)` of the catalogue, which a standalone file has no use for."""
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == "block"
    )


def _text(node: ast.stmt, lines: list[str]) -> str:
    """The lines of a definition with the comment right above it."""
    first = node.lineno
    for decorator in getattr(node, "decorator_list", []):
        if not is_declaration(decorator):
            first = min(first, decorator.lineno)
    own = lines[first - 1 : node.end_lineno]
    comment = first - 1
    while comment > 0 and lines[comment - 1].startswith("#"):
        comment -= 1
    return "\n".join([*lines[comment : first - 1], *own])


def mentioned(node: ast.stmt) -> Iterator[str]:
    """Every name a definition mentions, its catalogue declaration left out, each once and in order."""
    roots: list[ast.AST] = [node]
    if isinstance(node, ast.ClassDef):
        roots = [*node.bases, *node.body, *(d for d in node.decorator_list if not is_declaration(d))]
    seen: set[str] = set()
    for root in roots:
        for inner in ast.walk(root):
            if isinstance(inner, ast.Name) and inner.id not in seen:
                seen.add(inner.id)
                yield inner.id


def _import_lines(imports: set[str]) -> list[str]:
    """The import lines, those from the same module joined."""
    grouped: dict[str, list[str]] = {}
    plain = sorted(line for line in imports if line.startswith("import "))
    for line in imports:
        if line.startswith("from "):
            module, _, name = line.removeprefix("from ").partition(" import ")
            grouped.setdefault(module, []).append(name)
    own = [line for line in plain if "torch" in line]
    foreign = [line for line in plain if "torch" not in line]
    froms = {
        module: f"from {module} import {', '.join(sorted(names))}"
        for module, names in sorted(grouped.items())
    }
    foreign += [line for module, line in froms.items() if not module.startswith("torch")]
    own += [line for module, line in froms.items() if module.startswith("torch")]
    return [*foreign, *([""] if foreign else []), *own]
