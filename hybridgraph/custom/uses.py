"""What a design says of the blocks in it that are a person's own: which file each is from, never what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from hybridgraph import catalog
from hybridgraph.analysis import Analysis, Finding
from hybridgraph.custom.folder import BlockFile, folder, listed
from hybridgraph.graph.model import Graph, Node, Path, frozen

KEY = "custom_blocks"
"""The entry of a design file that holds a list of uses."""
SHOWN = 12
"""Characters of a digest that people are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A block of a person's own in a design: its id, the name of its file and the SHA-256 of the file's content."""

    block: str
    file: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.block} of {self.file} (SHA-256 {self.sha256[:SHOWN]}…)"


def foreign(graph: Graph) -> list[str]:
    """The ids of blocks in a design that are none of HybridGraph's own, each once."""
    known = catalog.load()
    found = (item.block for _, item in graph.walk() if isinstance(item, Node) and item.block not in known)
    return list(dict.fromkeys(found))


def uses(graph: Graph) -> tuple[Use, ...]:
    """The blocks of a person's own in a design, as the folder has them now, else as the design's file says."""
    ids = foreign(graph)
    if not ids:
        return ()
    now = {one: file for file in listed() for one in file.blocks}
    said = declared(graph)
    found = []
    for one in ids:
        if one in now:
            found.append(Use(block=one, file=now[one].name, sha256=now[one].digest))
        elif one in said:
            found.append(said[one])
    return tuple(found)


def declared(graph: Graph) -> dict[str, Use]:
    """What a design's file says of the blocks in it. What is damaged there is left out."""
    listed_there = graph.extra.get(KEY)
    found: dict[str, Use] = {}
    for entry in listed_there if isinstance(listed_there, list) else ():
        if isinstance(entry, Mapping) and all(
            isinstance(entry.get(n), str) for n in ("block", "file", "sha256")
        ):
            block, file, sha256 = (entry[n][:128] for n in ("block", "file", "sha256"))
            found[block] = Use(block=block, file=file, sha256=sha256)
    return found


def stamped(graph: Graph) -> Graph:
    """The design with the list of the blocks in it that are a person's own; the same one when nothing changes."""
    entries: list[dict[str, Any]] = [asdict(use) for use in uses(graph)]
    if entries == graph.extra.get(KEY, []):
        return graph
    rest = {key: value for key, value in graph.extra.items() if key != KEY}
    return replace(graph, extra=frozen({**rest, KEY: entries} if entries else rest))


def explained(graph: Graph, analysis: Analysis, faults: Mapping[tuple[str, str], str]) -> Analysis:
    """The analysis with the reason why a block is unknown, and whether a file is another one than the design had.

    `faults` says by name and digest what was wrong with a file when it was loaded.
    """
    ids = foreign(graph)
    if not ids:
        return analysis
    there = listed()
    files = {one: file for file in there for one in file.blocks}
    said = declared(graph)
    for block, use in said.items():  # a file that cannot be read as Python declares nothing any more
        broken = next((file for file in there if file.name == use.file and file.fault), None)
        if broken is not None:
            files.setdefault(block, broken)
    blocks = {path: item.block for path, item in graph.walk() if isinstance(item, Node)}
    findings = [
        _reasoned(one, blocks[one.path], files, said, faults) if one.code == "unknown-block" else one
        for one in analysis.findings
    ]
    for block, use in said.items():
        now = files.get(block)
        if now is not None and block in ids and now.digest != use.sha256:
            findings.append(_other(next(path for path, own in blocks.items() if own == block), now, use))
    return replace(analysis, findings=tuple(findings))


def _reasoned(
    finding: Finding,
    block: str,
    files: Mapping[str, BlockFile],
    said: Mapping[str, Use],
    faults: Mapping[tuple[str, str], str],
) -> Finding:
    place, _, _ = finding.message.partition(": the block")
    where, file = f"{place}: the block {block!r}", files.get(block)
    if file is None and block in said:
        message = f"{where} is from {said[block].file}, which is not in the folder of your blocks."
        return replace(finding, message=message, hint=f"Put the file into {folder()} and agree to it.")
    if file is None:
        return finding
    agree = f"Read it and agree to it: File › My blocks, or hybridgraph blocks agree {file.name}."
    if file.state == "new":
        message = f"{where} is from {file.name}, to which you have not agreed."
        return replace(finding, message=message, hint=agree)
    if file.state == "changed":
        message = f"{where} is from {file.name}, which has changed since you agreed to it."
        return replace(finding, message=message, hint=agree)
    fault = file.fault or faults.get((file.name, file.digest), "")
    ended = f"{file.name} ended the engine, so it is left alone until it changes."
    return replace(finding, message=f"{where} cannot be used: {fault or ended}", hint="Mend the file.")


def _other(path: Path, now: BlockFile, use: Use) -> Finding:
    return Finding(
        severity="warning",
        code="other-block-file",
        message=f"The design was saved with another content of {now.name} (SHA-256 {use.sha256[:SHOWN]}…).",
        hint=f"It is computed with the one of now ({now.digest[:SHOWN]}…); saving takes that one over.",
        path=path,
    )
