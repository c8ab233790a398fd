#!/usr/bin/env python3
"""The program that the Python package starts: how it is found, what is believed of what it says, how it ends. No Hub, no package.

    python_program_test.py PROGRAM
"""
import contextlib
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

from ground import PROGRAM, ROOT, WORK, check, run_checks
from python_package import GOOD, children, descriptors, error_of, fake, run, slipway
from slipway import _program


@check
def what_is_no_line_of_ours_is_passed_over():
    outcome = run("garbage", f"""
        out = sys.stdout.buffer
        out.write(b"\\x00\\xff\\xfe rubbish\\n[1,2]\\nnull\\n\\n" + b"[" * 100_000 + b"\\n")
        out.write(b'{{"type":7}}\\n{{"type":"from-later","x":1}}\\n{{"type":"warning","code":"c","message":3}}\\n')
        out.write(b'{GOOD[:-1]},"from_later":{{"a":[1]}}}}\\n{{"type":"resu')
    """)
    assert outcome.exit_code == 0 and outcome.result.raw["from_later"] == {"a": [1]}
    assert outcome.warnings == (slipway.Notice("c", "", ""),), outcome.warnings
    assert {"type": "from-later", "x": 1} in outcome.events


@check
def a_line_without_end_is_passed_over_in_bounded_memory():
    most = _program.LINE_BYTES_MAX
    _program.LINE_BYTES_MAX = 1 << 20
    try:
        outcome = run("huge", f"""
            for _ in range(64): sys.stdout.write("x" * (1 << 16))
            print(); print('{GOOD}')
        """)
        assert outcome.exit_code == 0 and outcome.result.flag("ok")
        for end in ("", "\\n"):
            large = f"""sys.stdout.write('{GOOD[:-1]},"more":"' + "x" * (1 << 20) + '"}}{end}')"""
            assert error_of(run, "large result", large).kind == "no_answer"
            assert run("smaller result", large.replace("20)", "19)")).result.flag("ok")
    finally:
        _program.LINE_BYTES_MAX = most


@check
def lines_come_whole_however_they_are_cut():
    outcome = run("halves", f"""
        for letter in '{GOOD}\\n': os.write(1, letter.encode()); time.sleep(0.001)
    """)
    assert outcome.result.flag("ok")
    assert run("no newline", f"sys.stdout.write('{GOOD}')").result.flag("ok")


@check
def both_pipes_are_emptied_so_that_the_program_never_waits_for_us():
    outcome = run("flood", f"""
        for _ in range(2000): os.write(2, b"talk " * 100 + b"\\n"); os.write(1, b'{{"type":"event","event":"note"}}\\n' * 20)
        print('{GOOD}')
    """)
    assert outcome.result.flag("ok") and len(outcome.events) == _program.EVENTS_MAX


@check
def a_program_that_ends_without_a_result_is_an_error_with_its_last_words():
    error = error_of(run, "silent", "print('no JSON'); sys.stderr.write('one\\nlibfoo.so is missing\\n'); sys.exit(127)")
    assert (error.kind, error.exit_code) == ("no_answer", 127) and "libfoo.so is missing" in str(error), error
    error = error_of(run, "killed", "os.kill(os.getpid(), signal.SIGKILL)")
    assert (error.kind, error.exit_code) == ("no_answer", 1) and "SIGKILL" in str(error), error
    assert error_of(run, "quiet end", "").kind == "no_answer"


@check
def the_exit_code_is_the_programs_whatever_the_result_says():
    _program.chosen = fake("two tongues", f"print('{GOOD}'); sys.exit(1)")
    try:
        error = error_of(slipway.undo, "x")
        assert (error.kind, error.exit_code) == ("internal", 1), error
    finally:
        _program.chosen = PROGRAM


@check
def a_program_that_cannot_be_started_is_named():
    broken = WORK / "not executable"
    broken.write_text("no program")
    for path in (broken, WORK / "nowhere"):
        _program.chosen = str(path)
        try:
            error = error_of(slipway.undo, "x")
            assert error.kind == "no_program" and str(path) in str(error), error
        finally:
            _program.chosen = PROGRAM


