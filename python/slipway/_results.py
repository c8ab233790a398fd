"""What the commands give back: the ``result`` lines of ``slipway --json``, typed.

Reading them is total: what a program of another version leaves out or spells differently is empty here, and what it
adds is in ``raw``.
"""
from __future__ import annotations

import dataclasses
from typing import Any, Dict, List, Mapping, Optional, Tuple


@dataclasses.dataclass(frozen=True)
class Notice:
    """A warning: nothing was stopped by it. ``code`` is stable, ``message`` one sentence, ``detail`` may be lines."""
    code: str
    message: str
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class Fix:
    """One change, and why. ``path`` is the dotted key in ``file``; ``before`` and ``after`` are JSON text, empty
    where the key was or is absent."""
    code: str
    file: str
    path: str
    before: str
    after: str
    reason: str


@dataclasses.dataclass(frozen=True)
class ReleasedFile:
    """A file of the release. ``size`` in bytes; ``sha256`` empty where it was not needed; ``origin``: ``"run"``,
    ``"fixed"``, ``"made"`` …"""
    path: str
    size: int
    sha256: str
    origin: str


@dataclasses.dataclass(frozen=True)
class Traffic:
    """Bytes: of the release, read from disk, sent to the Hub, and found there already; ``received`` by a pull."""
    total: int = 0
    read: int = 0
    sent: int = 0
    already_there: int = 0
    received: int = 0


@dataclasses.dataclass(frozen=True)
class Engine:
    """What holds for one engine: ``loads`` and ``stops`` say how that is known; ``stops`` is None where the model
    does not generate."""
    engine: str
    loads: str
    stops: Optional[str] = None
    why: str = ""


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a check found. ``severity``: ``"error"``, ``"warning"`` or ``"note"``; ``path``: the dotted key in ``file``, or the
    tensor; ``fix``: what to do; ``before`` and ``after`` are JSON text where a change is known."""
    code: str
    severity: str
    file: str
    path: str
    message: str
    fix: str
    line: Optional[int] = None
    before: str = ""
    after: str = ""


@dataclasses.dataclass(frozen=True)
class MergedModule:
    """``change``: the length of what was added to ``tensor``, as a share of its own; ``unchanged``: the share of its numbers
    that are stored as before."""
    module: str
    tensor: str
    change: float
    unchanged: float


@dataclasses.dataclass(frozen=True)
class Merge:
    """What a merge did. ``base``: its public id, else its folder; ``onto``: ``"16bit"`` or ``"4bit"``; ``modules`` without
    those whose files an earlier call had finished."""
    base: str
    onto: str
    modules: Tuple[MergedModule, ...]


@dataclasses.dataclass(frozen=True)
class Result:
    """What every command gives back."""
    ok: bool
    """False only where a check found something."""
    exit_code: int
    """The program's exit code."""
    raw: Mapping[str, Any] = dataclasses.field(repr=False, compare=False)
    """The whole ``result`` line."""


@dataclasses.dataclass(frozen=True)
class PublishResult(Result):
    """A release: what `publish` and `push` give back."""
    repo: str
    """``owner/name``; empty when nothing was to be pushed."""
    revision: str
    """The branch."""
    commit: str
    """The commit that holds the release, 40 hex digits; empty when nothing was pushed."""
    url: str
    """The commit's page; empty when nothing was pushed."""
    changed: bool
    """Whether anything was changed, here or on the Hub."""
    files: Tuple[ReleasedFile, ...]
    deleted: Tuple[str, ...]
    """Files that were deleted on the Hub."""
    fixes: Tuple[Fix, ...]
    warnings: Tuple[Notice, ...]
    bytes: Traffic
    """In bytes."""
    seconds: float
    """How long it took."""
    stops: Tuple[int, ...]
    """The token ids that generation stops at."""
    engines: Tuple[Engine, ...]
    left_out: Tuple[str, ...]
    """What lies in the folder and is not part of the release."""
    pull_request: Optional[int]
    """Its number, with ``create_pr``."""
    merged: Optional[Merge]
    """With ``merge=True``; else None."""
    dry_run: bool
    rank: Optional[int]
    """A rank above 0 waited for rank 0 and gives only this back; else None."""


