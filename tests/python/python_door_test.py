#!/usr/bin/env python3
"""The Python package against the embedded Hub and the example runs: typed results, errors, Ctrl-C, the token, progress.

    python_door_test.py PROGRAM
"""
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import typing

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks

sys.path.insert(0, str(ROOT / "python"))
import slipway  # noqa: E402
from slipway import _program  # noqa: E402

_program.chosen = PROGRAM
LARGE = random.Random(5).randbytes(30_000_000)
RUN = ROOT / "examples/runs/chatml-full"
LORA = ROOT / "examples/runs/lora"


def run_of(name, source=RUN):
    shutil.copytree(source, WORK / name)
    return WORK / name


def large_folder(name):
    folder = WORK / name
    folder.mkdir()
    (folder / "large.bin").write_bytes(LARGE)
    (folder / "note.txt").write_text("words\n")
    return folder


def error_of(function, *args, **more):
    try:
        function(*args, **more)
    except slipway.Error as error:
        return error
    raise AssertionError("no error")


def fits(value, hint):
    """Whether a value is of the type that its field declares."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        return any(fits(value, part) for part in parts)
    if origin is tuple:
        return isinstance(value, tuple) and all(fits(item, parts[0]) for item in value)
    if dataclasses.is_dataclass(hint):
        return type(value) is hint and is_typed(value)
    if hint is float:
        return isinstance(value, float)
    return isinstance(value, dict) if origin else type(value) is hint


def is_typed(result):
    hints = typing.get_type_hints(type(result))
    for field in dataclasses.fields(result):
        value, hint = getattr(result, field.name), hints[field.name]
        assert fits(value, hint), (type(result).__name__, field.name, value, hint)
    return True


def is_whole(result, unknown=()):
    """Every field is of its type, and nothing that the program said is missing."""
    is_typed(result)
    fields = {field.name for field in dataclasses.fields(result)}
    assert set(result.raw) - {"type", "error"} <= fields, set(result.raw) - fields
    for name, rows in result.raw.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            ours = getattr(result, name)
            assert len(ours) == len(rows), name
            for row, mine in zip(rows, ours):
                seen = json.loads(json.dumps(dataclasses.asdict(mine)))
                assert row.items() <= seen.items(), (name, row, seen)
    return result


@check
def publish_tells_what_it_did():
    with hub(root="publish") as endpoint:
        run = run_of("publish run")
        seen = []
        result = is_whole(slipway.publish(run, to="me/model", license="mit", tags=["one", "two"], progress=seen.append))
        assert (result.ok, result.exit_code, result.repo, result.revision, result.changed) == (True, 0, "me/model", "main", True)
        assert re.fullmatch("[0-9a-f]{40}", result.commit) and result.url.startswith(endpoint) and result.stops == (0, 2)
        assert result.bytes.total == sum(file.size for file in result.files) and result.seconds > 0
        for file in result.files:
            data = (run / file.path).read_bytes()
            assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest()), file
        fix = next(fix for fix in result.fixes if fix.code == "eos-missing-turn-end")
        assert (fix.file, fix.path, fix.before, fix.after) == ("generation_config.json", "eos_token_id", "0", "[0,2]")
        assert "one" in (run / "README.md").read_text() and "mit" in (run / "README.md").read_text()
        again = is_whole(slipway.publish(run, to="me/model", license="mit", tags=["one", "two"]))
        assert not again.changed and again.commit == result.commit and again.bytes.sent == 0
        dry = is_whole(slipway.publish(run, to="me/other", dry_run=True, endpoint=endpoint))
        assert dry.dry_run and not dry.changed and error_of(slipway.pull, "me/other", WORK / "none").kind == "not_found"


@check
def each_command_gives_back_its_own_type():
    with hub(root="each"):
        run = run_of("each run")
        inspection = is_whole(slipway.inspect(run))
        assert inspection.kind == "decoder" and inspection.format == "safetensors" and inspection.adapter is None
        assert inspection.bytes == sum(tensor.bytes for tensor in inspection.tensors) and inspection.step == 160
        adapter = is_whole(slipway.inspect(LORA)).adapter
        assert adapter and adapter.peft_type == "LORA" and isinstance(adapter.rank, int)
        stale = is_whole(slipway.card(run, check=True))
        assert (stale.ok, stale.exit_code) == (False, 5) and "card-generated" in {finding.code for finding in stale.findings}
        written = is_whole(slipway.card(run, license="mit"))
        assert written.ok and written.changed and written.fixes
        assert is_whole(slipway.card(run, check=True, license="mit")).findings == ()
        undone = is_whole(slipway.undo(run))
        assert undone.changed and "README.md" in undone.restored and "loss-curve.svg" in undone.removed
        assert not is_whole(slipway.undo(run)).changed
        saved = is_whole(slipway.save(run, WORK / "each saved", dtype="float16", max_shard_size=200_000))
        assert saved.out == str(WORK / "each saved") and {"F16"} == {tensor.dtype for tensor in slipway.inspect(saved.out).tensors}
        pushed = is_whole(slipway.push(saved.out, "me/saved", exclude="*.md", commit_message="--as it is"))
        assert pushed.changed and "README.md" not in {file.path for file in pushed.files}
        pulled = is_whole(slipway.pull("me/saved", WORK / "each copy", include=["*.json"]))
        assert pulled.commit == pushed.commit and pulled.bytes.received > 0 and "config.json" in pulled.files
        assert (WORK / "each copy/config.json").read_bytes() == (WORK / "each saved/config.json").read_bytes()
        cached = is_whole(slipway.pull("me/saved"))
        assert pathlib.Path(cached.folder, "config.json").exists()


@check
def what_fails_is_one_error_with_kind_and_exit_code():
    with hub(root="errors") as endpoint:
        token = subprocess.run([PROGRAM, "hub", "token", "create", "--root", str(WORK / "errors"), "--user", "me", "--role", "write"],
                               capture_output=True, text=True, check=True).stdout.strip()
        run = run_of("errors run")
        wrong = "hf_" + "WrongToken" * 3
        error = error_of(slipway.publish, run, to="me/model", token=wrong)
        assert (error.kind, error.exit_code) == ("unauthorized", 11) and wrong not in str(error) + repr(error.__dict__), error
        assert "the token from token= is" in str(error), error
        assert str(error_of(slipway.publish, run, to="me/model", token=" ")) == "token= holds no token"
        assert error_of(slipway.publish, run, to="me/model", token="hf_\udc80" + "x" * 30).exit_code == 11
        assert error_of(slipway.publish, run, to="me/model").exit_code == 11, "no token"
        assert slipway.publish(run, to="me/model", token=f" {token}\n").changed
        assert slipway.pull("me/model", WORK / "errors copy", token=token, endpoint=endpoint + "/").files
        for wanted, call in {
            ("not_found", 10): lambda: slipway.pull("me/nothing", WORK / "nothing", token=token),
            ("not_found", 10, 1): lambda: slipway.push(WORK / "no folder", "me/model", token=token),
            ("invalid_argument", 2): lambda: slipway.publish(run, to="me/model", eos="what", push=False),
            ("needs_output", 2): lambda: slipway.publish(run, dtype="float16", push=False),
            ("bad_recipe", 2): lambda: slipway.publish(run, set={"push_to_hub": "perhaps"}),
        }.items():
            error = error_of(call)
            assert (error.kind, error.exit_code) == wanted[:2] and str(error), (wanted, error.kind, error)
        os.environ["HF_HUB_OFFLINE"] = "1"
        try:
            error = error_of(slipway.publish, run_of("offline run"), to="me/offline", token=token)
            assert (error.kind, error.exit_code) == ("offline", 3), error
        finally:
            del os.environ["HF_HUB_OFFLINE"]


@check
def a_hub_that_does_not_answer_is_for_later():
    error = error_of(slipway.pull, "me/model", WORK / "unreachable", endpoint="http://127.0.0.1:9")
    assert (error.kind, error.exit_code) == ("network", 75) and "127.0.0.1:9" in str(error), error


@contextlib.contextmanager
def stalling(name):
    """A Hub on which the first upload of a large file stops, and its log of requests."""
    rules, log = WORK / f"{name} rules", WORK / f"{name} requests"
    rules.write_text(json.dumps([{"match": {"target": "*/lfs/objects/*", "method": "PUT"}, "action": "stall", "seconds": 300}]))
    with hub("--faults", str(rules), "--record", str(log), root=name) as endpoint:
        yield endpoint, log


def wait_for(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def push_of(pid):
    """The push that a process started; the Hub may be its child too."""
    words = [word for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for word in path.read_text().split()]
    (push,) = [int(word) for word in words if b"\0push\0" in pathlib.Path(f"/proc/{word}/cmdline").read_bytes()]
    return push


def ctrl_c(name, give):
    """A push from Python is interrupted in its upload; then the same call is made again."""
    folder, token = large_folder(f"{name} folder"), "hf_" + "CtrlC" * 4
    with stalling(name) as (endpoint, log):
        script = f"""
            import sys
            sys.path.insert(0, {str(ROOT / "python")!r})
            import slipway
            slipway._program.chosen = {PROGRAM!r}
            token = sys.stdin.readline().strip()
            slipway.push({str(folder)!r}, "me/model", endpoint={endpoint!r}, token=token, progress=lambda event: None)
        """
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True)
        process.stdin.write(token + "\n")
        process.stdin.close()
        wait_for(lambda: log.exists() and "/objects/batch" in log.read_text())
        here = pathlib.Path(f"/proc/{push_of(process.pid)}")
        assert token.encode() not in (here / "cmdline").read_bytes() + (here / "environ").read_bytes()
        give(process.pid, signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(timeout=60) != 0 and said.rstrip().endswith("KeyboardInterrupt"), said
        assert not here.exists() and token not in said
        assert slipway.push(folder, "me/model", endpoint=endpoint, token=token).changed
        assert slipway.pull("me/model", WORK / f"{name} copy", endpoint=endpoint).files
        assert (WORK / f"{name} copy/large.bin").read_bytes() == LARGE


@check
def ctrl_c_in_an_upload_leaves_no_child_and_the_same_call_finishes():
    ctrl_c("notebook", os.kill)  # to Python alone
    ctrl_c("terminal", os.killpg)  # to both


@check
def a_program_that_somebody_stops_is_an_error_interrupted():
    folder = large_folder("stopped folder")
    with stalling("stopped") as (_, log):
        errors = []
        thread = threading.Thread(target=lambda: errors.append(error_of(slipway.push, folder, "me/model")))
        thread.start()
        wait_for(lambda: log.exists() and "/objects/batch" in log.read_text())
        os.kill(push_of(os.getpid()), signal.SIGINT)
        thread.join(timeout=60)
        assert [(error.kind, error.exit_code) for error in errors] == [("interrupted", 130)], errors


@check
def where_python_is_killed_the_program_finishes():
    folder = large_folder("killed folder")
    rules, log = WORK / "killed rules", WORK / "killed requests"
    rules.write_text(json.dumps([{"match": {"target": "*/lfs/objects/*", "method": "PUT"}, "action": "delay", "seconds": 5}]))
    with hub("--faults", str(rules), "--record", str(log), root="killed") as endpoint:
        script = f"import slipway; slipway._program.chosen = {PROGRAM!r}; slipway.push({str(folder)!r}, 'me/model', progress=print)"
        process = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT / "python")}, stdout=subprocess.DEVNULL)
        wait_for(lambda: log.exists() and "/objects/batch" in log.read_text())
        child = push_of(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: not pathlib.Path(f"/proc/{child}").exists() or "State:\tZ" in pathlib.Path(f"/proc/{child}/status").read_text())
        assert "large.bin" in slipway.pull("me/model", WORK / "killed copy", endpoint=endpoint).files


@check
def progress_adds_up():
    folder = large_folder("progress folder")
    with hub(root="progress"):
        seen = []
        result = slipway.push(folder, "me/model", progress=seen.append)
        stages = {}
        for event in seen:
            assert isinstance(event, slipway.Progress) and 0 <= event.done <= event.total or event.total == 0, event
            assert event.done >= stages.get(event.stage, event).done, "it went back"
            stages[event.stage] = event
        assert stages["reading"] == slipway.Progress("reading", result.bytes.total, result.bytes.total), stages
        assert stages["uploading"] == slipway.Progress("uploading", len(LARGE), len(LARGE)), stages
        assert [event.stage for event in seen][-1] == "confirming"
        pulled = []
        slipway.pull("me/model", WORK / "progress copy", progress=pulled.append)
        assert pulled[0].done == 0 and pulled[-1] == slipway.Progress("fetching", pulled[-1].total, pulled[-1].total), pulled
        assert pulled[-1].total >= len(LARGE)
        assert not slipway.push(folder, "me/model", progress=False).changed
        for words, wanted in (([], True), (["-q"], False), (["--no-progress"], False)):
            said = subprocess.run([PROGRAM, "push", folder, "me/model", "--json", *words], capture_output=True, text=True, check=True).stdout
            assert ('"event"' in said) is wanted and [json.loads(line)["type"] for line in said.splitlines()][-2:] == ["plan", "result"], said


@check
def threads_push_and_pull_at_once():
    with hub(root="threads"):
        results, errors = {}, []

        def work(number):
            try:
                folder = WORK / f"thread {number}"
                folder.mkdir()
                (folder / "note.txt").write_text(f"{number}\n")
                results[number] = (slipway.push(folder, f"me/model-{number}"), slipway.pull(f"me/model-{number}", WORK / f"copy {number}"))
            except BaseException as error:  # noqa: BLE001
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors and len(results) == 6, errors
        for number, (pushed, pulled) in results.items():
            assert pushed.repo == pulled.repo == f"me/model-{number}" and pushed.commit == pulled.commit
            assert (WORK / f"copy {number}" / "note.txt").read_text() == f"{number}\n"


@check
def the_example_of_the_readme_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"(?ms)^```python\n(import slipway\n.*?)^```", readme)[1]
    assert "slipway.publish" in example and len(example.splitlines()) <= 4, example
    place = WORK / "readme"
    shutil.copytree(RUN, place / "out")
    with hub(root="readme hub") as endpoint:
        words = ["-c", f"import sys; sys.path.insert(0, {str(ROOT / 'python')!r}); import slipway; slipway._program.chosen = {PROGRAM!r}\n{example}"]
        done = subprocess.run([sys.executable, *words], cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and done.stdout.startswith(endpoint + "/me/"), done
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    for block in re.findall(r"(?ms)^```python\n(.*?)^```", page):
        compile(block, "docs/python.md", "exec")


if __name__ == "__main__":
    sys.exit(run_checks())
