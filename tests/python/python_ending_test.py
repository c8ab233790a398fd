#!/usr/bin/env python3
"""The end of a training by the Python package, without a library of training: what the ranks tell each other, and what fails.

    python_ending_test.py PROGRAM
"""
import contextlib
import json
import os
import sys
import types

from ground import PROGRAM, WORK, check, run_checks
from python_package import error_of, slipway
from slipway import _ending, _program, _ranks


class Settings:
    push_to_hub, hub_model_id, hub_private_repo, hub_token = False, None, None, None

    def __init__(self, folder, rank=0, size=1):
        self.output_dir, self.process_index, self.world_size = str(folder), rank, size


class Trainer:
    """What an ending asks of one."""
    model, state = None, types.SimpleNamespace(global_step=3)

    def __init__(self, folder):
        folder.mkdir()
        self.args = Settings(folder)

    def is_world_process_zero(self):
        return self.args.process_index == 0

    def save_model(self, _):
        pass

    save_state = is_world_process_zero


@contextlib.contextmanager
def environment(**values):
    kept = {name: os.environ.pop(name, None) for name in (*_ranks.ATTEMPT, *_ranks.NODE_SIZES, *values)}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in kept.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def two_ranks(name):
    """Of two processes: the signs and the settings of each."""
    folder = WORK / name
    return _ranks.Signs(folder), Settings(folder, 0, 2), _ranks.Signs(folder), Settings(folder, 1, 2)


@check
def wrong_wishes_are_refused_when_they_are_made_and_iterators_are_kept():
    for wishes in ({"set": {"env": {"HF_TOKEN": "s3cret"}}}, {"set": {"a": object()}}, {"to": 1.5}, {"token": 7}, {"endpoint": 7}, {"rank_timeout": "x"}):
        try:
            _ending.Ending(None, True, wishes)
        except (slipway.Error, TypeError) as problem:
            assert "s3cret" not in str(problem)
        else:
            raise AssertionError(wishes)
    assert _ending.Ending(None, True, {"add": (name for name in "ab")}).wishes["add"] == ["a", "b"]


@check
def settings_that_fail_at_the_end_fail_no_training():
    ending = _ending.Ending(Trainer(WORK / "late"), True, {"to": "me/late"})
    ending.complain = (said := []).append
    assert ending.finish("train end", strict=False, set={"env": {"HF_TOKEN": "s3cret"}}) is None
    assert ending.error.kind == "invalid_argument" and "slipway publish" in said[0] and "s3cret" not in said[0], said


@check
def the_other_ranks_follow_the_main_process_from_one_ending_to_the_next():
    with environment(LOCAL_WORLD_SIZE="2"):
        main, first, other, second = two_ranks("follow")
        for moment in ("finish", "finish", "push"):
            main.enter(first, "save")  # of the main process alone: it leaves the others' counts as they are
            other.enter(second, moment)
            assert error_of(other.follow, second, moment, _ranks.SAVED, 0.3).exit_code == 75
            main.enter(first, moment)
            main.tell(first, moment, _ranks.SAVED)
            assert other.follow(second, moment, _ranks.SAVED, 0.3)
            assert error_of(other.follow, second, moment, _ranks.STARTED, 0.3).exit_code == 75
            main.tell(first, moment, _ranks.STARTED)
            main.tell(first, moment, _ranks.NOT_STARTED, "the program tells it itself")
            assert other.follow(second, moment, _ranks.STARTED, 0.3) and other.name(moment) == main.name(moment)
        assert main.name("finish") == "finish 2" and main.name("push") == "push 1"


@check
def a_late_rank_finds_its_own_ending():
    with environment(LOCAL_WORLD_SIZE="2"):
        main, first, other, second = two_ranks("late rank")
        for state in (_ranks.STARTED, _ranks.SAVING):
            main.enter(first, "finish")
            main.tell(first, "finish", state)
        other.enter(second, "finish")
        assert other.follow(second, "finish", _ranks.STARTED, 0.3) and other.name("finish") == "finish 1"


