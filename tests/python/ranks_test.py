#!/usr/bin/env python3
"""Several copies of one command, as a launcher starts them, as real processes against the embedded Hub.

    ranks_test.py PROGRAM
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks

RANKS = 4
# A launcher of its own for each run, as torchrun is: its environment has no RANK, that of its children has.
LAUNCHER = """
import os, subprocess, sys
ranks = [subprocess.Popen(sys.argv[2:], env={**os.environ, "RANK": str(rank)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
         for rank in range(int(sys.argv[1]))]
print(ranks[0].pid, flush=True)
for rank in reversed(ranks):
    out, err = rank.communicate()
    print(rank.returncode, repr((out + err)[-300:]), flush=True)
"""


def copy_of(name):
    folder = WORK / "ranks" / name
    shutil.copytree(ROOT / "examples/runs/chatml-full", folder)
    return folder


def launch(*words, **environment):
    return subprocess.Popen([sys.executable, "-c", LAUNCHER, str(RANKS), PROGRAM, *map(str, words)], stdout=subprocess.PIPE, text=True,
                            env={**os.environ, **environment})


def codes(launcher):
    lines = launcher.communicate(timeout=120)[0].splitlines()
    return [int(line.split(" ", 1)[0]) for line in lines if " '" in line or ' "' in line]


def commits(repo):
    with urllib.request.urlopen(f"{os.environ['HF_ENDPOINT']}/api/models/{repo}/commits/main") as reply:
        return [each["title"] for each in json.load(reply)]


@check
def copies_make_one_commit():
    folder = copy_of("one")
    assert codes(launch("publish", folder, "--to", "slipway-lab/ranks", "--public")) == [0] * RANKS
    assert commits("slipway-lab/ranks").count("End of training") == 1


@check
def each_launch_has_its_own_result():
    folder = copy_of("second")
    assert codes(launch("publish", folder, "--to", "slipway-lab/second", "--public")) == [0] * RANKS
    (folder / "config.json").write_text("{")
    assert set(codes(launch("publish", folder, "--to", "slipway-lab/second"))) == {5}


@check
def all_end_as_rank_zero_does():
    folder = copy_of("refused")
    words = ("publish", folder, "--to", "slipway-lab/refused", "--endpoint", os.environ["HF_ENDPOINT"] + "/absent")
    found = codes(launch(*words))
    assert len(set(found)) == 1 and found[0] != 0, found


@check
def all_fail_within_a_minute_when_rank_zero_is_killed():
    folder = copy_of("killed")
    # A Hub that takes the connection and never answers holds rank 0 at work.
    import socket
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        endpoint = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        launcher = launch("publish", folder, "--to", "slipway-lab/killed", "--endpoint", endpoint)
        first = int(launcher.stdout.readline())
        time.sleep(1)
        os.kill(first, signal.SIGKILL)
        begin = time.monotonic()
        found = codes(launcher)
        assert len(found) == RANKS and 0 not in found, found
        assert time.monotonic() - begin < 60


@check
def a_rank_alone_gives_up_in_time():
    folder = copy_of("alone")
    done = subprocess.run([PROGRAM, "publish", folder, "--no-push", "--rank-timeout", "1"], env={**os.environ, "RANK": "1"},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 75 and "RANK" in done.stderr, (done.returncode, done.stderr)
    assert not (folder / ".cache").exists()


def main():
    with hub():
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
