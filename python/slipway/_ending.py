"""How a training ends: its trainer saves, the program publishes, once for all ranks. Imports no library of training.

No collective is entered while anything is published: the save is the trainer's own, on all ranks, and comes first;
then each rank runs the program, which works on the main process and waits for it by files on the others.
"""
from __future__ import annotations

import contextlib
import logging
import os
import re
import shlex
import sys
from typing import Any, Callable, Dict, Iterator, List, Optional

from . import _calls, _facts, _program, _ranks, _results
from ._errors import Error
from ._progress import Watch
from ._results import PublishResult

TALK = logging.getLogger("slipway")
RANK_SECONDS = 3600
"""So long do ranks wait for the main process to begin: it writes the model meanwhile, and its launcher ends them
when it dies."""
DURING_TRAINING = {"every_save": "the pushes at each save", "checkpoint": "the pushes of checkpoints",
                   "all_checkpoints": "the pushes of checkpoints"}


class Ending:
    """Of one trainer. `wishes` are keywords of `publish`; `push` None means: as the training's settings say."""

    def __init__(self, trainer: Any, push: Optional[bool], wishes: Dict[str, Any]) -> None:
        self.trainer = trainer
        self.push = push
        self.wishes = _calls.checked(wishes)
        self.result: Optional[PublishResult] = None
        self.error: Optional[Exception] = None
        self.ended = False
        """Whether the folder holds a prepared model of this trainer."""
        self.training = False
        self._asked = False
        self._stock: Dict[str, Callable[..., Any]] = {}

    # ---- what the stock stack no longer does -----------------------------------------------------------------------

    def take_over(self) -> None:
        """Takes the push flag, and what would undo or repeat the ending, out of the stock stack's hands."""
        take_flag(self.trainer.args, self)
        if self._stock or not hasattr(self.trainer, "push_to_hub"):  # done; or no trainer, but what stands in for one
            return
        earlier = getattr(self.trainer, "_slipway_ending", None)
        if earlier is not None:
            self._asked, self._stock = self._asked or earlier._asked, earlier._stock
        self.trainer._slipway_ending = self
        for name, mine in (("save_model", self._save_model), ("push_to_hub", self._push_to_hub),
                           ("create_model_card", self._create_model_card)):
            self._stock.setdefault(name, getattr(self.trainer, name))
            setattr(self.trainer, name, mine)

    def note_flag(self) -> None:
        self._asked = True

    @property
    def pushes(self) -> bool:
        return self._asked or bool(self.wishes.get("to")) if self.push is None else self.push

    @property
    def is_main(self) -> bool:
        return bool(self.trainer.is_world_process_zero())

    # ---- the ending ------------------------------------------------------------------------------------------------

    def finish(self, moment: str, strict: bool, push: Optional[bool] = None, **more: Any) -> Optional[PublishResult]:
        """Saves and publishes; on all ranks. What fails in saving is raised, what fails in publishing if `strict`."""
        self.save(moment)
        return self.publish(moment, strict, self.pushes if push is None else push, **more)

    def save(self, moment: str) -> None:
        run = self.trainer.args.output_dir
        try:
            with self._telling(moment):
                with _whole_state(self.trainer):
                    self._stock.get("save_model", self.trainer.save_model)(run)
                self.trainer.save_state()
        except _ranks.NotSaved as problem:
            self.error, self.result = problem, None
            raise
        except Exception as problem:
            self.error, self.result = problem, None
            self.complain(f"the model was NOT saved to {run}: {problem}\nThe trainer still holds it: mend that, then call "
                          f"finish() of the callback, or slipway.finish(trainer){_last_checkpoint(run)}")
            raise

    def publish(self, moment: str, strict: bool, push: bool, **more: Any) -> Optional[PublishResult]:
        """Runs the program on what was saved; on all ranks. None where it failed, and on ranks that only waited."""
        self.ended = True
        flags: Dict[str, Any] = {}
        try:
            flags = self.options(push, more)
            if push and hasattr(self.trainer, "_finish_current_push"):
                self.trainer._finish_current_push()  # of a checkpoint, begun before the flag was taken over
            result = self._run(flags, moment)
        except Exception as problem:
            self.error, self.result = problem, None
            if self.is_main:
                self._signs.tell(self.trainer.args, moment, _ranks.NOT_STARTED, problem)
                self.complain(self._failure(problem, flags, push))
            if strict or isinstance(problem, _ranks.NotSaved):
                raise
            return None
        self.error, self.result = None, result
        if self.is_main and result is not None:
            self.say(_success(result, str(flags.get("out") or self.trainer.args.output_dir), push))
        return result

    def options(self, push: bool, more: Dict[str, Any]) -> Dict[str, Any]:
        """The keywords of `publish`: the caller's, over those that the trainer knows."""
        own = {**self.wishes, **{key: value for key, value in more.items() if value is not None}}
        known: Dict[str, Any] = {"base": _facts.base_of(self.trainer.model), "rank_timeout": RANK_SECONDS}
        if push:
            known.update(_facts.hub_settings(self.trainer))
        flags = {**known, **{key: value for key, value in own.items() if value is not None}, "push": push}
        for key in ("datasets", "languages"):
            flags[key] = _facts.merged(self.wishes.get(key), more.get(key))
        flags["tags"] = _facts.merged(self.wishes.get("tags"), more.get("tags"), _facts.tags_of(self.trainer))
        return flags

    def _run(self, flags: Dict[str, Any], moment: str) -> Optional[PublishResult]:
        args, signs = self.trainer.args, self._signs
        run = args.output_dir
        if not signs.follow(args, moment, _ranks.STARTED, self._patience):
            TALK.info("rank %s: %s is not the main process's folder; not waiting", args.process_index, run)
            return None
        watch = Watch(flags.get("progress"))
        try:
            outcome = _program.run("publish", [*_calls.words(flags), "--", run], endpoint=flags.get("endpoint"),
                                   token=flags.get("token"), on_event=watch.on_event,
                                   extra_env=_ranks.environment(args, self._name_of(moment)),
                                   on_start=lambda: signs.tell(args, moment, _ranks.STARTED))
        finally:
            watch.close()
        if outcome.exit_code != 0:
            raise _calls._error(outcome, flags.get("token"))
        return _results.publish_result(outcome.result) if self.is_main else None

    @property
    def _signs(self) -> _ranks.Signs:
        return _ranks.signs_of(self.trainer.args.output_dir)

    @property
    def _patience(self) -> float:
        return float(self.wishes.get("rank_timeout") or RANK_SECONDS)

    def _name_of(self, moment: str) -> str:
        return f"{self._signs.name(moment)} at step {self.trainer.state.global_step}"

    @contextlib.contextmanager
    def _telling(self, moment: str) -> Iterator[None]:
        """Around a save, on all ranks: the others learn how it ended on the main process, before anything follows it."""
        args, signs = self.trainer.args, self._signs
        signs.enter(args, moment)
        try:
            yield
        except BaseException as problem:
            signs.tell(args, moment, _ranks.NOT_SAVED, problem)
            raise
        signs.tell(args, moment, _ranks.SAVED)
        try:
            signs.follow(args, moment, _ranks.SAVED, self._patience)
        except _ranks.NotSaved:
            raise
        except Error as problem:  # late is not lost: what is published is waited for again
            TALK.warning("rank %s: %s", args.process_index, problem)

    def begin(self) -> None:
        """When training begins, on all ranks."""
        self.training = True
        self._signs.begin(self.trainer.args)

    # ---- what scripts call after it --------------------------------------------------------------------------------

    def _save_model(self, *words: Any, **more: Any) -> None:
        """The trainer's, which writes the files anew as they were: they are then prepared anew, nothing is sent."""
        output_dir, internal = (*words, None, None)[:2]
        run = self.trainer.args.output_dir
        again = (self.ended and not self.training and not internal and not more.get("_internal_call") and
                 _is_same(output_dir or more.get("output_dir") or run, run))
        if not again:
            self._stock["save_model"](*words, **more)
            return
        with self._telling("save"):
            self._stock["save_model"](*words, **more)
        self.publish("save", strict=False, push=False)

    def _push_to_hub(self, commit_message: Optional[str] = "End of training", blocking: bool = True,
                     token: Optional[str] = None, revision: Optional[str] = None, private: Optional[bool] = None,
                     **card: Any) -> Optional[PublishResult]:
        """Saves and publishes again: what is on the Hub already is not sent again. Always waits; raises what fails."""
        return self.finish("push", strict=True, push=True, commit_message=commit_message, token=token,
                           revision=revision, private=private, **_facts.of_card(card))

    def _create_model_card(self, *words: Any, **card: Any) -> None:
        """The trainer's own until the model is prepared; then the card that was written stays, and learns these facts."""
        if not self.ended or self.training:
            self._stock["create_model_card"](*words, **card)
            return
        for key, value in _facts.of_card(card).items():
            self.wishes[key] = _facts.merged(self.wishes.get(key), value) if isinstance(value, list) else value

    # ---- words -----------------------------------------------------------------------------------------------------

    def greet(self) -> None:
        """When training begins: what is off, and what would fail at its end."""
        if not self.is_main:
            return
        try:
            _program.program()
        except Error as problem:
            TALK.warning("the end of this training cannot be published yet: %s", problem)
        if self._asked:
            self._say_what_is_off()

    def _say_what_is_off(self) -> None:
        args = self.trainer.args
        strategy = str(getattr(args.hub_strategy, "value", args.hub_strategy))
        where = _facts.hub_settings(self.trainer)["to"] or os.path.basename(os.path.abspath(args.output_dir))
        off = f"; {DURING_TRAINING[strategy]} (hub_strategy={strategy!r}) are off" if strategy in DURING_TRAINING else ""
        loud = strategy in ("checkpoint", "all_checkpoints")
        what = f"{where} is published once, when training ends" if self.pushes else "nothing is published: push=False"
        (TALK.warning if loud else self.say)(what + off)

    def say(self, text: str) -> None:
        """On stderr, unless the logger tells it."""
        if TALK.isEnabledFor(logging.INFO):
            TALK.info("%s", text)
        elif sys.stderr is not None:
            print(f"slipway: {text}", file=sys.stderr, flush=True)

    def complain(self, text: str) -> None:
        TALK.error("%s", text)

    def _failure(self, problem: Exception, flags: Dict[str, Any], push: bool) -> str:
        run = self.trainer.args.output_dir
        what = "but it was not published" if push else "but its files could not be prepared"
        try:
            way_out = self.command(flags)
        except Exception:  # noqa: BLE001  # the settings are at fault: `problem` says so
            way_out = f"slipway publish {shlex.quote(run)}"
        return f"the model is saved in {run}, {what}: {problem}\nOnce that is mended: {way_out}"

    def command(self, flags: Dict[str, Any]) -> str:
        """What finishes a publication that failed: in a shell, without the trainer. The token never stands in it."""
        words = _calls.words({key: value for key, value in flags.items() if key != "rank_timeout"})
        if flags.get("endpoint"):
            words.append(f"--endpoint={flags['endpoint']}")
        text = " ".join(["slipway publish", shlex.quote(self.trainer.args.output_dir), *map(shlex.quote, words)])
        return text + ("  (with the token in HF_TOKEN)" if flags.get("token") else "")


