"""The trainer's door when something fails: checks of trainer_test.py, in its process."""
import contextlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

from ground import LeftOut, PROGRAM, ROOT, WORK, check, hub
import tiny_trainings
from tiny_trainings import OWNER
from trainer_ground import ME, assert_no_repository, assert_one_commit, commits, front, said

import slipway
from slipway import _program


def shell(command, **environment):
    words = shlex.split(command)
    assert words[0] == "slipway", command
    return subprocess.run([PROGRAM, *words[1:], "--json"], env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def command_in(lines):
    line = next(line for line in lines if "Once that is mended: " in line)
    return line.split("Once that is mended: ", 1)[1].split("  (with", 1)[0]


def train_and_fail(trainer, callback):
    """Trains; the publication must fail, the training must not. Gives the command that the log names."""
    trainer.add_callback(callback)
    with said() as lines:
        trained = trainer.train()
    folder = pathlib.Path(trainer.args.output_dir)
    assert trained.metrics["train_loss"] > 0 and (folder / "model.safetensors").is_file() and (folder / "trainer_state.json").is_file()
    assert callback.result is None and isinstance(callback.error, slipway.Error), callback.error
    assert any(str(folder) in line and str(callback.error) in line for line in lines), lines
    return command_in(lines)


@check
def an_unreachable_hub_leaves_a_saved_run_and_a_command_that_finishes_it():
    alive = os.environ["HF_ENDPOINT"]
    trainer = tiny_trainings.sft("unreachable", push_to_hub=True, hub_model_id=f"{ME}/unreachable")
    callback = slipway.SlipwayCallback(trainer, dataset_name=f"{OWNER}/tiny-chat", tags=["a tag"])
    os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
    try:
        command = train_and_fail(trainer, callback)
    finally:
        os.environ["HF_ENDPOINT"] = alive
    assert callback.exit_code == 75, callback.error
    done = shell(command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert_one_commit("unreachable")
    assert "a tag" in front("unreachable")["tags"] and callback.finish().changed is False


@check
def a_wrong_token_leaves_a_saved_run_and_stands_nowhere():
    root = WORK / "closed"
    make = [PROGRAM, "hub", "token", "create", "--root", root, "--user", ME, "--role", "write"]
    good = subprocess.run(make, capture_output=True, text=True, check=True).stdout.split()[-1]
    alive, wrong = os.environ["HF_ENDPOINT"], "hf_" + "w" * 34
    with hub(root="closed") as closed:
        os.environ["HF_ENDPOINT"] = alive
        trainer = tiny_trainings.sft("wrong-token", hub_token=wrong)
        callback = slipway.SlipwayCallback(trainer, push=True, to=f"{ME}/wrong-token", endpoint=closed)
        command = train_and_fail(trainer, callback)
        assert callback.exit_code == 11 and wrong not in command and wrong not in str(callback.error), command
        done = shell(command, HF_TOKEN=good)
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout.splitlines()[-1])["repo"] == f"{ME}/wrong-token"


@check
def a_failure_is_raised_where_that_is_wanted():
    trainer = tiny_trainings.sft("raised")
    callback = slipway.SlipwayCallback(trainer, push=True, to="no such/name", raise_on_failure=True)
    trainer.add_callback(callback)
    try:
        trainer.train()
    except slipway.Error as problem:
        assert problem is callback.error and callback.exit_code == problem.exit_code != 0
    else:
        raise AssertionError("nothing was raised")
    assert pathlib.Path("raised/model.safetensors").is_file()


@check
def a_program_that_is_not_there_is_told_when_training_begins():
    trainer = tiny_trainings.sft("no-program")
    callback = slipway.SlipwayCallback(trainer)
    trainer.add_callback(callback)
    _program.program, real = (lambda: (_ for _ in ()).throw(slipway.Error("it is not here", kind="no_program"))), _program.program
    try:
        with said() as lines:
            trainer.train()
    finally:
        _program.program = real
    assert "it is not here" in lines[0] and "cannot be published yet" in lines[0], lines
    assert callback.error.kind == "no_program" and pathlib.Path("no-program/model.safetensors").is_file()


@check
def a_callback_that_was_not_added_changes_nothing():
    trainer = tiny_trainings.sft("not-added", push_to_hub=True, hub_model_id=f"{ME}/not-added", hub_strategy="end")
    slipway.SlipwayCallback(trainer)
    trainer.train()
    assert trainer.args.push_to_hub and not pathlib.Path("not-added/model.safetensors").exists()


@check
def importing_the_package_imports_no_library_of_training():
    code = "import slipway, slipway._ending, sys; print([name for name in ('transformers', 'torch', 'trl') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT / "python")}, capture_output=True,
                          text=True, check=True)
    assert done.stdout.strip() == "[]", done.stdout