@dataclasses.dataclass(frozen=True)
class SaveResult(PublishResult):
    """What `save` gives back: ``out`` is the folder that was written."""
    out: str


@dataclasses.dataclass(frozen=True)
class CardResult(Result):
    """What `card` gives back. With ``check=True``, ``ok`` is False when ``findings`` holds an error."""
    changed: bool
    fixes: Tuple[Fix, ...]
    warnings: Tuple[Notice, ...]
    findings: Tuple[Finding, ...]


@dataclasses.dataclass(frozen=True)
class DoctorResult(Result):
    """What `doctor` gives back. ``ok`` is False when ``findings`` are left."""
    findings: Tuple[Finding, ...]
    """Defects; with ``fix=True`` those that need a hand."""
    notes: Tuple[Finding, ...]
    """What is no defect, and only helps other engines or older versions."""
    mended: Tuple[Finding, ...]
    """With ``fix=True``: what was."""
    changed: bool
    pull_request: Optional[int]
    """Its number, where a repository was mended."""
    url: str
    """Of the pull request."""


@dataclasses.dataclass(frozen=True)
class VerifyResult(Result):
    """What `verify` gives back. ``ok`` is False when ``findings`` holds an error."""
    findings: Tuple[Finding, ...]
    notes: Tuple[Finding, ...]
    """Which checkpoint stands for the run, what was not looked at, and what is no defect."""
    files: int
    """How many were read."""
    bytes: int
    """How many of them."""
    seconds: float
    """How long it took."""


@dataclasses.dataclass(frozen=True)
class PullResult(Result):
    """What `pull` gives back."""
    repo: str
    revision: str
    commit: str
    folder: str
    """Where the files are."""
    changed: bool
    """Whether any byte was fetched."""
    files: Tuple[str, ...]
    """Paths below ``folder``."""
    bytes: Traffic
    """``received`` and ``already_there``, in bytes."""
    seconds: float


@dataclasses.dataclass(frozen=True)
class UndoResult(Result):
    """What `undo` gives back."""
    changed: bool
    restored: Tuple[str, ...]
    removed: Tuple[str, ...]
    """Files that Slipway had made."""


@dataclasses.dataclass(frozen=True)
class Unfinished:
    """What an interrupted command with ``out`` left: its ``folder``, and the ``files`` in it that are whole."""
    folder: str
    files: Tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class StatusResult(Result):
    """What `status` gives back."""
    state: Optional[str]
    """The folder of the state; None where there is none."""
    held_by: Optional[str]
    """Host and process that are at work; None when nobody is."""
    interrupted: bool
    """Whether changes were begun that the same command would finish."""
    changed: Tuple[str, ...]
    """Files that `undo` would give back,"""
    made: Tuple[str, ...]
    """files that it would remove,"""
    aside: Tuple[str, ...]
    """and weight files that it would move back."""
    digests: int
    """How many files need not be read again while they are as they were."""
    unfinished: Optional[Unfinished]


@dataclasses.dataclass(frozen=True)
class Tensor:
    """``dtype`` as safetensors spells it (``"BF16"``); ``bytes`` its size."""
    name: str
    dtype: str
    shape: Tuple[int, ...]
    bytes: int
    file: str


