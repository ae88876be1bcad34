"""The text of a script that trains a run with several processes on one machine or many."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Literal, get_args

import hybridgraph
from hybridgraph.errors import RunError
from hybridgraph.jobs import TrainJob
from hybridgraph.runs.store import Run

Scheduler = Literal["slurm", "plain"]
SCHEDULERS: tuple[Scheduler, ...] = get_args(Scheduler)
_WARNING_S = 300
"""So long before its time ends, Slurm says so, and the run is stopped with a checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Where a run is trained: on `nodes` machines with a process for each of their GPUs."""

    run: Run
    scheduler: Scheduler = "plain"
    nodes: int = 1
    gpus_per_node: int = 1

    @property
    def processes(self) -> int:
        """How many processes share each batch."""
        return self.nodes * self.gpus_per_node


def script(launch: Launch) -> str:
    """The script. Raises RunError for a run that is no training or whose batch does not go round the processes."""
    job = launch.run.job
    if not isinstance(job, TrainJob):
        raise RunError(f"The run {launch.run.path} is a {job.kind} run, which one process does.")
    if job.batch < launch.processes:
        raise RunError(
            f"A batch of {job.batch} does not go round {launch.processes} processes.",
            "Choose a larger batch or fewer GPUs.",
        )
    return _slurm(launch, job) if launch.scheduler == "slurm" else _plain(launch, job)


def _head(launch: Launch, job: TrainJob) -> str:
    machines = "one machine" if launch.nodes == 1 else f"{launch.nodes} machines"
    each = f"{launch.gpus_per_node} process{'es' if launch.gpus_per_node > 1 else ''}"
    rate = "the learning rate" if job.recipe.rate_batch == 0 else "the learning rate that follows from it"
    return f"""\
# Trains the run {_comment(launch.run.name)} on {machines} with {each} on each.
# Written by HybridGraph {hybridgraph.__version__}; change what you like.
#
# A batch of {job.batch} pictures is shared by {launch.processes} processes, about {job.batch // launch.processes} for each: it and {rate} stay
# as they are with any number of processes. The run folder must be seen under the same path everywhere, and Python too.
# Stop it with:  touch {_comment(quote(str(launch.run.path / "stop")))}
# Start the same script again to go on from the last checkpoint, with other numbers of machines and GPUs if you like.
"""


def _names(launch: Launch) -> str:
    return f"""\
RUN={quote(str(launch.run.path))}
PYTHON=${{PYTHON:-{quote(sys.executable)}}}
export PYTHONPATH={quote(str(Path(hybridgraph.__file__).parents[1]))}${{PYTHONPATH:+:$PYTHONPATH}}
export PYTHONSAFEPATH=1  # a stray torch.py in this folder is not taken for torch
"""


def _plain(launch: Launch, job: TrainJob) -> str:
    if launch.nodes == 1:
        how, meeting = "", "  --standalone \\\n"
    else:
        how = f"""
# Start it on every machine:  bash SCRIPT NUMBER FIRST
# NUMBER counts the machines from 0 to {launch.nodes - 1}, FIRST is the name or address of number 0.
NUMBER=${{1:?the number of this machine is missing}}
FIRST=${{2:?the name of the first machine is missing}}
PORT=${{PORT:-29500}}  # free on the first machine, and open to the others
"""
        meeting = f'  --nnodes={launch.nodes} --node-rank="$NUMBER" \\\n  --master-addr="$FIRST" --master-port="$PORT" \\\n'
    return f"""\
#!/usr/bin/env bash
{_head(launch, job)}set -euo pipefail
{how}
{_names(launch)}
# an interrupt asks the run to stop: it ends at its next step, with a checkpoint
trap 'touch "$RUN/stop"' INT TERM

set -m  # the processes do not hear the interrupt themselves
"$PYTHON" -m torch.distributed.run \\
{meeting}  --nproc-per-node={launch.gpus_per_node} \\
  -m hybridgraph.train "$RUN" &
TRAINING=$!
until wait "$TRAINING" || ! kill -0 "$TRAINING" 2>/dev/null; do :; done
wait "$TRAINING"
"""


def _slurm(launch: Launch, job: TrainJob) -> str:
    return f"""\
#!/usr/bin/env bash
#SBATCH --job-name={_word(launch.run.name)}
#SBATCH --nodes={launch.nodes}
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node={launch.gpus_per_node}
#SBATCH --cpus-per-task={8 * launch.gpus_per_node}
#SBATCH --output={_word(launch.run.name)}-%j.txt
#SBATCH --signal=B:USR1@{_WARNING_S}
# Add what your cluster asks for: #SBATCH --time, --partition, --account.
#
{_head(launch, job)}set -euo pipefail

{_names(launch)}
FIRST=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
PORT=$((20000 + SLURM_JOB_ID % 20000))

# {_WARNING_S} seconds before the time is over the run is asked to stop: it ends with a checkpoint
trap 'touch "$RUN/stop"' USR1

srun "$PYTHON" -m torch.distributed.run \\
  --nnodes={launch.nodes} --nproc-per-node={launch.gpus_per_node} \\
  --rdzv-backend=c10d --rdzv-id="$SLURM_JOB_ID" --rdzv-endpoint="$FIRST:$PORT" \\
  -m hybridgraph.train "$RUN" &
TRAINING=$!
until wait "$TRAINING" || ! kill -0 "$TRAINING" 2>/dev/null; do :; done
wait "$TRAINING"
"""


def _comment(text: str) -> str:
    """Text that stays inside its comment."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _word(text: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in text)
