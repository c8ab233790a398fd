#!/usr/bin/env python3
"""The functions of the Python package: their keywords are flags, their results are read without trust, their page names them. No Hub.

    python_calls_test.py PROGRAM
"""
import base64
import dataclasses
import inspect
import json
import logging
import pathlib
import pickle
import re
import shutil
import sys
import types

from ground import ROOT, WORK, check, run_checks
from python_package import GOOD, error_of, run, slipway
from slipway import _calls, _progress, _results


@check
def a_result_of_any_shape_is_read_without_an_error():
    values = [None, True, -1, 10**400, 1.5, float("nan"), "text", [], [1, "x", None, {}, [{}]], {}, {"bytes": {"total": "x"}, "size": []}]
    results = (slipway.PublishResult, slipway.PullResult, slipway.CardResult, slipway.UndoResult, slipway.Inspection, slipway.SaveResult,
               slipway.DoctorResult, slipway.VerifyResult, slipway.StatusResult)
    keys = {field.name for kind in results for field in dataclasses.fields(kind)} | {"from_later"}
    for value in values:
        fields = _results.Fields(dict.fromkeys(keys, value))
        for result in (_results.publish_result(fields), _results.pull_result(fields), _results.card_result(fields, ()),
                       _results.undo_result(fields), _results.inspection(fields), _results.save_result(fields, "x"), _results.doctor_result(fields),
                       _results.verify_result(fields), _results.status_result(fields)):
            assert isinstance(result.raw, dict) and isinstance(result.ok, bool) and isinstance(repr(result), str)
    rank = _results.publish_result(_results.Fields({"ok": True, "rank": 3, "changed": False}))
    assert rank.rank == 3 and rank.repo == "" and rank.files == ()


def sick(name):
    """A run as training left it: its generation config lacks the token that ends a turn."""
    return pathlib.Path(shutil.copytree(ROOT / "examples/runs/chatml-full", WORK / name))


@check
def the_doctor_tells_what_it_found_and_mends_it():
    folder = sick("to be mended")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    found = slipway.doctor(folder)
    assert (found.ok, found.exit_code, found.changed, found.mended) == (False, 5, False, ()) and found.notes, found
    stop = next(each for each in found.findings if each.code.startswith("eos"))
    assert (stop.severity, stop.file, stop.path) == ("error", "generation_config.json", "eos_token_id") and stop.message and stop.fix, stop
    assert stop.before != stop.after and {path.name: path.read_bytes() for path in folder.iterdir()} == before
    mended = slipway.doctor(folder, fix=True)
    assert mended.ok and mended.changed and mended.findings == () and stop.code in {each.code for each in mended.mended}, mended
    told = slipway.status(folder)
    assert stop.file in told.changed and told.held_by is None and told.unfinished is None and not told.interrupted, told
    assert slipway.doctor(folder, True).changed is False and slipway.undo(folder).changed
    assert error_of(slipway.doctor, WORK / "nowhere").kind == "not_found"


@check
def verify_names_the_file_that_is_damaged():
    folder = sick("to be damaged")
    slipway.doctor(folder, fix=True)
    sound = slipway.verify(folder)
    weights = max(folder.glob("*.safetensors"), key=lambda path: path.stat().st_size)
    assert sound.ok and sound.findings == () and sound.files > 0 and sound.bytes >= weights.stat().st_size, sound
    weights.write_bytes(weights.read_bytes()[:-100])
    damaged = slipway.verify(folder, sarif=WORK / "report.sarif", junit=WORK / "report.xml")
    assert (damaged.ok, damaged.exit_code) == (False, 5) and damaged.findings[0].file == weights.name, damaged
    assert damaged.findings[0].severity == "error" and weights.name in (WORK / "report.sarif").read_text()
    assert (WORK / "report.xml").exists() and error_of(slipway.verify, WORK / "nowhere").kind == "not_found"


def unfinished(name):
    """A run that left checkpoints alone, the newest of them cut off."""
    folder = sick(name)
    for step in (3, 4):
        (folder / f"checkpoint-{step}").mkdir()
        for path in folder.glob("model*"):
            shutil.copy(path, folder / f"checkpoint-{step}")
    for path in folder.glob("model*"):
        path.unlink()
    cut = next((folder / "checkpoint-4").glob("model-00001*"))
    cut.write_bytes(cut.read_bytes()[:-1])
    return folder


