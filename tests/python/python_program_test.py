#!/usr/bin/env python3
"""The Python package and the program it starts: how it is found, what is believed of what it says, how it ends. No Hub, no package.

    python_program_test.py PROGRAM
"""
import contextlib
import dataclasses
import inspect
import json
import logging
import os
import pathlib
import pickle
import pty
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import types

from ground import PROGRAM, ROOT, WORK, check, run_checks

sys.path.insert(0, str(ROOT / "python"))
import slipway  # noqa: E402
from slipway import _calls, _ending, _program, _progress, _ranks, _results  # noqa: E402

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
def a_result_of_any_shape_is_read_without_an_error():
    values = [None, True, -1, 10**400, 1.5, float("nan"), "text", [], [1, "x", None, {}, [{}]], {}, {"bytes": {"total": "x"}, "size": []}]
    results = (slipway.PublishResult, slipway.PullResult, slipway.CardResult, slipway.UndoResult, slipway.Inspection, slipway.SaveResult)
    keys = {field.name for kind in results for field in dataclasses.fields(kind)} | {"findings", "from_later"}
    for value in values:
        fields = _results.Fields(dict.fromkeys(keys, value))
        for result in (_results.publish_result(fields), _results.pull_result(fields), _results.card_result(fields, ()),
                       _results.undo_result(fields), _results.inspection(fields), _results.save_result(fields, "x")):
            assert isinstance(result.raw, dict) and isinstance(result.ok, bool) and isinstance(repr(result), str)
    rank = _results.publish_result(_results.Fields({"ok": True, "rank": 3, "changed": False}))
    assert rank.rank == 3 and rank.repo == "" and rank.files == ()


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


def flags_of(verb):
    """The flags of a command, as docs/cli.md has them; a C++ test holds that page against the program's table."""
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    part = re.search(rf"(?ms)^## (?:slipway {verb} \S.*?|{verb})$(.*?)(?=^## )", page)[1]
    return {name: (bool(value), "may be repeated" in more)
            for name, value, more in re.findall(r"(?m)^\| `--([\w-]+)( [^`]+)?`(.*?)\|", part)}


@check
def keywords_and_flags_are_the_same():
    everywhere = set(flags_of("Everywhere")) - {"json", "quiet", "verbose", "no-progress", "help"}
    assert everywhere == {"endpoint", "token-file", "jobs", "memory"}, everywhere
    for verb in ("publish", "save", "card", "push", "pull", "inspect", "undo"):
        table = flags_of(verb)
        parameters = inspect.signature(getattr(slipway, verb)).parameters
        positionals = {"publish": 1, "push": 2}.get(verb, 1)
        keywords = set(list(parameters)[positionals:])
        wanted = set()
        for flag in table:
            folded = {pair[1]: pair[0] for pair in _calls.OPPOSITES.items()}.get(flag, flag)
            plural = {flag: keyword for keyword, flag in _calls.NAMES.items()}
            wanted.add(plural.get(folded, folded.replace("-", "_")))
        about_hub = {"endpoint", "token", "progress", "jobs", "memory"} if verb in ("publish", "save", "push", "pull") else set()
        assert keywords == wanted | about_hub, (verb, keywords ^ (wanted | about_hub))
        for keyword in keywords - about_hub:
            takes_value, repeated = table[_calls.NAMES.get(keyword, keyword.replace("_", "-"))]
            default = parameters[keyword].default
            if keyword not in ("set", "out", "check"):
                assert default == (() if repeated else default if not takes_value else None), (verb, keyword, default)
            sample = True if not takes_value else ["a", "-b"] if repeated and keyword != "set" else {"k": 1} if keyword == "set" else "v"
            assert len(_calls.words({keyword: sample})) == (2 if sample == ["a", "-b"] else 1)


@check
def keywords_become_the_words_of_the_command_line():
    words = _calls.words({"push": False, "private": False, "tags": "one", "languages": ["en", "de"], "out": pathlib.Path("/a b"),
                          "fix_pad": False, "allow_nan": True, "rank_timeout": 3, "max_shard_size": "5GB", "license": None, "commit_message": "--x\n y"})
    assert words == ["--no-push", "--public", "--tag=one", "--language=en", "--language=de", "--out=/a b", "--allow-nan",
                     "--rank-timeout=3", "--max-shard-size=5GB", "--commit-message=--x\n y"], words
    settings = _calls.words({"set": {"a": True, "b": None, "c": "true", "d": [1, "x"], "e": 1e-05, "f": pathlib.Path("p"), "g": 0.5}})
    assert settings == ["--set=a=true", "--set=b=null", '--set=c="true"', '--set=d=[1, "x"]', "--set=e=1.0e-05", '--set=f="p"',
                        "--set=g=0.5"], settings
    for wrong in ({"tags": [1.5]}, {"to": object()}):
        try:
            _calls.words(wrong)
            raise AssertionError(wrong)
        except TypeError:
            pass
    path = WORK / "--json"  # what looks like a flag is none
    assert error_of(slipway.inspect, path.name).kind == "not_found"