@dataclasses.dataclass(frozen=True)
class Adapter:
    """An adapter's own words about itself; None where it does not say."""
    peft_type: Optional[str]
    task_type: Optional[str]
    base: Optional[str]
    revision: Optional[str]
    rank: Optional[int]


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something odd in a folder; ``file`` is None where it is about the whole."""
    code: str
    file: Optional[str]
    message: str


@dataclasses.dataclass(frozen=True)
class Inspection(Result):
    """What `inspect` gives back."""
    kind: str
    """``"decoder"``, …"""
    format: Optional[str]
    """``"safetensors"``, ``"torch"``, ``"dcp"``, ``"zero"``, ``"gguf"``; None where there are no weights."""
    adapter: Optional[Adapter]
    path: str
    """The folder that was looked at: the run's, or its checkpoint's where the run itself holds no whole model."""
    step: Optional[int]
    """The trainer's last step."""
    base: Optional[str]
    tensors: Tuple[Tensor, ...]
    bytes: int
    """Of all tensors."""
    problems: Tuple[Problem, ...]


class Fields:
    """One JSON object, read without trust: what is missing or of another type reads as empty."""

    def __init__(self, value: object) -> None:
        self.raw: Dict[str, Any] = value if isinstance(value, dict) else {}

    def text(self, key: str) -> str:
        return self.maybe_text(key) or ""

    def maybe_text(self, key: str) -> Optional[str]:
        value = self.raw.get(key)
        return value if isinstance(value, str) else None

    def whole(self, key: str) -> int:
        return self.maybe_whole(key) or 0

    def maybe_whole(self, key: str) -> Optional[int]:
        value = self.raw.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def number(self, key: str) -> float:
        value = self.raw.get(key)
        return float(value) if isinstance(value, (int, float)) and abs(value) < 1e300 else 0.0

    def flag(self, key: str) -> bool:
        return self.raw.get(key) is True

    def _list(self, key: str) -> List[Any]:
        value = self.raw.get(key)
        return value if isinstance(value, list) else []

    def texts(self, key: str) -> Tuple[str, ...]:
        return tuple(item for item in self._list(key) if isinstance(item, str))

    def wholes(self, key: str) -> Tuple[int, ...]:
        return tuple(item for item in self._list(key) if isinstance(item, int) and not isinstance(item, bool))

    def rows(self, key: str) -> List[Fields]:
        return [Fields(item) for item in self._list(key) if isinstance(item, dict)]

    def part(self, key: str) -> Fields:
        return Fields(self.raw.get(key))


def notice(row: Fields) -> Notice:
    return Notice(row.text("code"), row.text("message"), row.text("detail"))


def _notices(fields: Fields) -> Tuple[Notice, ...]:
    return tuple(notice(row) for row in fields.rows("warnings"))


def _fixes(fields: Fields) -> Tuple[Fix, ...]:
    return tuple(Fix(row.text("code"), row.text("file"), row.text("path"), row.text("before"), row.text("after"),
                     row.text("reason")) for row in fields.rows("fixes"))


def _findings(fields: Fields, key: str) -> Tuple[Finding, ...]:
    return tuple(Finding(row.text("code"), row.text("severity"), row.text("file"), row.text("path"), row.text("message"),
                         row.text("fix"), row.maybe_whole("line"), row.text("before"), row.text("after"))
                 for row in fields.rows(key))


def _traffic(fields: Fields) -> Traffic:
    part = fields.part("bytes")
    return Traffic(part.whole("total"), part.whole("read"), part.whole("sent"), part.whole("already_there"),
                   part.whole("received"))


def _merge(fields: Fields) -> Optional[Merge]:
    part = fields.part("merged")
    if not part.raw:
        return None
    return Merge(part.text("base"), part.text("onto"),
                 tuple(MergedModule(row.text("module"), row.text("tensor"), row.number("change"), row.number("unchanged"))
                       for row in part.rows("modules")))


def _common(fields: Fields) -> Dict[str, Any]:
    return {"ok": fields.flag("ok"), "exit_code": fields.whole("exit_code"), "raw": fields.raw}


