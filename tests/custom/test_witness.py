"""A command whose own blocks leave the program ends in one sentence and exit code 1, other ends stay what they are."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hybridgraph.custom import witness
from hybridgraph.graph import files
from tests.custom.conftest import Write, network
from tests.custom.test_loading import FORWARD, GOOD

pytestmark = pytest.mark.skipif(not witness.CAN_WATCH, reason="this system has no fork or no sigwaitinfo")
ROOT = Path(__file__).parents[2]
# Commands under a witness, all begun in one process: what each does while a file is on trial, and after.
MANY = """
import json, os, sys
from hybridgraph.custom import witness

def begin(first, then):
    def command():
        witness.trying("mine.py")
        exec(first)
        witness.trying("")
        return eval(then)
    return command

ends = []
for first, then in json.loads(sys.argv[1]):
    heard, say = os.pipe()
    command = os.fork()
    if not command:
        os.dup2(say, 2)
        os._exit(witness.watched(begin(first, then)))
    os.close(say)
    code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
    ends.append((code, open(heard).read()))
print(json.dumps(ends))
"""
LEFT = (
    "mine.py ended the program ({how}) while it ran, which a block must not. Mend it, or take back what you agreed to: "
    "hybridgraph blocks forget mine.py\n"
)
LATER = (
    "The program was ended from within (exit code 5); code of yours was in use: mine.py. A block must not leave the "
    "program.\n"
)
ENDS = {
    ("pass", "0"): (0, ""),
    ("pass", "2"): (2, ""),
    ("pass", "len(os.write(2, b'Wrong.') * 'x') and 1"): (1, "Wrong."),
    ("os._exit(0)", "0"): (1, LEFT.format(how="exit code 0")),
    ("os.kill(os.getpid(), 6)", "0"): (1, LEFT.format(how="SIGABRT")),
    ("pass", "os._exit(5)"): (1, LATER),
    ("pass", "os.kill(os.getpid(), 9)"): (-9, ""),
    ("os.kill(os.getppid(), 15)", "__import__('signal').pause()"): (-15, ""),
}


def test_how_a_command_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY, json.dumps(list(ENDS))],
        cwd=ROOT, capture_output=True, text=True, timeout=280, check=True,
    )  # fmt: skip
    assert [tuple(end) for end in json.loads(done.stdout)] == list(ENDS.values())


def test_a_witness_that_is_killed_takes_the_command_with_it() -> None:
    command = "[print(os.getpid(), flush=True), __import__('signal').pause()] and 0"
    program = MANY.partition("ends =")[0] + f"witness.watched(begin('pass', {command!r}))"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as both:
        assert both.stdout is not None
        assert int(both.stdout.readline()) != both.pid
        os.kill(both.pid, signal.SIGKILL)
        assert both.stdout.read() == b""  # the last one who could write is gone


def test_a_block_that_leaves_the_program_is_told(own: Write, tmp_path: Path) -> None:
    own("my_block", GOOD.replace(FORWARD, f"        __import__('os')._exit(5)\n{FORWARD}"))
    design = tmp_path / "own.hybrid.json"
    files.save(network("my_block"), design)
    done = subprocess.run(
        [sys.executable, "-m", "hybridgraph.cli", "check", str(design)],
        cwd=ROOT, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("my_block.py ended the program (exit code 5) while it ran")
    assert done.stdout == ""
