"""The commands as functions: each keyword is the flag of its name (docs/cli.md)."""
from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Union

from . import _program, _results
from ._errors import Error
from ._progress import Watch, Watcher
from ._results import CardResult, DoctorResult, Inspection, PublishResult, PullResult, SaveResult, StatusResult, UndoResult, VerifyResult

Path = Union[str, "os.PathLike[str]"]
Texts = Union[str, Sequence[str]]
"""One text, or several."""

ENDS_WITH_FINDINGS = 5
NOT_FLAGS = ("endpoint", "token", "progress")
NAMES = {"languages": "language", "tags": "tag", "datasets": "dataset"}
OPPOSITES = {"push": "no-push", "private": "public"}
SECRETS = {"token", "hub_token", "push_to_hub_token", "use_auth_token", "hf_token", "hugging_face_hub_token"}
SECRET_ENDS = ("api_key", "password")
"""Not `_token`: an end token is none."""


def publish(run: Optional[Path] = None, *, recipe: Optional[Path] = None, config: Optional[Path] = None,
            set: Optional[Mapping[str, object]] = None, to: Optional[str] = None, push: Optional[bool] = None,
            out: Optional[Path] = None, stream: bool = False, merge: bool = False,
            merge_onto: Optional[str] = None, dequantise: bool = False, experts: Optional[str] = None,
            base: Optional[Path] = None, dtype: Optional[str] = None,
            max_shard_size: Union[None, str, int] = None, keep_tied: bool = False, eos: Optional[str] = None,
            profile: Optional[str] = None, revision: Optional[str] = None, private: Optional[bool] = None,
            license: Optional[str] = None, languages: Texts = (), tags: Texts = (), datasets: Texts = (),
            model_name: Optional[str] = None, eval: Union[Path, Sequence[Path]] = (), fix_pad: bool = False,
            commit_message: Optional[str] = None, add: Texts = (), exclude: Texts = (),
            follow_symlinks: Union[Path, Sequence[Path]] = (), allow_nan: bool = False, allow_secret: Texts = (),
            dry_run: bool = False, create_pr: bool = False, replan: bool = False, allow_several_commits: bool = False,
            rank_timeout: Optional[int] = None, jobs: Optional[int] = None, memory: Union[None, str, int] = None,
            endpoint: Optional[str] = None, token: Optional[str] = None, progress: Watcher = None) -> PublishResult:
    """Turns a finished training run into a correct, verified, published model: ``slipway publish``.

    ``run`` is its folder; it may be left out when ``recipe`` or ``config`` has ``output_dir``. Small files are fixed
    in place (`undo` takes that back) unless ``out`` names another folder, or ``stream`` sends what is made without a
    copy here. It is pushed with ``to="owner/name"``, with ``push=True``, or when the recipe says ``push_to_hub``;
    ``push=False`` sends nothing. A new repository is private unless ``private=False``.

    A run that holds checkpoints alone is published from the best one that is whole, else the newest; ``warnings`` say
    which. Pickles, FSDP's and DeepSpeed's checkpoints need ``out``, as do ``merge=True`` (the adapter into ``base``: a folder,
    an id or ``"hf://owner/name@rev"``; ``merge_onto="4bit"`` into what a 4-bit training made of it) and ``dequantise=True``.

    ``eval`` names files of results on registered benchmarks; ``set`` lays keys over the recipe; ``max_shard_size``
    and ``memory`` are bytes or a text as ``"5GB"``; ``rank_timeout`` is in seconds; ``token`` (else that of the
    environment or of ``hf auth login``) is handed over in private. ``progress`` is described at `slipway.Progress`.

    Raises `Error` when it was not done, whole; the same call again goes on where it was. A KeyboardInterrupt stops
    the program first.
    """
    return _results.publish_result(_done("publish", [run], locals()).result)


def save(src: Path, out: Path, *, dtype: Optional[str] = None, max_shard_size: Union[None, str, int] = None,
         keep_tied: bool = False, to: Optional[str] = None, push: Optional[bool] = None, merge: bool = False,
         merge_onto: Optional[str] = None, dequantise: bool = False, experts: Optional[str] = None,
         recipe: Optional[Path] = None, config: Optional[Path] = None, set: Optional[Mapping[str, object]] = None,
         base: Optional[Path] = None, revision: Optional[str] = None, private: Optional[bool] = None,
         commit_message: Optional[str] = None, allow_nan: bool = False, dry_run: bool = False,
         allow_secret: Texts = (), rank_timeout: Optional[int] = None, jobs: Optional[int] = None,
         memory: Union[None, str, int] = None, endpoint: Optional[str] = None, token: Optional[str] = None,
         progress: Watcher = None) -> SaveResult:
    """Writes a clean model folder to ``out``: cast, cut into shards, metadata fixed; ``src`` stays: ``slipway save``.

    ``src`` is a run or a checkpoint of any kind: safetensors, pickles, FSDP's or DeepSpeed's shards, an adapter (with
    ``merge=True`` the model it makes of ``base``).

    ``max_shard_size`` is bytes or a text as ``"5GB"``. Raises `Error` when it was not done; ``out`` appears
    complete or not at all.
    """
    return _results.save_result(_done("save", [src], locals()).result, os.fspath(out))