@check
def the_token_is_in_no_word_no_variable_and_no_error():
    body = """
        import pathlib
        here = pathlib.Path("/proc/self")
        given = next(word for word in words if word.startswith("--token-file="))
        print('{"type":"plan","seen":%d,"inside":%d}' % (b"%s" in (here / "cmdline").read_bytes() + (here / "environ").read_bytes(),
              pathlib.Path(given.partition("=")[2]).read_text() == "%s"))
        sys.stderr.write("%s\\n"); print('%s')
    """
    token = "hf_" + "InPrivate" * 3
    os.environ["HF_TOKEN"] = "hf_" + "Another" * 3
    try:
        outcome = run("looks", body.replace("%s", token, 3).replace("%s", GOOD), token=token)
    finally:
        del os.environ["HF_TOKEN"]
    assert outcome.events[0]["seen"] == 0 and outcome.events[0]["inside"] == 1, outcome.events
    error = error_of(run, "tells", f"sys.stderr.write('{token} is wrong\\n'); sys.exit(1)", token=token)
    assert token not in str(error) + repr(error) + repr(error.__dict__), error
    error = error_of(run, "not started", "", token="x" * 5000)
    assert error.kind == "invalid_argument" and "xxx" not in str(error), error
    told = json.dumps({"type": "result", "ok": False, "error": {"kind": "unauthorized", "message": f"{token} is wrong", "context": token}})
    _program.chosen = fake("refuses", f"print({told!r}); sys.exit(11)")
    try:
        error = error_of(slipway.push, "a", "b", token=token)
        assert error.kind == "unauthorized" and token not in str(error) + repr(error.__dict__), error
        assert "token=" in error_of(slipway.publish, "x", set={"hub_token": token}).message
    finally:
        _program.chosen = PROGRAM


@check
def what_the_watcher_raises_stops_the_program():
    class Enough(Exception):
        pass

    def raises(_):
        raise Enough

    body = f"""
        signal.signal(signal.SIGINT, lambda *_: (open({str(WORK / "asked")!r}, "w"), sys.exit(130)))
        print('{{"type":"event","event":"progress","stage":"reading","done":1,"total":2}}', flush=True)
        time.sleep(100)
    """
    try:
        run("watched", body, on_event=raises)
        raise AssertionError("it was swallowed")
    except Enough:
        pass
    assert (WORK / "asked").exists() and not children()


@check
def a_program_that_does_not_heed_is_killed():
    patience = _program.PATIENCE_SECONDS
    _program.PATIENCE_SECONDS = 0.3

    def raises(_):
        raise KeyboardInterrupt

    body = """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True: os.write(1, b'{"type":"event","event":"progress","stage":"reading"}\\n')
    """
    try:
        run("deaf", body, on_event=raises)
        raise AssertionError("it was swallowed")
    except KeyboardInterrupt:
        pass
    finally:
        _program.PATIENCE_SECONDS = patience
    assert not children()


