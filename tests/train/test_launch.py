"""Launch scripts: a shell takes them, they call torchrun as they should, and an interrupt stops the run."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hybridgraph.cli import run as command
from hybridgraph.errors import RunError
from hybridgraph.launch import SCHEDULERS, Launch, script
from hybridgraph.runs import Run

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

MakeRun = Callable[..., Run]


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script where Python, srun and scontrol only say what they were asked."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in {
        "python": 'echo "python $*"; test -z "${FAILS:-}"',
        "srun": '"$@"',
        "scontrol": "printf 'alpha\\nbeta\\n'",
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)

    def start(text: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHON": str(tools / "python"),
            **variables,
        }
        return subprocess.run(
            ["bash", "-c", text, "script", *words],
            check=False,
            env=environment,
            capture_output=True,
            text=True,
        )

    return start


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize(("nodes", "gpus"), [(1, 1), (1, 2), (3, 4)])
def test_a_shell_takes_every_script(
    make_run: MakeRun, tmp_path: Path, scheduler: str, nodes: int, gpus: int
) -> None:
    run = make_run(directory=tmp_path / "it's $HOME; a `run`\nname")
    text = script(Launch(run=run, scheduler=scheduler, nodes=nodes, gpus_per_node=gpus))
    checked = subprocess.run(["bash", "-n"], check=False, input=text, capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert f"A batch of 16 pictures is shared by {nodes * gpus} processes" in text


def test_by_hand_torchrun_is_called_with_the_run(make_run: MakeRun, shell, tmp_path: Path) -> None:
    run = make_run(directory=tmp_path / "it's $HOME")
    one = shell(script(Launch(run=run, gpus_per_node=2)))
    assert one.returncode == 0
    assert (
        one.stdout
        == f"python -m torch.distributed.run --standalone --nproc-per-node=2 -m hybridgraph.train {run.path}\n"
    )
    many = script(Launch(run=run, nodes=2, gpus_per_node=4))
    assert (
        "--nnodes=2 --node-rank=1 --master-addr=alpha --master-port=29500 --nproc-per-node=4"
        in shell(many, "1", "alpha").stdout
    )
    assert "the number of this machine is missing" in shell(many).stderr
    assert shell(many, "0", "alpha", FAILS="1").returncode == 1


def test_under_slurm_the_first_machine_is_where_they_meet(make_run: MakeRun, shell) -> None:
    run = make_run()
    text = script(Launch(run=run, scheduler="slurm", nodes=2, gpus_per_node=4))
    assert {"#SBATCH --nodes=2", "#SBATCH --gpus-per-node=4", "#SBATCH --signal=B:USR1@300"} <= set(
        text.splitlines()
    )
    done = shell(text, SLURM_JOB_NODELIST="x[1-2]", SLURM_JOB_ID="20007")
    assert done.returncode == 0
    assert (
        "--nnodes=2 --nproc-per-node=4 --rdzv-backend=c10d --rdzv-id=20007 --rdzv-endpoint=alpha:20007"
        in done.stdout
    )


@pytest.fixture
def _heard() -> Iterator[None]:
    """A shell cannot hear an interrupt that its parent ignores, as one started in the background does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heard")
@pytest.mark.parametrize(("scheduler", "number"), [("plain", signal.SIGINT), ("slurm", signal.SIGUSR1)])
def test_an_interrupt_asks_the_run_to_stop_and_waits_for_it(
    make_run: MakeRun, tmp_path: Path, scheduler: str, number: int
) -> None:
    run = make_run()
    waits = tmp_path / "python"
    waits.write_text(
        f'#!/bin/sh\necho ready\nfor turn in $(seq 3000); do test -e "{run.path}/stop" && break; sleep 0.02; done\n'
        f'test -e "{run.path}/stop" && echo ended\n'
    )
    waits.chmod(0o755)
    for tool in ("srun", "scontrol"):
        (tmp_path / tool).write_text('#!/bin/sh\ntest "$0" = "${0%srun}" || "$@"\n')
        (tmp_path / tool).chmod(0o755)
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHON": str(waits),
                   "SLURM_JOB_NODELIST": "x", "SLURM_JOB_ID": "1"}  # fmt: skip
    text = script(Launch(run=run, scheduler=scheduler))
    with subprocess.Popen(
        ["bash", "-c", text], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.read() == "ended\n"
    assert process.returncode == 0


def test_the_command_writes_a_script_of_a_run_or_a_design(
    make_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run()
    assert command(["launch", str(run.path), "--gpus-per-node", "2"]) == 0
    assert capsys.readouterr().out == script(Launch(run=run, gpus_per_node=2))
    out, made = tmp_path / "go.sbatch", tmp_path / "made"
    words = [
        "launch",
        "pocket-moat",
        "--run",
        str(made),
        "--nodes",
        "2",
        "--scheduler",
        "slurm",
        "--out",
        str(out),
        "--json",
    ]
    assert command(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["run"], told["processes"], told["script"]) == (str(made), 2, out.read_text())
    assert command(["launch", str(run.path), "--nodes", "9", "--gpus-per-node", "2"]) == 1
    assert "A batch of 16 does not go round 18 processes" in capsys.readouterr().err


def test_what_is_no_training_has_no_script(tmp_path: Path) -> None:
    from hybridgraph.graph.files import dumps
    from hybridgraph.graph.model import Graph
    from hybridgraph.jobs import ProfileJob
    from hybridgraph.runs import create_run

    run = create_run(tmp_path / "profile", graph_text=dumps(Graph()), source="", job=ProfileJob())
    with pytest.raises(RunError, match="is a profile run"):
        script(Launch(run=run))