@check
def the_other_ranks_learn_that_the_main_process_could_not_save_or_start():
    with environment(LOCAL_WORLD_SIZE="2"):
        main, first, other, second = two_ranks("unsaved")
        main.begin(first)
        size = (WORK / "unsaved" / _ranks.SIGN).stat().st_size
        for signs, args in ((main, first), (other, second)):
            signs.enter(args, "train end")
        main.tell(first, "train end", _ranks.NOT_SAVED, "No space left " * 100)
        assert (WORK / "unsaved" / _ranks.SIGN).stat().st_size == size, "a full disk would have no room"
        error = error_of(other.follow, second, "train end", _ranks.SAVED, 9)
        assert isinstance(error, _ranks.NotSaved) and "No space left" in str(error), error
        for signs, args in ((main, first), (other, second)):
            signs.enter(args, "finish")
        main.tell(first, "finish", _ranks.SAVED)
        main.tell(first, "finish", _ranks.NOT_STARTED, "no program")
        assert other.follow(second, "finish", _ranks.SAVED, 9)
        assert "rank 0 failed: no program" in str(error_of(other.follow, second, "finish", _ranks.STARTED, 9))


@check
def a_program_that_cannot_be_started_is_told_to_the_other_ranks():
    trainer = Trainer(WORK / "unstarted")
    trainer.args.world_size = 2
    _program.chosen = str(WORK / "nowhere")
    try:
        with environment(LOCAL_WORLD_SIZE="2"):
            error_of(_ending.Ending(trainer, False, {}).finish, "finish", strict=True)
            other = _ranks.Signs(WORK / "unstarted")
            other.enter(Settings(WORK / "unstarted", 1, 2), "finish")
            told = error_of(other.follow, Settings(WORK / "unstarted", 1, 2), "finish", _ranks.STARTED, 9)
    finally:
        _program.chosen = PROGRAM
    assert "nowhere cannot be started" in str(told), told


@check
def what_an_earlier_launch_told_is_not_believed():
    with environment(LOCAL_WORLD_SIZE="2", TORCHELASTIC_RUN_ID="none"):
        main, first, other, second = two_ranks("earlier")
        main.enter(first, "finish")
        main.tell(first, "finish", _ranks.NOT_SAVED)
        sign = WORK / "earlier" / _ranks.SIGN
        told = json.loads(sign.read_text())
        other.enter(second, "finish")
        for changed in ({"time": 5.0}, {"launch": "another"}):
            sign.write_text(json.dumps({**told, **changed}))
            assert error_of(other.follow, second, "finish", _ranks.SAVED, 0.3).exit_code == 75, changed
        sign.write_text(json.dumps(told))
        assert isinstance(error_of(other.follow, second, "finish", _ranks.SAVED, 0.3), _ranks.NotSaved)


@check
def every_launchers_count_of_a_nodes_ranks_is_read():
    two = Settings("x", 1, 2)
    for name in ("LOCAL_WORLD_SIZE", "LOCAL_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"):
        for count in ("1", "2"):
            with environment(**{name: count}):
                assert _ranks.has_other_nodes(two) == (count == "1"), (name, count)
    with environment():
        assert _ranks.has_other_nodes(two) and not _ranks.has_other_nodes(Settings("x"))


@check
def a_slow_main_process_on_the_same_folder_is_waited_for_by_other_nodes():
    real, _ranks.TRAINED_SECONDS = (_ranks.TRAINED_SECONDS, _ranks.FOLDER_SECONDS), 0.3
    try:
        with environment(LOCAL_WORLD_SIZE="1"):
            main, first, other, second = two_ranks("slow")
            apart = _ranks.Signs(WORK / "a disk of its own")
            for signs, args in ((main, first), (other, second), (apart, second)):
                signs.begin(args)
            for signs in (other, apart):
                signs.enter(second, "train end")
            assert error_of(other.follow, second, "train end", _ranks.SAVED, 1).exit_code == 75
            assert apart.follow(second, "train end", _ranks.SAVED, 1) is False
    finally:
        _ranks.TRAINED_SECONDS, _ranks.FOLDER_SECONDS = real

if __name__ == "__main__":
    sys.exit(run_checks())