def card(path: Path, check: bool = False, *, recipe: Optional[Path] = None, config: Optional[Path] = None,
         set: Optional[Mapping[str, object]] = None, base: Optional[Path] = None, eos: Optional[str] = None,
         profile: Optional[str] = None, license: Optional[str] = None, languages: Texts = (), tags: Texts = (),
         datasets: Texts = (), model_name: Optional[str] = None, eval: Union[Path, Sequence[Path]] = (),
         rank_timeout: Optional[int] = None) -> CardResult:
    """Writes or refreshes the model card of a run, or only checks it: ``slipway card``. Sends nothing.

    With ``check=True`` what is wrong is no exception: ``ok`` is False and ``findings`` say what to do. Raises
    `Error` when the card could not be written or read.
    """
    outcome = _done("card", [path], locals())
    return _results.card_result(outcome.result, outcome.warnings)


def push(folder: Path, repo: str, *, include: Texts = (), exclude: Texts = (), delete: Texts = (),
         revision: Optional[str] = None, private: Optional[bool] = None, commit_message: Optional[str] = None,
         dry_run: bool = False, allow_secret: Texts = (), create_pr: bool = False, replan: bool = False,
         allow_several_commits: bool = False, rank_timeout: Optional[int] = None, jobs: Optional[int] = None,
         memory: Union[None, str, int] = None, endpoint: Optional[str] = None, token: Optional[str] = None,
         progress: Watcher = None) -> PublishResult:
    """Publishes a folder as it is, in one commit: ``slipway push``. ``delete`` names files on the Hub.

    Raises `Error` when it was not done; the same call again goes on where it was.
    """
    return _results.publish_result(_done("push", [folder, repo], locals()).result)


def pull(repo: str, out: Optional[Path] = None, *, revision: Optional[str] = None, include: Texts = (),
         exclude: Texts = (), jobs: Optional[int] = None, memory: Union[None, str, int] = None,
         endpoint: Optional[str] = None, token: Optional[str] = None, progress: Watcher = None) -> PullResult:
    """Fetches a repository into ``out``, else into the Hub cache that the stock libraries share: ``slipway pull``.

    Raises `Error` when it is not whole (``kind`` ``"corrupt_data"``: wrong bytes never get a file's name); the same
    call again goes on where it was.
    """
    return _results.pull_result(_done("pull", [repo], locals()).result)


def inspect(path: Path) -> Inspection:
    """Says what is in a run's folder, without judging it: ``slipway inspect``. Raises `Error` if it cannot be read."""
    return _results.inspection(_done("inspect", [path], locals()).result)


def doctor(path: Path, fix: bool = False, *, fix_pad: bool = False, base: Optional[Path] = None,
           jobs: Optional[int] = None, memory: Union[None, str, int] = None, endpoint: Optional[str] = None,
           token: Optional[str] = None, progress: Watcher = None) -> DoctorResult:
    """Finds the known defects of a model, and with ``fix=True`` repairs them: ``slipway doctor``.

    ``path`` is a folder, mended in place (`undo` takes that back; weights that are no safetensors stay and are named), or ``"hf://owner/name"``, of which a pull request
    mends what can be. What is found is no exception: ``ok`` is False, and ``findings`` say what and where. Raises
    `Error` when it could not be examined.
    """
    return _results.doctor_result(_done("doctor", [path], locals()).result)


def verify(path: Path, *, sarif: Optional[Path] = None, junit: Optional[Path] = None, base: Optional[Path] = None,
           jobs: Optional[int] = None, memory: Union[None, str, int] = None, endpoint: Optional[str] = None,
           token: Optional[str] = None, progress: Watcher = None) -> VerifyResult:
    """Holds a model against its config, its index and its release, and writes nothing: ``slipway verify``.

    ``path`` is a folder or ``"hf://owner/name"``; ``sarif`` and ``junit`` are files for reports of these kinds. What
    is wrong is no exception: ``ok`` is False, and ``findings`` name the file and what to do. Raises `Error` when it
    could not be read.
    """
    return _results.verify_result(_done("verify", [path], locals()).result)


