"""Which rank of a training the program stands for, and how far the main process is, told to the other ranks by a file."""
from __future__ import annotations

import json
import logging
import os
import pathlib
import time
from typing import Any, Dict, Optional, Tuple

from ._errors import Error

TALK = logging.getLogger("slipway")
VARIABLES = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK")
LAUNCH = ("TORCHELASTIC_RUN_ID", "SLURM_JOB_ID", "SLURM_STEP_ID", "PMIX_NAMESPACE")
ATTEMPT = (*LAUNCH, "TORCHELASTIC_RESTART_COUNT", "MASTER_ADDR", "MASTER_PORT")
NODE_SIZES = ("LOCAL_WORLD_SIZE", "LOCAL_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS")
FOLDER_SECONDS = 60.0
"""So long does a node look for the main process's sign where none was left when training began."""
TRAINED_SECONDS = 5.0
"""So long where one was: it has lain there since, all ranks have met after it."""
POLL_SECONDS = 0.2
SIGN = pathlib.Path(".cache", "huggingface", "slipway", "ending")
SIGN_BYTES = 4096
"""Its size from the beginning: what is told of a full disk takes no more room."""
SAVING, SAVED, STARTED, NOT_SAVED, NOT_STARTED = "saving", "saved", "started", "not saved", "not started"
ROWS_MAX = 4
"""So many endings of a kind stay told: a rank that is late still finds its own."""
FAR = {SAVING: 0, SAVED: 1, STARTED: 2, NOT_SAVED: 3, NOT_STARTED: 3}


class NotSaved(Error):
    """On the other ranks: the main process could not save the model."""


def environment(args: Any, moment: str) -> Dict[str, str]:
    """The program's variables at one moment of a training.

    The Trainer knows better than a launcher: two trainings of one process each, started by one srun, are no ranks of
    each other. Each moment is a launch by itself, so that a rank which comes early never takes the last one's result.
    """
    if args.world_size <= 1:
        return {"RANK": "0"} if any(name in os.environ for name in VARIABLES) else {}
    return {"RANK": str(args.process_index), "TORCHELASTIC_RUN_ID": f"{_variables(LAUNCH)} {moment}"}


def _variables(names: Tuple[str, ...]) -> str:
    return " ".join(os.environ[name] for name in names if name in os.environ)


def has_other_nodes(args: Any) -> bool:
    return bool(args.world_size > _ranks_of_a_node(args))


def _ranks_of_a_node(args: Any) -> int:
    """1 where no launcher says it: any other rank may then be on another node."""
    for name in NODE_SIZES:
        text = os.environ.get(name, "")
        if text.isdecimal():
            return max(1, int(text))
    return 1


class Signs:
    """Of one folder that trainings end in. All ranks count its endings alike, those of each kind by themselves:
    `save_model()` may be called on the main process alone."""

    def __init__(self, run: str) -> None:
        self._path = pathlib.Path(run, SIGN)
        self._counts: Dict[str, int] = {}
        self._told: Dict[str, Dict[int, Tuple[str, str]]] = {}
        self._trained = False
        self._apart: Optional[str] = None

    def begin(self, args: Any) -> None:
        """On all ranks, when training begins."""
        self._trained = True
        self._write(args)

    def enter(self, args: Any, moment: str) -> None:
        """On all ranks, before the model is saved."""
        self._counts[moment] = self._counts.get(moment, 0) + 1
        self.tell(args, moment, SAVING)

    def tell(self, args: Any, moment: str, state: str, problem: object = "") -> None:
        """On the main process: how far it is. Once the program runs, that tells the others what fails."""
        rows, count = self._told.setdefault(moment, {}), self._counts.get(moment, 0)
        if state == NOT_STARTED and rows.get(count, ("", ""))[0] == STARTED:
            return
        rows[count] = (state, str(problem)[:120])
        rows.pop(count - ROWS_MAX, None)
        self._write(args)

    def name(self, moment: str) -> str:
        return f"{moment} {self._counts.get(moment, 0)}"

    def follow(self, args: Any, moment: str, until: str, seconds: float) -> bool:
        """On the others: waits until the main process is so far. False where its folder is not seen: on a disk of
        another node there is nothing to wait for."""
        if args.world_size <= 1 or args.process_index == 0:
            return True
        if self._apart == self.name(moment) or not self._is_seen(args):
            self._apart = self.name(moment)
            return False
        end = time.monotonic() + seconds
        while not self._is_so_far(moment, until):
            if time.monotonic() >= end:
                raise Error(f"rank 0 did not begin to publish within {seconds:.0f} seconds", kind="unavailable", exit_code=75)
            time.sleep(POLL_SECONDS)
        return True

    def _is_seen(self, args: Any) -> bool:
        if not has_other_nodes(args) or args.process_index < _ranks_of_a_node(args):
            return True
        end = time.monotonic() + (TRAINED_SECONDS if self._trained else FOLDER_SECONDS)
        while not self._read():
            if time.monotonic() >= end:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def _is_so_far(self, moment: str, until: str) -> bool:
        sign = self._read()
        if float(sign.get("time", 0)) < _begin_of_process():
            return False
        rows = {int(count): row for count, row in sign.get("moments", {}).get(moment, {}).items()}
        count = min((each for each in rows if each >= self._counts.get(moment, 0)), default=None)
        if count is None or FAR.get(rows[count][0], 0) < FAR[until]:
            return False
        self._counts[moment] = count  # further than ours where ours is no longer told
        state, problem = rows[count]
        if state == NOT_SAVED:
            raise NotSaved(f"rank 0 failed: the model was not saved: {problem}")
        if state == NOT_STARTED and until == STARTED:
            raise Error(f"rank 0 failed: {problem}")
        return True

    def _write(self, args: Any) -> None:
        if args.world_size <= 1 or args.process_index != 0:
            return
        text = json.dumps({"launch": _variables(ATTEMPT), "time": time.time(), "moments": self._told})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            sign = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o666)
            try:
                os.ftruncate(sign, os.pwrite(sign, text.ljust(SIGN_BYTES - 1).encode() + b"\n", 0))
            finally:
                os.close(sign)
        except OSError as problem:  # the save says it by itself, if it fails of that
            TALK.warning("%s: the other ranks cannot be told: %s", self._path, problem.strerror or problem)

    def _read(self) -> Dict[str, Any]:
        """Of this launch alone; empty where there is none."""
        try:
            sign = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return sign if isinstance(sign, dict) and sign.get("launch") == _variables(ATTEMPT) else {}


_signs: Dict[str, Signs] = {}


def signs_of(run: str) -> Signs:
    """The same for all callbacks and trainers of a folder: their endings are told apart by their counts."""
    return _signs.setdefault(os.path.realpath(run), Signs(os.path.realpath(run)))


def _begin_of_process() -> float:
    """In seconds as time.time(): what was told before is of an earlier launch. 0 where the system does not say it."""
    try:
        fields = pathlib.Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
    return time.time() - age