@check
def asked_twice_it_is_killed_at_once():
    script = f"""
        import os, sys
        sys.path.insert(0, {str(ROOT / "python")!r})
        from slipway import _program
        _program.chosen = {fake("slow to end", "signal.signal(signal.SIGINT, lambda *_: os.write(1, b'x')); print('{}', flush=True)" + chr(10) + "while True: time.sleep(1)")!r}
        _program.PATIENCE_SECONDS = 10_000
        _program._Listener.hear = lambda *_: os.write(1, b"up ")
        _program.run("undo", [])
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.read(3) == b"up "
    child = int(pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
    for _ in range(100):  # the first one asks, the next one kills
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    else:
        process.kill()
        os.kill(child, signal.SIGKILL)
    assert b"KeyboardInterrupt" in process.stderr.read() and not pathlib.Path(f"/proc/{child}").exists()


@check
def nothing_is_left_open_and_no_child_behind():
    run("once", f"print('{GOOD}')", token="hf_x")
    before = descriptors()
    for _ in range(5):
        run("again", f"print('{GOOD}')", token="hf_x")
        error_of(run, "again silent", "sys.exit(1)", token="hf_x")
        error_of(slipway.inspect, WORK / "not there")
    assert descriptors() == before and not children(), (before, descriptors(), children())


@check
def a_process_that_holds_the_programs_pipes_is_not_waited_for():
    done, gave_up = WORK / "we went on", WORK / "nobody went on"
    outcome = run("forked", f"""
        print('{GOOD}', flush=True)
        if os.fork() == 0:  # as another thread's fork does, which takes all that is open
            for _ in range(300):
                time.sleep(0.1)
                if os.path.exists({str(done)!r}): os._exit(0)
            open({str(gave_up)!r}, "w")
            os._exit(0)
    """)
    done.touch()
    assert outcome.result.flag("ok") and not gave_up.exists()


@check
def the_token_is_held_in_memory_and_where_that_is_not_possible_in_a_pipe():
    body = f"""
        path = next(word for word in words if word.startswith("--token-file=")).partition("=")[2]
        print('{{"type":"plan","file":"%s","inside":%d}}' % (os.readlink(path), open(path).read() == "hf_in_private")); print('{GOOD}')
    """
    assert run("held", body, token="hf_in_private").events[0] == {"type": "plan", "file": "/memfd:slipway (deleted)", "inside": 1}
    real = os.memfd_create
    del os.memfd_create
    try:
        seen = run("held", body, token="hf_in_private").events[0]
    finally:
        os.memfd_create = real
    assert seen["file"].startswith("pipe:") and seen["inside"] == 1, seen


@check
def a_terminals_interrupt_reaches_the_program_once():
    asked = WORK / "interrupts"
    body = f"""
        def hear(*_): os.write(record, b"x"); time.sleep(0.5); sys.exit(130)
        record = os.open({str(asked)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        signal.signal(signal.SIGINT, hear)
        print('{{"type":"up"}}', flush=True)
        time.sleep(50)
    """
    script = textwrap.dedent(f"""
        import os, sys
        sys.path.insert(0, {str(ROOT / "python")!r})
        from slipway import _program
        _program.chosen = {fake("at a terminal", body)!r}
        _program._Listener.hear = lambda *_: print("up", flush=True)
        _program.run("undo", [])
    """)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", script])
    said = b""
    while b"up" not in said:
        said += os.read(terminal, 100)
    os.write(terminal, b"\x03")
    with contextlib.suppress(OSError):
        while os.read(terminal, 1000):
            pass
    os.waitpid(pid, 0)
    os.close(terminal)
    assert asked.read_text() == "x"


@check
def many_threads_run_it_at_once():
    body = f"""
        number = words[-1]
        for i in range(200): print('{{"type":"event","event":"progress","stage":"%s","done":%d,"total":200}}' % (number, i + 1))
        print('{GOOD[:-1]},"restored":["%s"]}}' % number)
    """
    _program.chosen = fake("counted", body)
    wrong = []

    def work(number):
        seen = []
        outcome = _program.run("undo", [str(number)], on_event=seen.append, token=f"hf_{number}")
        if outcome.result.texts("restored") != (str(number),) or {row["stage"] for row in seen} != {str(number)} or len(seen) != 200:
            wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        _program.chosen = PROGRAM
    assert not wrong and not children(), wrong


@check
def the_program_is_found_in_the_wheel_then_beside_the_checkout_then_on_path_and_never_ourselves():
    place = WORK / "place" / "python" / "slipway"
    shutil.copytree(ROOT / "python" / "slipway", place, ignore=shutil.ignore_patterns("__pycache__", "_bundle"))
    bin_folder, other = WORK / "on path", WORK / "script"
    for folder in (bin_folder, other):
        folder.mkdir()
    script = other / "slipway"
    script.write_text(f"#!{sys.executable}\nimport sys\nfrom slipway.__main__ import main\nsys.exit(main())\n")
    script.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(place.parent), "PATH": f"{other}{os.pathsep}{bin_folder}{os.pathsep}/usr/bin:/bin"}

    def found():
        words = [sys.executable, "-c", "from slipway._program import program; print(program())"]
        done = subprocess.run(words, env=environment, cwd="/", capture_output=True, text=True, check=False)
        return done.stdout.strip() or done.stderr.splitlines()[-1]

    assert "./dev build" in found() and "slipway._errors.Error" in found()
    shutil.copy(PROGRAM, bin_folder / "slipway")
    assert found() == str(bin_folder / "slipway")
    shown = subprocess.run([str(script), "--version"], env=environment, cwd="/", capture_output=True, text=True, check=True).stdout
    assert shown == subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    for folder in (place.parent.parent / "bin", place / "_bundle" / "bin"):
        folder.mkdir(parents=True)
        shutil.copy(PROGRAM, folder / "slipway")
        assert found() == str(folder / "slipway"), found()


@check
def as_a_module_it_is_the_program():
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "PATH": f"{pathlib.Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([sys.executable, "-m", "slipway", "inspekt"], env=environment, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "inspect" in done.stderr and not done.stdout, done


@check
def importing_it_loads_nothing_but_what_python_brings():
    words = ("import sys; sys.path.insert(0, sys.argv[1]); before = set(sys.modules); import slipway; "
             "print(*{name.partition('.')[0] for name in set(sys.modules) - before})")
    done = subprocess.run([sys.executable, "-c", words, str(ROOT / "python")], capture_output=True, text=True, check=True)
    brought = getattr(sys, "stdlib_module_names", None)  # from Python 3.10 on
    foreign = set(done.stdout.split()) - set(brought) if brought else set(done.stdout.split()) & {"slipway", "tqdm", "transformers", "torch"}
    assert foreign == {"slipway"}, foreign
    assert re.fullmatch(r"\d+\.\d+\.\d+", slipway.__version__), slipway.__version__
    try:
        slipway.nothing_like_it
        raise AssertionError("it is there")
    except AttributeError as error:
        assert "nothing_like_it" in str(error)

if __name__ == "__main__":
    sys.exit(run_checks())
