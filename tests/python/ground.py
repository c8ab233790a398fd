"""What the tests against the embedded Hub share: the program, a folder of their own, the Hub, the count of checks.

Import it before any Hub library: it sets the environment that those read.
"""
import atexit
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
WORK = pathlib.Path(tempfile.mkdtemp(prefix="slipway-test-"))
OWNER = os.getpid()


@atexit.register
def clear():
    if os.getpid() == OWNER:  # not a fork's to clear
        shutil.rmtree(WORK, ignore_errors=True)


os.environ.update(HF_HOME=str(WORK / "home"), HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1",
                  OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", CUDA_VISIBLE_DEVICES="")
os.environ.pop("HF_TOKEN", None)
# What is started in the background of a shell ignores an interrupt, and so would every program that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
CHECKS = []


class LeftOut(Exception):
    """What this machine does not let a check do; such a check has neither passed nor failed."""


def check(function):
    CHECKS.append((function.__name__.replace("_", " "), function))
    return function


@contextlib.contextmanager
def hub(*flags, root="hub"):
    """An embedded Hub on a free port; HF_ENDPOINT points at it before any Hub library is imported. Gives its address."""
    server = subprocess.Popen([PROGRAM, "hub", "serve", "--root", str(WORK / root), "--port", "0", "--json", *flags],
                              stdout=subprocess.PIPE, text=True)
    try:
        os.environ["HF_ENDPOINT"] = json.loads(server.stdout.readline())["endpoint"]
        yield os.environ["HF_ENDPOINT"]
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0, "the Hub did not end cleanly"


def slipway(*words):
    """The last line of the program's JSON; anything but exit 0 is a failure."""
    done = subprocess.run([PROGRAM, *map(str, words), "--json", "-q"], capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, result
    return result


def run_checks():
    """Runs every check; prints the line that scripts/suites.sh counts and returns the exit code."""
    passed = failed = 0
    for name, function in CHECKS:
        try:
            function()
            passed += 1
            print(f"ok      {name}", flush=True)
        except LeftOut as why:
            print(f"note: left out: {name} ({why})", flush=True)
        except Exception:  # noqa: BLE001
            failed += 1
            traceback.print_exc()
            print(f"FAILED  {name}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
