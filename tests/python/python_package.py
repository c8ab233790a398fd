"""What the tests of the Python package share: the package itself, programs that say what a test wants, and what a process holds.

Import it after ground's arguments are there: it sets the program that the package starts."""
import os
import pathlib
import sys
import textwrap

from ground import PROGRAM, ROOT, WORK

sys.path.insert(0, str(ROOT / "python"))
import slipway  # noqa: E402
from slipway import _program  # noqa: E402

_program.chosen = PROGRAM
GOOD = '{"type":"result","ok":true,"exit_code":0,"changed":false}'


def fake(name, body):
    """A program that says what a test wants: a Python script, whose words are `words`."""
    path = WORK / name
    path.write_text(f"#!{sys.executable}\nimport os, signal, sys, time\nwords = sys.argv[1:]\nsignal.alarm(60)\n{textwrap.dedent(body)}")
    path.chmod(0o755)
    return str(path)


def run(name, body, **more):
    _program.chosen = fake(name, body)
    try:
        return _program.run("undo", ["--", "x"], **more)
    finally:
        _program.chosen = PROGRAM


def error_of(function, *args, **more):
    try:
        function(*args, **more)
    except slipway.Error as error:
        return error
    raise AssertionError("no error")


def children():
    mine = pathlib.Path("/proc/self/task").glob("*/children")
    return [pid for path in mine for pid in path.read_text().split()]


def descriptors():
    return sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}"))
