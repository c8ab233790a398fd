"""Slipway from Python: a finished training run becomes a correct, verified, published model.

    import slipway
    release = slipway.publish("out/", to="me/my-model")
    print(release.url)

Each function runs the program once and gives back what it did, typed; what was not done raises `slipway.Error`.
What the program says on the way goes to the logger ``slipway``, level INFO.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._calls import card, doctor, inspect, publish, pull, push, save, status, undo, verify
from ._errors import Error
from ._progress import Progress
from ._results import (Adapter, CardResult, DoctorResult, Engine, Finding, Fix, Inspection, Merge, MergedModule, Notice,
                       Problem, PublishResult, PullResult, ReleasedFile, Result, SaveResult, StatusResult, Tensor, Traffic,
                       UndoResult, Unfinished, VerifyResult)

if TYPE_CHECKING:
    __version__: str

__all__ = ["Adapter", "CardResult", "DoctorResult", "Engine", "Error", "Finding", "Fix", "Inspection", "Merge",
           "MergedModule", "Notice", "Problem",
           "Progress", "PublishResult", "PullResult", "ReleasedFile", "Result", "SaveResult", "StatusResult", "Tensor",
           "Traffic", "UndoResult", "Unfinished", "VerifyResult", "card", "doctor", "inspect", "publish", "pull", "push", "save", "status", "undo",
           "verify"]

_OF_TRAINER = ("SlipwayCallback", "finish")


def __getattr__(name: str) -> Any:
    """What costs an import of transformers, or a start of the program, only when it is asked for."""
    if name in _OF_TRAINER:
        import importlib
        try:
            trainer = importlib.import_module("._trainer", __name__)
        except ModuleNotFoundError as missing:
            if missing.name != f"{__name__}._trainer":
                raise
        else:
            return getattr(trainer, name)
    if name == "__version__":
        import subprocess

        from ._program import program
        said = subprocess.run([program(), "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        return said.stdout.split()[-1]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_OF_TRAINER, "__version__"])