@check
def a_wrong_keyword_is_refused_before_the_training():
    try:
        slipway.SlipwayCallback(licence="mit")
    except TypeError as problem:
        assert "licence" in str(problem)
    else:
        raise AssertionError("taken")


@check
def a_wrong_argument_after_the_training_does_not_cost_the_model():
    for wrong, kind in (({"licence": "mit"}, TypeError), ({"rank_timeout": "soon"}, TypeError), ({"set": {"hub_token": "x"}}, slipway.Error)):
        folder = "slip-" + next(iter(wrong))
        trainer = tiny_trainings.sft(folder, push_to_hub=True, hub_model_id=f"{ME}/{folder}", hub_strategy="end")
        trainer.train()
        with said() as lines:
            try:
                slipway.finish(trainer, **wrong)
            except kind as problem:
                assert next(iter(wrong)) in str(problem), problem
            else:
                raise AssertionError("taken")
        assert any("is saved to" in line for line in lines), lines
        assert pathlib.Path(folder, "model.safetensors").is_file() and not pathlib.Path(folder, ".cache").exists()
    assert slipway.finish(trainer).commit  # as the training had asked


@contextlib.contextmanager
def small_disk(megabytes):
    """A folder on a disk of its own."""
    folder = pathlib.Path(WORK, "disk")
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode != 0:
        raise LeftOut("mounting a small disk takes root, and leave to mount")
    try:
        yield folder
    finally:
        os.chdir(WORK / "runs")
        subprocess.run(["umount", folder], check=True)


def fill(folder):
    """Takes all the room that is left, to the last byte."""
    filler = pathlib.Path(folder, "filler")
    with open(filler, "wb", buffering=0) as out:
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    out.write(b"x" * size)
    return filler


@check
def a_disk_that_fills_up_after_the_save_leaves_a_saved_run_and_a_command_that_finishes_it():
    with small_disk(8) as disk:
        trainer = tiny_trainings.sft(str(disk / "full"))
        save_state = trainer.save_state
        trainer.save_state = lambda: (save_state(), fill(disk))
        callback = slipway.SlipwayCallback(trainer, push=True, to=f"{ME}/full", private=False)
        command = train_and_fail(trainer, callback)
        assert "No space left" in str(callback.error), callback.error
        (disk / "filler").unlink()
        done = shell(command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "End of training" in commits("full")


@check
def a_model_that_cannot_be_saved_is_raised_and_still_held():
    with small_disk(8) as disk:
        trainer = tiny_trainings.sft(str(disk / "unsaved"))
        os.makedirs(disk / "unsaved/checkpoint-9")
        os.makedirs(disk / "unsaved/checkpoint-10")
        callback = slipway.SlipwayCallback(trainer, push=True, to=f"{ME}/unsaved", private=False)
        trainer.add_callback(callback)
        filler = fill(disk)
        with said() as lines:
            try:
                trainer.train()
            except Exception as problem:  # noqa: BLE001  # of which kind is safetensors' affair
                assert problem is callback.error and callback.exit_code == 1, problem
            else:
                raise AssertionError("the loss of the model was hidden")
        assert any("was NOT saved" in line and "finish()" in line and "unsaved/checkpoint-10" in line for line in lines), lines
        assert_no_repository("unsaved")
        filler.unlink()
        assert callback.finish().commit and callback.error is None


@check
def a_sharded_model_without_its_trainer_is_refused_when_training_begins():
    callback = slipway.SlipwayCallback()
    trainer = tiny_trainings.sft("shards", callbacks=[callback])
    os.environ["ACCELERATE_USE_FSDP"] = "true"  # as `accelerate launch` says it
    try:
        callback.on_train_begin(trainer.args, trainer.state, trainer.control, model=trainer.model)
    except ValueError as problem:
        assert "SlipwayCallback(trainer" in str(problem)
    else:
        raise AssertionError("begun")
    finally:
        del os.environ["ACCELERATE_USE_FSDP"]