def undo(run: Path) -> UndoResult:
    """Takes back what `publish` or `card` changed in place: ``slipway undo``.

    Raises `Error` when a file was changed by somebody since; it is left as it is and named, the rest is restored.
    """
    return _results.undo_result(_done("undo", [run], locals()).result)


def status(path: Path) -> StatusResult:
    """Tells what the state of a run, or of a folder that ``out`` named, holds; changes nothing: ``slipway status``."""
    return _results.status_result(_done("status", [path], locals()).result)


def _done(verb: str, positionals: Sequence[Optional[Path]], given: Mapping[str, Any]) -> _program.Outcome:
    """Runs the command with the caller's keywords as flags; what failed is raised."""
    positional_count = len(positionals)
    flags = dict(list(given.items())[positional_count:])
    args = [*words(flags), "--", *(os.fspath(word) for word in positionals if word is not None)]
    token = flags.get("token")
    if token is not None and not isinstance(token, str):
        raise TypeError("token is a text or None")
    watch = Watch(flags.get("progress", False))
    try:
        outcome = _program.run(verb, args, endpoint=flags.get("endpoint"), token=token, on_event=watch.on_event)
    finally:
        watch.close()
    checked = outcome.exit_code == ENDS_WITH_FINDINGS and "findings" in outcome.result.raw
    if outcome.exit_code != 0 and not checked:
        raise _error(outcome, token)
    return outcome


def _error(outcome: _program.Outcome, token: Optional[str]) -> Error:
    part = outcome.result.part("error")
    message = part.text("message") or f"the command ended with exit code {outcome.exit_code}"
    return Error(_program.hidden(message, token), kind=part.text("kind") or "internal", exit_code=outcome.exit_code,
                 context=_program.hidden(part.text("context"), token), warnings=outcome.warnings)


def words(flags: Mapping[str, Any]) -> List[str]:
    """The keywords as words of the command line: None and False say nothing, True is the flag alone."""
    line: List[str] = []
    for keyword, value in flags.items():
        name = NAMES.get(keyword, keyword.replace("_", "-"))
        if keyword in NOT_FLAGS or value is None:
            continue
        if isinstance(value, bool):
            line += _switch(keyword, name, value)
        elif isinstance(value, Mapping):
            line += [f"--{name}={_setting(key, setting)}" for key, setting in value.items()]
        else:
            line += [f"--{name}={_text(keyword, item)}" for item in _several(value)]
    return line


def _switch(keyword: str, name: str, value: bool) -> List[str]:
    if value:
        return [f"--{name}"]
    return [f"--{OPPOSITES[keyword]}"] if keyword in OPPOSITES else []


def _several(value: Any) -> Sequence[Any]:
    return [value] if isinstance(value, (str, int, os.PathLike)) else list(value)


def _text(keyword: str, value: Any) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"{keyword}: a text is wanted, not {type(value).__name__}")


def checked(flags: Mapping[str, Any]) -> Dict[str, Any]:
    """The keywords, to be used later, and more than once: what is wrong with them is raised now."""
    kept = {key: list(value) if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping, os.PathLike))
            else value for key, value in flags.items()}
    for key in ("token", "endpoint"):
        if kept.get(key) is not None and not isinstance(kept[key], str):
            raise TypeError(f"{key} is a text or None")
    patience = kept.get("rank_timeout")
    if patience is not None and (isinstance(patience, bool) or not isinstance(patience, int)):
        raise TypeError("rank_timeout is a number of seconds or None")
    words(kept)
    return kept


def _setting(key: str, value: object) -> str:
    """KEY=VALUE as the recipe's YAML reads it. A token would stand on the command line: it is refused."""
    secret = _secret_in(str(key), value)
    if secret is not None:
        raise Error(f"set: {secret}: it would stand on the command line: a token is given as token=, or by logging in; "
                    "what else is secret is left to the environment", kind="invalid_argument", exit_code=2)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and "e" in text and "." not in text:
        text = text.replace("e", ".0e")  # YAML 1.1 knows a number by its point
    return f"{key}={text}"


def _secret_in(key: str, value: object) -> Optional[str]:
    """The whole name of a secret: this setting, or one inside it. None, True and False, which only say whether, are none."""
    if isinstance(value, Mapping):
        inside = [(f"{key}.{name}", item) for name, item in value.items()]
    elif isinstance(value, (list, tuple)):
        inside = [(key, item) for item in value]
    else:
        name = key.rpartition(".")[2].lower()
        is_secret = name in SECRETS or name.endswith(SECRET_ENDS)
        return key if is_secret and value is not None and not isinstance(value, bool) else None
    return next((found for found in (_secret_in(name, item) for name, item in inside) if found is not None), None)
