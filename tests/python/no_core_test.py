#!/usr/bin/env python3
"""A crash on purpose, while a token is held: no core file, and the token in nothing that is printed.

    no_core_test.py PROGRAM
"""
import os
import resource
import signal
import socket
import subprocess
import sys
import time

from ground import PROGRAM, ROOT, WORK, check, run_checks

TOKEN = "hf_" + "CoreFilesMustNotHoldThis"[:24]


def crash(folder):
    """whoami, aborted while it waits for an answer that never comes."""
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        program = subprocess.Popen([PROGRAM, "whoami", "--endpoint", f"http://127.0.0.1:{deaf.getsockname()[1]}"], cwd=folder,
                                   env={**os.environ, "HF_TOKEN": TOKEN}, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
        deaf.accept()[0].settimeout(5)
        time.sleep(0.2)
        limits = open(f"/proc/{program.pid}/limits", encoding="ascii").read()
        program.send_signal(signal.SIGABRT)
        out, err = program.communicate(timeout=20)
    return program.returncode, out + err, limits


@check
def a_crash_leaves_no_core_file_and_no_token():
    folder = WORK / "crash"
    code, printed, limits = crash(folder)
    assert code == -signal.SIGABRT, code
    assert not list(folder.iterdir())
    assert TOKEN.encode() not in printed
    assert [line for line in limits.splitlines() if line.startswith("Max core file size")][0].split()[4:6] == ["0", "0"]


if __name__ == "__main__":
    assert ROOT.exists()
    sys.exit(run_checks())