@check
def every_call_takes_the_same_checkpoint_and_says_so():
    folder = unfinished("checkpoints alone")
    assert slipway.inspect(folder).path == str(folder / "checkpoint-3")
    told = [slipway.doctor(folder).notes, slipway.verify(folder).notes, slipway.publish(folder, push=False, dry_run=True).warnings,
            slipway.save(folder, WORK / "of a checkpoint").warnings, slipway.card(folder).warnings, slipway.inspect(folder).problems]
    for notes in told:
        assert {"checkpoint-picked", "checkpoint-passed-over"} <= {note.code for note in notes}, notes
        assert any("checkpoint-4 is passed over" in note.message for note in notes), notes


def golden(path):
    return json.loads((ROOT / "tests/golden" / path).read_text(encoding="utf-8"))


@check
def pickles_and_shards_are_read_named_and_saved():
    pickle_folder, shards = WORK / "a pickle", WORK / "shards"
    for folder, files in ((pickle_folder, {"pytorch_model.bin": golden("pickle/pickle_cases.json")["legacy_file"]["file_b64"]}),
                          (shards, golden("dcp/dcp.json")["cases"][0]["files_b64"])):
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_bytes(base64.b64decode(text))
    for folder, form, code in ((pickle_folder, "torch", "weights-pickled"), (shards, "dcp", "weights-of-training")):
        seen = slipway.inspect(folder)
        assert (seen.format, {tensor.name for tensor in seen.tensors}) == (form, {"w", "b"}), seen
        assert code in {finding.code for finding in slipway.doctor(folder).findings}
        saved = slipway.save(folder, WORK / f"{form} saved")
        assert "weights-converted" in {fix.code for fix in saved.fixes} and saved.merged is None, saved
        assert slipway.inspect(saved.out).format == "safetensors"
        assert error_of(slipway.publish, folder, push=False).exit_code in (1, 2)


@check
def a_merge_tells_what_it_did_to_each_module():
    run, base = ROOT / "examples/runs/lora", ROOT / "examples/bases/tiny-qwen"
    saved = slipway.save(shutil.copytree(run, WORK / "lora"), WORK / "merged", merge=True, base=base)
    assert saved.merged is not None and saved.merged.onto == "16bit" and saved.merged.base, saved.merged
    assert len(saved.merged.modules) > 3 and all(0 < each.change and 0 <= each.unchanged < 1 and each.tensor for each in saved.merged.modules)
    assert slipway.inspect(saved.out).adapter is None


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
    for verb in ("publish", "save", "card", "push", "pull", "inspect", "undo", "status", "doctor", "verify"):
        table = flags_of(verb)
        parameters = inspect.signature(getattr(slipway, verb)).parameters
        positionals = {"publish": 1, "push": 2}.get(verb, 1)
        keywords = set(list(parameters)[positionals:])
        wanted = set()
        for flag in table:
            folded = {pair[1]: pair[0] for pair in _calls.OPPOSITES.items()}.get(flag, flag)
            plural = {flag: keyword for keyword, flag in _calls.NAMES.items()}
            wanted.add(plural.get(folded, folded.replace("-", "_")))
        about_hub = {"endpoint", "token", "progress", "jobs", "memory"} if verb in ("publish", "save", "push", "pull", "doctor", "verify") else set()
        assert keywords == wanted | about_hub, (verb, keywords ^ (wanted | about_hub))
        for keyword in keywords - about_hub:
            takes_value, repeated = table[_calls.NAMES.get(keyword, keyword.replace("_", "-"))]
            default = parameters[keyword].default
            if keyword not in ("set", "out", "check", "fix"):
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
    for kind in (slipway.PublishResult, slipway.PullResult, slipway.CardResult, slipway.UndoResult, slipway.Inspection, slipway.DoctorResult, slipway.VerifyResult,
                 slipway.StatusResult):
        missing = {field.name for field in dataclasses.fields(kind)} - set(re.findall(r"\w+", page))
        assert not missing, (kind, missing)
    assert all(getattr(slipway, name).__doc__ for name in slipway.__all__)


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

if __name__ == "__main__":
    sys.exit(run_checks())
