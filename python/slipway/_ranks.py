"""Which rank of a training the program stands for, told to it by the training itself."""
from __future__ import annotations

import os
import pathlib
import time
from typing import Any, Dict

VARIABLES = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK")
FOLDER_SECONDS = 60.0
"""So long does a node wait for a sign that the main process writes to the folder that it sees."""
SIGN = pathlib.Path(".cache", "huggingface", "slipway", "ending")


def environment(args: Any, moment: str) -> Dict[str, str]:
    """The program's variables at one moment of a training.

    The Trainer knows better than a launcher: two trainings of one process each, started by one srun, are no ranks of
    each other. Each moment is a launch by itself, so that a rank which comes early never takes the last one's result.
    """
    if args.world_size <= 1:
        return {"RANK": "0"} if any(name in os.environ for name in VARIABLES) else {}
    return {"RANK": str(args.process_index), "TORCHELASTIC_RUN_ID": f"{_launch()} {moment}"}


def _launch() -> str:
    names = ("TORCHELASTIC_RUN_ID", "SLURM_JOB_ID", "SLURM_STEP_ID", "PMIX_NAMESPACE")
    return " ".join(os.environ[name] for name in names if name in os.environ)


def has_other_nodes(args: Any) -> bool:
    return bool(args.world_size > _ranks_of_a_node(args))


def _ranks_of_a_node(args: Any) -> int:
    try:
        return max(1, int(os.environ.get("LOCAL_WORLD_SIZE", args.world_size)))
    except ValueError:
        return int(args.world_size)


def leave_sign(run: str, moment: str) -> None:
    """The main process, before it saves: whoever sees this sees the release being made."""
    sign = pathlib.Path(run, SIGN)
    sign.parent.mkdir(parents=True, exist_ok=True)
    sign.write_text(moment, encoding="utf-8")


def sees_sign(args: Any, run: str, moment: str) -> bool:
    """Whether this rank's folder is the main process's: on a disk of another node there is nothing to wait for."""
    if not has_other_nodes(args) or args.process_index < _ranks_of_a_node(args):
        return True
    sign, end = pathlib.Path(run, SIGN), time.monotonic() + FOLDER_SECONDS
    while True:
        try:
            if sign.read_text(encoding="utf-8") == moment:
                return True
        except OSError:
            pass
        if time.monotonic() >= end:
            return False
        time.sleep(0.2)
