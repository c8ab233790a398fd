#!/usr/bin/env python3
"""Publish, push and pull are killed at random instants, as real processes against the embedded Hub; the same command then finishes.

    kill_test.py PROGRAM [COUNT]   (SLIPWAY_KILLS, 20)

After each kill: no file of a pull has wrong bytes under its name; the command again ends well; the branch has exactly one
commit more; what is there is what was meant. A reader that polls the branch all the while sees the old tree or the new one.
"""
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks, slipway

SEED = 11
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else int(os.environ.get("SLIPWAY_KILLS", "20"))
SHARDS, SHARD_BYTES = 4, 6 << 20


def get(path):
    with urllib.request.urlopen(os.environ["HF_ENDPOINT"] + path) as reply:
        return json.load(reply)


def commits(repo):
    return [row["id"] for row in get(f"/api/models/{repo}/commits/main")]


def tree(repo):
    rows = get(f"/api/models/{repo}/tree/main?recursive=true")
    return tuple(sorted((row["path"], row["oid"]) for row in rows if row["type"] == "file"))


def digests(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and ".cache" not in path.parts}


def safetensors(dice):
    """A file of one bfloat16 tensor without NaN."""
    header = json.dumps({"w": {"dtype": "U8", "shape": [SHARD_BYTES], "data_offsets": [0, SHARD_BYTES]}}).encode()
    return len(header).to_bytes(8, "little") + header + dice.randbytes(SHARD_BYTES)


def folder_of(name, dice):
    folder = WORK / "kill" / name
    (folder / "sub").mkdir(parents=True)
    for number in range(SHARDS):
        (folder / f"part-{number}.bin").write_bytes(dice.randbytes(SHARD_BYTES))
    for number in range(20):
        (folder / "sub" / f"note-{number}.txt").write_text(f"{name} {number}\n")
    return folder


def run_of(name, dice):
    """A finished run whose weights are larger than the example's, so that there is time to be killed in."""
    folder = WORK / "kill" / name
    shutil.copytree(ROOT / "examples/runs/chatml-full", folder)
    (folder / "extra").mkdir()
    (folder / "extra" / "model.safetensors").write_bytes(safetensors(dice))
    return folder


class Reader(threading.Thread):
    """Polls the branch; every tree that it saw."""

    def __init__(self, repo):
        super().__init__(daemon=True)
        self.repo, self.seen, self.ends = repo, set(), threading.Event()

    def run(self):
        while not self.ends.is_set():
            try:
                self.seen.add(tree(self.repo))
            except OSError:
                self.seen.add(("no answer",))
            time.sleep(0.005)

    def stop(self):
        self.ends.set()
        self.join()
        return self.seen


def killed(words, after):
    """Whether the command was still at work when it was killed."""
    process = subprocess.Popen([PROGRAM, *map(str, words), "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=after)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def seconds_of(words):
    begin = time.monotonic()
    slipway(*words)
    return time.monotonic() - begin


class Tally:
    def __init__(self):
        self.kills, self.rounds = 0, 0

    def round(self, words, longest, dice, upload):
        """One command, killed somewhere and run again; `upload`: its repository."""
        repo = upload
        before = (len(commits(repo)), tree(repo)) if repo else None
        reader = Reader(repo) if repo else None
        if reader:
            reader.start()
        was_killed = killed(words, dice.uniform(0, longest))
        result = slipway(*words)
        if reader:
            seen, after = reader.stop(), tree(repo)
            assert seen <= {before[1], after}, f"a reader saw a third tree of {repo}"
            assert len(commits(repo)) == before[0] + 1, commits(repo)
        self.kills += was_killed
        self.rounds += 1
        return result


TALLY = Tally()
DICE = random.Random(SEED)


def rounds(share):
    return max(2, COUNT * share // 100)


@check
def a_killed_push_is_finished_by_the_same_command():
    longest = seconds_of(("push", folder_of("push-0", DICE), "kill/push"))
    number = 0
    goal = TALLY.kills + rounds(40)
    while TALLY.kills < goal and number < 3 * COUNT:
        number += 1
        folder = folder_of(f"push-{number}", DICE)
        TALLY.round(("push", folder, "kill/push"), longest, DICE, "kill/push")
        slipway("pull", "kill/push", "--out", WORK / "kill" / f"got-{number}", "--exclude", ".*")
        assert digests(WORK / "kill" / f"got-{number}") == digests(folder)
        shutil.rmtree(folder)
        shutil.rmtree(WORK / "kill" / f"got-{number}")


@check
def a_killed_publish_is_finished_by_the_same_command():
    words = ("--to", "kill/publish", "--add", "extra/*")
    longest = seconds_of(("publish", run_of("run-0", DICE), *words))
    number = 0
    goal = TALLY.kills + rounds(40)
    while TALLY.kills < goal and number < 3 * COUNT:
        number += 1
        run = run_of(f"run-{number}", DICE)
        result = TALLY.round(("publish", run, *words), longest, DICE, "kill/publish")
        there = dict(tree("kill/publish"))
        assert {row["path"] for row in result["files"]} <= set(there)
        assert slipway("publish", run, *words)["changed"] is False
        slipway("undo", run)
        source = digests(ROOT / "examples/runs/chatml-full")
        assert {path: digest for path, digest in digests(run).items() if path in source} == source
        shutil.rmtree(run)


@check
def a_killed_pull_leaves_no_wrong_byte_under_a_name_and_is_finished():
    source = folder_of("pull-0", DICE)
    slipway("push", source, "kill/pull")
    target = WORK / "kill" / "pulled"
    words = ("pull", "kill/pull", "--out", target, "--exclude", ".*")
    longest, wanted = seconds_of(words), digests(source)
    number = 0
    goal = TALLY.kills + rounds(20)
    while TALLY.kills < goal and number < 5 * COUNT:
        number += 1
        shutil.rmtree(target)
        TALLY.kills += killed(words, DICE.uniform(0, longest))
        TALLY.rounds += 1
        left = {path: digest for path, digest in (digests(target) if target.exists() else {}).items() if path in wanted}
        assert left.items() <= wanted.items(), "a name with wrong bytes"
        slipway(*words)
        assert digests(target) == wanted
    target_names = {path.name for path in target.rglob("*")}
    assert not any(name.endswith(".partial") for name in target_names), target_names


if __name__ == "__main__":
    with hub():
        code = run_checks()
    print(f"{TALLY.kills} of {TALLY.rounds} commands were killed at work", file=sys.stderr)
    sys.exit(code)
