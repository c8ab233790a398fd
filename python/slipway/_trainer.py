"""The trainer's door: a callback for a Trainer of transformers or TRL, and the end of a training script in one line."""
from __future__ import annotations

import os
from typing import Any, Dict, Optional, Sequence, Union

from transformers import TrainerCallback

from . import _ending, _facts
from ._ending import Ending
from ._results import PublishResult

Names = Union[None, str, Sequence[str]]


class SlipwayCallback(TrainerCallback):
    """Ends a training in a published repository, by one commit.

        trainer.add_callback(slipway.SlipwayCallback(trainer, dataset_name="org/data", tags=["mine"]))
        trainer.train()

    **When training ends** the trainer saves its model and state (its own code, on all ranks; the best model where
    `load_best_model_at_end` says so), the program aligns the end tokens, restores `use_cache`, writes the card,
    verifies the weights and, when a push is asked for, publishes everything in one commit. Metrics, losses and the
    model in memory are as without the callback. A search for hyperparameters (`hyperparameter_search`) is left
    alone: none of its trials is published.

    **Whether it pushes**: `push=True` or `False`; else with `to`, or where the training's settings say `push_to_hub`.
    Where to: `to`, else `hub_model_id`, else the name of `output_dir`; `hub_private_repo`, `hub_revision` and `hub_token` hold
    too. A new repository is private unless those or `private=False` say otherwise; note that a Trainer with
    `push_to_hub=True` makes its repository, a public one, when it is constructed. `args=` prevents that:

        callback = slipway.SlipwayCallback(args=args)                       # takes push_to_hub over at once
        trainer = SFTTrainer(..., args=args, callbacks=[callback])

    **The stock pushes are off**: `push_to_hub` is taken over, so neither saves nor checkpoints are pushed.
    `hub_strategy="end"` is what happens; `every_save`, `checkpoint` and `all_checkpoints` would each make further
    commits of models that are not ready, and are reported. What scripts call afterwards keeps working:
    `trainer.save_model()` saves and prepares the files again, `trainer.push_to_hub(...)` publishes again (nothing,
    where nothing changed; it always waits, and returns the `PublishResult`), `trainer.create_model_card(...)` keeps
    the card that was written and hands its arguments to the next publication. Without `trainer` these three stay the
    stock ones: a later `save_model()` puts unprepared files over the prepared ones, `push_to_hub()` pushes by commits of its
    own; call `finish()` of the callback instead.

    **Ranks**: one commit, whatever their number. The save is collective; during the publication no collective is
    entered: all ranks but the main one wait by files. A node with a disk of its own, where the main process's
    `output_dir` is not seen, goes on after seconds. FSDP with a sharded state is saved whole. Without `trainer` the model
    is saved by its `save_pretrained`, which a sharded model cannot: that is said when training begins.

    **Failure**: a publication that fails does not fail the training. The log says what happened and which command
    finishes it, `error` holds the exception (a `slipway.Error`, with `kind` and `exit_code`), `exit_code` what a
    script may end with: `sys.exit(callback.exit_code)`. `raise_on_failure=True` raises it out of `train()`. A model
    that could not be *saved* is always raised: nothing else holds it. `finish()` tries the whole ending again.

    `dataset_name` (one or several), `tags`, `model_name` are the card's; every other keyword is `slipway.publish`'s:
    `to`, `recipe`, `config`, `set`, `profile`, `base`, `out`, `private`, `revision`, `license`, `commit_message` …
    """

    def __init__(self, trainer: Any = None, *, args: Any = None, dataset_name: Names = None, tags: Names = None,
                 model_name: Optional[str] = None, push: Optional[bool] = None, raise_on_failure: bool = False,
                 **wishes: Any) -> None:
        self.raise_on_failure = raise_on_failure
        self._ending = Ending(trainer, push, _wishes(dataset_name, tags, model_name, wishes))
        self._told = False
        if args is not None:
            _ending.take_flag(args, self._ending)
        # A trainer's flag is taken over when it begins to train: a callback that nobody added changes nothing.

    @property
    def result(self) -> Optional[PublishResult]:
        """Of the last publication: None before it, where it failed, and on ranks that only waited."""
        return self._ending.result

    @property
    def error(self) -> Optional[Exception]:
        """Why the last publication failed, on every rank; else None."""
        return self._ending.error

    @property
    def exit_code(self) -> int:
        """The program's, of the last publication; 0 when nothing failed."""
        return int(getattr(self.error, "exit_code", 0 if self.error is None else 1))

    def finish(self, **more: Any) -> Optional[PublishResult]:
        """The whole ending again, on all ranks: saves and publishes, and raises what fails."""
        self._ending.take_over()
        return self._ending.finish("finish", strict=True, **more)

    def on_init_end(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
        self._adopt(args, state, parts)

    def on_train_begin(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
        self._adopt(args, state, parts)
        self._ending.begin()
        if isinstance(self._ending.trainer, _Parts):
            self._ending.trainer.refuse_shards()
        if not self._told:
            self._told = True
            self._ending.greet()

    def on_train_end(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
        self._adopt(args, state, parts)
        self._ending.training = False
        if not state.is_hyper_param_search:
            self._ending.finish("train end", strict=self.raise_on_failure)

    def _adopt(self, args: Any, state: Any, parts: Dict[str, Any]) -> None:
        """Without a trainer: what is told at each event stands in for it. The flag may have been set again, too."""
        if self._ending.trainer is None or isinstance(self._ending.trainer, _Parts):
            self._ending.trainer = _Parts(args, state, parts["model"], parts.get("processing_class"))
        self._ending.take_over()


class _Parts:
    """Stands in for a trainer that was not handed over."""
    hub_model_id = None

    def __init__(self, args: Any, state: Any, model: Any, processing_class: Any) -> None:
        self.args, self.state, self.model, self.processing_class = args, state, model, processing_class

    def is_world_process_zero(self) -> bool:
        return bool(self.state.is_world_process_zero)

    def refuse_shards(self) -> None:
        launched = any(os.environ.get(name, "").lower() == "true" for name in ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"))
        if self.args.fsdp or self.args.deepspeed or launched:
            raise ValueError("SlipwayCallback cannot save a sharded model (FSDP, DeepSpeed) by itself: hand the trainer over, "
                             "trainer.add_callback(slipway.SlipwayCallback(trainer, ...))")

    def save_model(self, output_dir: str) -> None:
        if not self.args.should_save:
            return
        import torch
        self.model.save_pretrained(output_dir)
        if self.processing_class is not None:
            self.processing_class.save_pretrained(output_dir)
        torch.save(self.args, os.path.join(output_dir, "training_args.bin"))

    def save_state(self) -> None:
        if self.is_world_process_zero():
            self.state.save_to_json(os.path.join(self.args.output_dir, "trainer_state.json"))


def finish(trainer: Any, *, dataset_name: Names = None, tags: Names = None, model_name: Optional[str] = None,
           push: Optional[bool] = None, metrics: Optional[Dict[str, float]] = None, evaluate: Optional[bool] = None,
           **wishes: Any) -> Optional[PublishResult]:
    """The whole end of a training script, after `trainer.train()`; call it on all ranks.

        result = trainer.train()
        slipway.finish(trainer, metrics=result.metrics, dataset_name="org/data", tags=["alignment-handbook"])

    Takes the place of the alignment-handbook's tail: writes `metrics` as `train_results.json`, saves state and model,
    evaluates (`evaluate`; by itself where `do_eval` is set and there is something to evaluate on) and writes
    `eval_results.json`, then aligns the end tokens, restores `use_cache`, writes the card and, with `push` or the
    training's own `push_to_hub`, publishes, in one commit. `profile="handbook"` aligns exactly as that tail does.

    Only a callback can keep the Trainer from pushing *during* the training: without one, set `hub_strategy="end"`.

    An evaluation that fails does not keep the model from being published; it is raised afterwards. A publication that
    fails is raised (`slipway.Error`), on all ranks, with the model saved and the command that finishes it on the log.
    An argument that is wrong is raised too, after the model was saved. The other arguments, and what becomes of the
    trainer's own pushes, are described at `SlipwayCallback`.

    Gives the `PublishResult` on the main process, None on the others.
    """
    try:
        ending = Ending(trainer, push, _wishes(dataset_name, tags, model_name, wishes))
    except Exception as problem:
        _save_all_the_same(trainer, problem)
        raise
    ending.take_over()
    if metrics is not None:
        _record(trainer, "train", dict(metrics, train_samples=metrics.get("train_samples", _rows(trainer.train_dataset))))
    ending.save("finish")
    failed = None
    if _wants_evaluation(trainer, evaluate):
        try:
            measured = trainer.evaluate()
            _record(trainer, "eval", dict(measured, eval_samples=_rows(trainer.eval_dataset)))
        except Exception as problem:
            failed = problem
            ending.complain(f"the evaluation failed, the model is published without it: {problem}")
    result = ending.publish("finish", strict=True, push=ending.pushes)
    if failed is not None:
        raise failed
    return result


def _save_all_the_same(trainer: Any, problem: Exception) -> None:
    """The training is over and only its process holds the model: a slip in an argument must not cost it."""
    rescue = Ending(trainer, False, {})
    rescue.take_over()
    rescue.save("finish")
    rescue.complain(f"the model is saved to {trainer.args.output_dir}, and nothing more was done: {problem}")


def _wishes(dataset_name: Names, tags: Names, model_name: Optional[str], wishes: Dict[str, Any]) -> Dict[str, Any]:
    unknown = _ending.unknown_keywords(wishes)
    if unknown:
        raise TypeError(f"unknown argument {unknown[0]!r}: slipway.publish has no such keyword")
    return {**wishes, "datasets": _facts.merged(dataset_name, wishes.get("datasets")), "tags": _facts.listed(tags),
            "model_name": model_name}


def _wants_evaluation(trainer: Any, asked: Optional[bool]) -> bool:
    return bool(trainer.args.do_eval and trainer.eval_dataset is not None) if asked is None else asked


def _record(trainer: Any, split: str, metrics: Dict[str, Any]) -> None:
    known = {key: value for key, value in metrics.items() if value is not None}
    trainer.log_metrics(split, known)
    trainer.save_metrics(split, known)


def _rows(dataset: Any) -> Optional[int]:
    if isinstance(dataset, dict):
        return sum(_rows(each) or 0 for each in dataset.values())
    try:
        return len(dataset)
    except TypeError:
        return None  # a stream