def take_flag(args: Any, ending: Ending) -> None:
    if args.push_to_hub:
        args.push_to_hub = False
        ending.note_flag()


def _success(result: PublishResult, folder: str, push: bool) -> str:
    if not push:
        return f"{folder} is prepared; nothing was sent"
    return f"published: {result.url}" if result.changed else f"{result.repo} holds this release already"


def _last_checkpoint(run: str) -> str:
    found = [name for name in os.listdir(run) if re.fullmatch(r"checkpoint-\d+", name)] if os.path.isdir(run) else []
    if not found:
        return ""
    last = max(found, key=lambda name: int(name.split("-")[1]))
    return f"; {last} can be published by itself: slipway publish {shlex.quote(os.path.join(run, last))}"


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


@contextlib.contextmanager
def _whole_state(trainer: Any) -> Iterator[None]:
    """FSDP with sharded checkpoints: the trainer would save no model at all, and say nothing."""
    plugin = getattr(getattr(getattr(trainer, "accelerator", None), "state", None), "fsdp_plugin", None)
    if not getattr(trainer, "is_fsdp_enabled", False) or plugin is None or "FULL" in str(plugin.state_dict_type):
        yield
        return
    names = ("state_dict_type", "state_dict_config", "optim_state_dict_config")
    before = {name: getattr(plugin, name, None) for name in names}
    plugin.state_dict_config = plugin.optim_state_dict_config = None
    plugin.set_state_dict_type("FULL_STATE_DICT")
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(plugin, name, value)


def unknown_keywords(wishes: Dict[str, Any]) -> List[str]:
    """Of the wishes, those that `publish` would refuse: better now than when the training is over."""
    import inspect
    known = set(inspect.signature(_calls.publish).parameters) - {"run", "push", "dry_run"}
    return sorted(set(wishes) - known)

