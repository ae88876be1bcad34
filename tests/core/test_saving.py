"""A writer killed at any moment leaves the old design or the new one (fault 1)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.storage import sweep

KILLS = 10
SAVER = """
import sys
from hybridgraph.graph import edits, files
file = sys.argv[1]
design = files.load(file)
print("ready", flush=True)
for number in range(10**9):
    files.save(edits.set_name(design, f"version {number} " + "x" * (number * 37 % 800)), file)
    if number == 3:
        print("saving", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_design_survives_kills_while_it_is_saved(tmp_path: Path):
    file = tmp_path / "d.hybrid.json"
    start = files.loads(
        '{"format": "hybridgraph", "version": 1, "name": "version 0 ", "nodes": ['
        + ",".join(f'{{"id": "n{number}", "block": "add"}}' for number in range(300))
        + '], "edges": []}'
    )
    files.save(start, file)
    for _ in range(KILLS):
        saver = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(file)], stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert saver.stdout is not None
        with saver, saver.stdout:
            assert [saver.stdout.readline(), saver.stdout.readline()] == ["ready\n", "saving\n"]
            saver.send_signal(signal.SIGKILL)
        found = files.load(file)
        assert found.name.startswith("version ")
        assert Graph(nodes=found.nodes) == Graph(nodes=start.nodes)
        assert len(list(tmp_path.glob(".*"))) <= 1
        sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX limits")
def test_a_full_disk_leaves_the_old_design_and_says_so(tmp_path: Path):
    file = tmp_path / "d.hybrid.json"
    files.save(Graph(name="old"), file)
    code = (
        "import resource, signal, sys; from hybridgraph.graph import files; from hybridgraph.graph.model import Graph\n"
        "from hybridgraph.errors import DocumentError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try: files.save(Graph(name='new' * 300), sys.argv[1])\n"
        "except DocumentError as refusal: print(refusal.message)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert str(file) in done.stdout
    assert "disk is full" in done.stdout
    assert files.load(file).name == "old"
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