@check
def an_error_can_be_pickled():
    error = pickle.loads(pickle.dumps(error_of(slipway.inspect, WORK / "nope")))
    assert (error.kind, error.exit_code, error.warnings) == ("not_found", 10, ()) and "nope" in str(error)


@check
def where_somebody_watches_each_stage_has_its_bar():
    bars = []

    class Tqdm:
        def __init__(self, **given):
            self.given, self.n, self.closed = given, 0, False
            bars.append(self)

        def update(self, count):
            self.n += count

        def close(self):
            self.closed = True

    stand_in = types.ModuleType("tqdm.auto")
    stand_in.tqdm = Tqdm
    kept = {name: sys.modules.get(name) for name in ("tqdm", "tqdm.auto")}
    sys.modules.update({"tqdm": types.ModuleType("tqdm"), "tqdm.auto": stand_in})
    try:
        watch = _progress.Watch(True)
        for stage, done, total in (("reading", 0, 9), ("reading", 9, 9), ("committing", 0, 0), ("uploading", 0, 5), ("uploading", 5, 5),
                                   ("uploading", 0, 4), ("uploading", 2, 4)):
            watch.on_event({"stage": stage, "done": done, "total": total})
        watch.close()
        assert [(bar.given["desc"], bar.n, bar.closed) for bar in bars] == [("reading", 9, True), ("uploading", 5, True), ("uploading", 2, True)]
        assert _progress.Watch(None).on_event is None, "stderr is no terminal here"
        sys.modules["tqdm"] = sys.modules["tqdm.auto"] = None
        assert _progress.Watch(True).on_event is None, "without tqdm it is silent"
    finally:
        for name, module in kept.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
    assert _progress.Watch(False).on_event is None


@check
def what_the_program_says_goes_to_the_log():
    rows = []

    class Keeper(logging.Handler):
        def emit(self, record):
            rows.append((record.levelname, record.getMessage()))

    log, keeper = logging.getLogger("slipway"), Keeper()
    log.addHandler(keeper)
    log.setLevel(logging.INFO)
    try:
        run("talks", f"sys.stderr.write('created me/m\\n\\nwith hf_secret_of_mine\\n'); print('{GOOD}')", token=" hf_secret_of_mine\n")
    finally:
        log.removeHandler(keeper)
        log.setLevel(logging.NOTSET)
    assert rows == [("INFO", "created me/m"), ("INFO", "with (the token)")], rows


@check
def the_page_and_the_package_have_the_same_names():
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    named = set(re.findall(r"slipway\.([A-Za-z_]\w*)", re.sub(r"slipway\.cli", "", page)))
    public = set(slipway.__all__)
    lazy = {"SlipwayCallback", "finish", "__version__"}
    assert named <= public | lazy, named - public - lazy
    assert public <= set(re.findall(r"\w+", page)), public - set(re.findall(r"\w+", page))
    for kind in (slipway.PublishResult, slipway.PullResult, slipway.CardResult, slipway.UndoResult, slipway.Inspection):
        missing = {field.name for field in dataclasses.fields(kind)} - set(re.findall(r"\w+", page))
        assert not missing, (kind, missing)
    assert all(getattr(slipway, name).__doc__ for name in slipway.__all__)


# ---- secrets among the settings --------------------------------------------------------------------------------------

@check
def a_secret_inside_the_settings_is_refused():
    for name, settings in (("env.HF_TOKEN", {"env": {"HF_TOKEN": "s3cret"}}), ("env.HF_TOKEN", {"env.HF_TOKEN": "s3cret"}),
                           ("model_init_kwargs.token", {"model_init_kwargs": {"token": "s3cret"}}), ("token", {"token": "s3cret"}),
                           ("a.b.WANDB_API_KEY", {"a": [{"b": {"WANDB_API_KEY": "s3cret"}}]}), ("x.password", {"x.password": 7}),
                           ("env.hugging_face_hub_token", {"env": {"hugging_face_hub_token": "s3cret"}})):
        error = error_of(_calls.words, {"set": settings})
        assert f"set: {name}: " in str(error) and "s3cret" not in str(error) and error.kind == "invalid_argument", error
    harmless = {"eos_token": "x", "model_init_kwargs": {"token": True}, "use_auth_token": False, "max_tokens": 3}
    assert len(_calls.words({"set": harmless})) == len(harmless)


# ---- the end of a training, without a library of training ------------------------------------------------------------

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
