"""How far a command is: events, and a bar where somebody watches."""
from __future__ import annotations

import dataclasses
import os
import sys
from typing import Any, Callable, Dict, Optional, Union

from ._results import Fields


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a stage is. ``stage``: ``"reading"``, ``"writing"``, ``"uploading"``, ``"committing"``, ``"merging"``,
    ``"confirming"`` or ``"fetching"``, in any order and more than once; ``done`` and ``total`` in bytes, ``total`` 0
    where there is nothing to count. Each stage is told at its beginning and at its end."""
    stage: str
    done: int
    total: int


Watcher = Union[None, bool, Callable[[Progress], object]]
"""None: a bar on stderr where that is a terminal and tqdm is installed. False: silent. Or what is called with each
`Progress`, at most ten times a second, in the thread that called; what it raises stops the command."""


class _Bar:
    """tqdm's bar, one for each stage that has bytes."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make
        self._bar: Optional[Any] = None
        self._stage = ""

    def show(self, progress: Progress) -> None:
        if self._bar is not None and (progress.stage != self._stage or progress.done < self._bar.n):
            self.close()
        if not progress.total:
            return
        if self._bar is None:
            self._stage = progress.stage
            self._bar = self._make(total=progress.total, desc=progress.stage, unit="B", unit_scale=True)
        self._bar.update(progress.done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Watch:
    """What is given to the program's runner, and closed after it."""

    def __init__(self, watcher: Watcher) -> None:
        self._bar = _bar(asked=watcher is True) if watcher is None or watcher is True else None
        self._tell: Optional[Callable[[Progress], object]] = self._bar.show if self._bar else None
        if callable(watcher):
            self._tell = watcher

    @property
    def on_event(self) -> Optional[Callable[[Dict[str, Any]], None]]:
        return self._hear if self._tell is not None else None

    def _hear(self, line: Dict[str, Any]) -> None:
        fields = Fields(line)
        if self._tell is not None:
            self._tell(Progress(fields.text("stage"), fields.whole("done"), fields.whole("total")))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _bar(asked: bool) -> Optional[_Bar]:
    off = os.environ.get("HF_HUB_DISABLE_PROGRESS_BARS", "").upper() in ("1", "ON", "YES", "TRUE")
    if not asked and (off or sys.stderr is None or not sys.stderr.isatty()):
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return _Bar(tqdm)
