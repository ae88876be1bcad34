"""A block file taken apart as text: which blocks it declares, and whether they can be written into a generated source.

Nothing is run. What is refused here is refused before anybody is asked to agree.
"""

from __future__ import annotations

import ast
import re

from hybridgraph import catalog
from hybridgraph.codegen.standalone import PACKAGE, is_declaration, mentioned
from hybridgraph.errors import DocumentError

FOREIGN = ("torch", "math", "typing", "collections.abc", "__future__")
OWN = ("hybridgraph.spec", "hybridgraph.errors")
RESERVED = frozenset(("torch", "nn", "F", "Tensor", "math", "BlockError", "build_model", "block"))
"""Names that a generated source, or what is carried into it, uses itself."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_IMPORTS = "A block may import torch, math and HybridGraph's own blocks, so that a model needs torch alone."


def read(text: str, name: str) -> tuple[str, ...]:
    """The ids of the blocks that a file declares, in its order.

    Raises DocumentError with one sentence, with the line where there is one, on a file that cannot be used.
    """
    tree = _parsed(text, name)
    spec_names: set[str] = set()
    ids: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            _check_import(node, name, is_top=node in tree.body)
            if isinstance(node, ast.ImportFrom) and node.module == "hybridgraph.spec":
                spec_names |= {alias.name for alias in node.names}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        _check_definition(node, name)
        if told := sorted(spec_names.intersection(mentioned(node))):
            raise DocumentError(
                f"{name}, line {node.lineno}: {told[0]} belongs inside @block(…).",
                "A generated source has no such name.",
            )
        if isinstance(node, ast.ClassDef):
            ids += [_id(decorator, name) for decorator in node.decorator_list if is_declaration(decorator)]
    _check_ids(ids, name)
    return tuple(ids)


def _parsed(text: str, name: str) -> ast.Module:
    try:
        return ast.parse(text, name)
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno else ""
        raise DocumentError(f"{name} is no valid Python{where}: {error.msg}.") from None
    except ValueError as error:
        raise DocumentError(f"{name} is no valid Python: {error}.") from None
    except (RecursionError, MemoryError):
        raise DocumentError(f"{name} is no valid Python: it is nested too deep.") from None


def _check_import(node: ast.Import | ast.ImportFrom, name: str, *, is_top: bool) -> None:
    place = f"{name}, line {node.lineno}"
    module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
    relative = isinstance(node, ast.ImportFrom) and node.level > 0
    for wanted in [module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]:
        if not relative and any(wanted == one or wanted.startswith(f"{one}.") for one in FOREIGN):
            continue
        if relative or not (module in OWN or module.startswith(f"{PACKAGE}.")):
            raise DocumentError(f"{place}: {'.' * relative}{wanted} cannot be imported.", _IMPORTS)
    for alias in node.names:
        if alias.name == "*":
            raise DocumentError(
                f"{place}: an import of everything (*) cannot be carried.", "Name what you need."
            )
        if module.startswith("hybridgraph") and (alias.asname or not is_top):
            raise DocumentError(
                f"{place}: what comes from HybridGraph is imported at the top of the file, under its own name."
            )
        if module == "hybridgraph.errors" and alias.name != "BlockError":
            raise DocumentError(f"{place}: {alias.name} cannot be carried.", "BlockError can.")


def _check_definition(node: ast.stmt, name: str) -> None:
    """Whether a statement at the top of the file can be carried into another one."""
    defined: list[str] = []
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            pass
        case ast.ClassDef(name=one) | ast.FunctionDef(name=one):
            defined = [one]
        case ast.Assign(targets=targets) if all(isinstance(one, ast.Name) for one in targets):
            defined = [one.id for one in targets if isinstance(one, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=one), value=ast.expr()):
            defined = [one]
        case _:
            raise DocumentError(
                f"{name}, line {node.lineno}: at the top of the file only imports, classes, functions and constants "
                "can be carried into a model."
            )
    for one in defined:
        if one in RESERVED:
            raise DocumentError(
                f"{name}, line {node.lineno}: the name {one} is taken.", "Choose another one."
            )


def _id(decorator: ast.expr, name: str) -> str:
    assert isinstance(decorator, ast.Call)
    given = [*decorator.args[:1], *(one.value for one in decorator.keywords if one.arg == "id")]
    if len(given) != 1 or not isinstance(given[0], ast.Constant) or not isinstance(given[0].value, str):
        raise DocumentError(
            f"{name}, line {decorator.lineno}: @block(…) begins with the block's id, written out.",
            'Write @block("my_block", …).',
        )
    if _ID.fullmatch(given[0].value) is None:
        raise DocumentError(
            f"{name}, line {decorator.lineno}: {given[0].value!r:.80} is no id for a block.",
            "Ids are small letters, digits and underscores.",
        )
    return given[0].value


def _check_ids(ids: list[str], name: str) -> None:
    if not ids:
        raise DocumentError(f"{name} declares no block.", "Put @block(…) above a class that is an nn.Module.")
    for one in ids:
        if ids.count(one) > 1:
            raise DocumentError(f"{name} declares two blocks {one!r}.", "Give one of them another id.")
        if one in catalog.load():
            raise DocumentError(
                f"{name} declares a block {one!r}, which is one of HybridGraph's own.", "Give it another id."
            )
