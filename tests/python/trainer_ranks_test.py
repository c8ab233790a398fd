#!/usr/bin/env python3
"""Trainings of two ranks, started by torchrun over gloo, with the trainer's door: one commit each.

    trainer_ranks_test.py PROGRAM   (run by the Python of an era's venv)
"""
import contextlib
import functools
import json
import os
import pathlib
import signal
import subprocess
import sys
import urllib.request

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks, slipway as program

RANKS = 2
SECONDS = 500
PATIENCE = 60
"""After SIGTERM: torchrun gives its ranks, which are no part of its process group, 30 seconds before it kills them."""


def end_group(leader):
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            leader.wait(timeout=PATIENCE)


@functools.cache
def launched():
    """The exit code of torchrun, None where it took too long, and what was said: the one launch is every check's."""
    worker = pathlib.Path(__file__).with_name("trainer_ranks_worker.py")
    torchrun = pathlib.Path(sys.executable).with_name("torchrun")
    code, said = None, (WORK / "ranks.out", WORK / "ranks.err")  # no pipes: a rank that outlives torchrun would hold them open
    with open(said[0], "wb") as out, open(said[1], "wb") as err:
        leader = subprocess.Popen([torchrun, "--standalone", "--nproc-per-node", str(RANKS), worker, PROGRAM], stdout=out, stderr=err,
                                  cwd=WORK / "runs", env={**os.environ, "TRANSFORMERS_VERBOSITY": "error"}, start_new_session=True)
        try:
            code = leader.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            end_group(leader)
    return code, *(path.read_text(errors="replace") for path in said)


def trained():
    """What each rank said of each training, by its name, and what all said on stderr."""
    code, out, err = launched()
    assert code is not None, f"the ranks did not end within {SECONDS} s\n" + out[-3000:] + err[-6000:]
    assert code == 0, out[-3000:] + err[-6000:]
    found = {}
    for line in out.splitlines():
        start = line.find('{"name"')
        if start >= 0:
            one = json.loads(line[start:])
            found.setdefault(one["name"], {})[one["rank"]] = one
    return found, err


def commits(repo):
    with urllib.request.urlopen(f"{os.environ['HF_ENDPOINT']}/api/models/me/{repo}/commits/main") as reply:
        return [each["title"] for each in json.load(reply)]


def assert_one_commit(name):
    ranks = trained()[0][name]
    assert sorted(ranks) == list(range(RANKS)), ranks
    assert all(one["error"] is None and one["calls"] == ["publish"] for one in ranks.values()), ranks
    assert ranks[0]["commit"] and not ranks[1]["commit"], ranks
    assert commits(name).count("End of training") == 1, commits(name)


@check
def two_ranks_make_one_commit_and_enter_no_collective_meanwhile():
    assert_one_commit("ddp")


@check
def an_explicit_push_of_all_ranks_is_one_more():
    ranks = trained()[0]["pushed again"]
    assert all(one["error"] is None and one["same"] and one["calls"] == ["publish"] for one in ranks.values()), ranks
    assert commits("again").count("End of training") == 2, commits("again")


@check
def finish_on_two_ranks_is_one_commit():
    assert_one_commit("finished")
    assert {"train_results.json", "eval_results.json", "trainer_state.json"} <= set(trained()[0]["finished"][0]["files"])


@check
def all_ranks_learn_of_a_failure_and_train_on():
    ranks = trained()[0]["refused"]
    assert all(one["exit_code"] != 0 and one["exit_code"] == ranks[0]["exit_code"] for one in ranks.values()), ranks
    assert "rank 0 failed" in ranks[1]["error"] and "model.safetensors" in ranks[0]["files"], ranks
    assert trained()[1].count("Once that is mended: slipway publish refused") == 1, trained()[1][-3000:]


@check
def all_ranks_learn_that_the_model_was_not_saved_and_finish_later():
    ranks = trained()[0]["unsaved"]
    assert "no room" in ranks[0]["problem"] and "rank 0 failed: the model was not saved: no room" in ranks[1]["problem"], ranks
    assert all(one["error"] is None and one["calls"] == ["publish", "publish"] for one in ranks.values()), ranks
    assert commits("unsaved").count("End of training") == 2, commits("unsaved")


@check
def a_node_with_its_own_disk_does_not_wait():
    ranks = trained()[0]["nodes"]
    assert ranks[0]["commit"] and ranks[0]["calls"] == ["publish"] and ranks[1]["calls"] == [] and not ranks[1]["error"], ranks


@check
def a_sharded_model_is_published_whole():
    for name in ("fsdp", "fsdp-sharded"):
        assert_one_commit(name)
        assert all(one["sharded"] for one in trained()[0][name].values())
        program("pull", f"me/{name}", "--out", WORK / name)
        from safetensors.torch import load_file
        ours, base = load_file(WORK / name / "model.safetensors"), load_file(ROOT / "examples/bases/tiny-qwen/model.safetensors")
        head = ours.pop("lm_head.weight", None)  # tied; what FSDP gathers no longer shares its memory, so both are saved
        assert head is None or head.equal(ours["model.embed_tokens.weight"])
        assert {key: value.shape for key, value in ours.items()} == {key: value.shape for key, value in base.items()}


def main():
    with hub():
        program("push", ROOT / "examples/bases/tiny-qwen", "slipway-lab/tiny-qwen", "--public")
        os.makedirs(WORK / "runs")
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
