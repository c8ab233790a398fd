"""What goes wrong, as one exception."""
from __future__ import annotations

from typing import Tuple

from ._results import Notice


class Error(Exception):
    """The program refused or failed. ``str()`` says at what, why, and what to do.

    The fields are those of docs/errors.md; two kinds are the package's own: ``no_program`` (the program was not
    found or cannot be started) and ``no_answer`` (it ended without a result: killed, or no Slipway).
    """

    kind: str
    """The error's name, in snake_case: ``"unauthorized"``."""
    exit_code: int
    """The program's exit code: 1 failed, 2 usage, 3 prepared but not pushed, 4 the branch moved, 5 refused by
    verification, 10 not found, 11 not allowed, 75 try again later, 130 interrupted."""
    message: str
    """One sentence: the thing at fault, and the way out."""
    context: str
    """What was being done, outermost first; may be empty."""
    warnings: Tuple[Notice, ...]
    """The warnings that came before."""

    def __init__(self, message: str, *, kind: str = "internal", exit_code: int = 1, context: str = "",
                 warnings: Tuple[Notice, ...] = ()) -> None:
        super().__init__(message)  # so that it can be pickled: the rest is in __dict__
        self.kind = kind
        self.exit_code = exit_code
        self.message = message
        self.context = context
        self.warnings = warnings

    def __str__(self) -> str:
        return f"{self.context}: {self.message}" if self.context else self.message