def _release(fields: Fields) -> Dict[str, Any]:
    return {
        **_common(fields),
        "repo": fields.text("repo"), "revision": fields.text("revision"), "commit": fields.text("commit"),
        "url": fields.text("url"), "changed": fields.flag("changed"),
        "files": tuple(ReleasedFile(row.text("path"), row.whole("size"), row.text("sha256"), row.text("origin"))
                       for row in fields.rows("files")),
        "deleted": fields.texts("deleted"), "fixes": _fixes(fields), "warnings": _notices(fields),
        "bytes": _traffic(fields), "seconds": fields.number("seconds"), "stops": fields.wholes("stops"),
        "engines": tuple(Engine(row.text("engine"), row.text("loads"), row.maybe_text("stops"), row.text("why"))
                         for row in fields.rows("engines")),
        "left_out": fields.texts("left_out"), "pull_request": fields.maybe_whole("pull_request"), "merged": _merge(fields),
        "dry_run": fields.flag("dry_run"), "rank": fields.maybe_whole("rank"),
    }


def publish_result(fields: Fields) -> PublishResult:
    return PublishResult(**_release(fields))


def save_result(fields: Fields, out: str) -> SaveResult:
    return SaveResult(**_release(fields), out=out)


def card_result(fields: Fields, warnings: Tuple[Notice, ...]) -> CardResult:
    return CardResult(**_common(fields), changed=fields.flag("changed"), fixes=_fixes(fields), warnings=warnings,
                      findings=_findings(fields, "findings"))


def doctor_result(fields: Fields) -> DoctorResult:
    mended = _findings(fields, "mended")
    return DoctorResult(**_common(fields), findings=_findings(fields, "findings"), notes=_findings(fields, "notes"),
                        mended=mended, changed=fields.flag("changed") or bool(mended),
                        pull_request=fields.maybe_whole("pull_request"), url=fields.text("url"))


def verify_result(fields: Fields) -> VerifyResult:
    return VerifyResult(**_common(fields), findings=_findings(fields, "findings"), notes=_findings(fields, "notes"), files=fields.whole("files"),
                        bytes=fields.whole("bytes"), seconds=fields.number("seconds"))


def pull_result(fields: Fields) -> PullResult:
    return PullResult(**_common(fields), repo=fields.text("repo"), revision=fields.text("revision"),
                      commit=fields.text("commit"), folder=fields.text("folder"), changed=fields.flag("changed"),
                      files=fields.texts("files"), bytes=_traffic(fields), seconds=fields.number("seconds"))


def undo_result(fields: Fields) -> UndoResult:
    return UndoResult(**_common(fields), changed=fields.flag("changed"), restored=fields.texts("restored"),
                      removed=fields.texts("removed"))


def status_result(fields: Fields) -> StatusResult:
    part = fields.part("unfinished")
    return StatusResult(**_common(fields), state=fields.maybe_text("state"), held_by=fields.maybe_text("held_by"),
                        interrupted=fields.flag("interrupted"), changed=fields.texts("changed"), made=fields.texts("made"),
                        aside=fields.texts("aside"), digests=fields.whole("digests"),
                        unfinished=Unfinished(part.text("folder"), part.texts("files")) if part.raw else None)


def inspection(fields: Fields) -> Inspection:
    part = fields.part("adapter")
    adapter = Adapter(part.maybe_text("peft_type"), part.maybe_text("task_type"), part.maybe_text("base"),
                      part.maybe_text("revision"), part.maybe_whole("rank")) if part.raw else None
    return Inspection(
        **_common(fields), kind=fields.text("kind"), format=fields.maybe_text("format"), adapter=adapter,
        path=fields.text("path"), step=fields.maybe_whole("step"), base=fields.maybe_text("base"),
        tensors=tuple(Tensor(row.text("name"), row.text("dtype"), row.wholes("shape"), row.whole("bytes"),
                             row.text("file")) for row in fields.rows("tensors")),
        bytes=fields.whole("bytes"),
        problems=tuple(Problem(row.text("code"), row.maybe_text("file"), row.text("message"))
                       for row in fields.rows("problems")))
