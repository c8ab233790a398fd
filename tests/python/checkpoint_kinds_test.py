#!/usr/bin/env python3
"""Every command on every kind of run that a training leaves: its exit code, what it says, what it writes and what it leaves alone.

    checkpoint_kinds_test.py PROGRAM   (run by the Python of the newer era's venv)
"""
import dataclasses
import functools
import hashlib
import json
import shutil
import subprocess
import sys

import checkpoint_kinds as kinds
from ground import PROGRAM, ROOT, WORK, check, run_checks

import torch
from safetensors.torch import load_file

BASES = ROOT / "examples/bases"
BASE = BASES / "tiny-llama"
PICKLED, TRAINING = "weights-pickled", "weights-of-training"
NEXT = "--out DIR"


@dataclasses.dataclass(frozen=True)
class Kind:
    make: object  # of a folder's path
    format: str
    code: str = ""  # what the doctor says of its weights
    picked: str = ""  # the checkpoint that is taken
    over: tuple = ()  # those that are passed over
    weights: str = "model.safetensors"
    base: str = "tiny-llama"

    @property
    def of_base(self):
        return ("--base", BASES / self.base)


@functools.cache
def clean(run="chatml-full"):
    """A finished run without a defect."""
    folder = shutil.copytree(ROOT / "examples/runs" / run, WORK / f"clean-{run}")
    done = subprocess.run([PROGRAM, "doctor", folder, "--fix", "-q"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def whole(write):
    return lambda folder: write(kinds.small_files(clean(), folder), kinds.state_of(clean()))


def checkpoints(write, steps=(1, 2), small=True):
    def make(folder):
        kinds.small_files(clean(), folder)
        for step in steps:
            kinds.checkpoint(folder, step, clean(), write, small)
    return make


def then(make, change):
    def both(folder):
        make(folder)
        change(folder)
    return both


def cut(folder, checkpoint="checkpoint-2"):
    weights = folder / checkpoint / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-500])


KINDS = {
    "pytorch_model.bin": Kind(whole(kinds.pickled), "torch", PICKLED),
    "the old stream": Kind(whole(kinds.stream), "torch", PICKLED),
    "sharded .bin": Kind(whole(kinds.sharded), "torch", PICKLED),
    "adapter_model.bin": Kind(lambda folder: kinds.adapter_pickled(clean("lora"), folder), "torch", PICKLED,
                              weights="adapter_model.safetensors", base="tiny-qwen"),
    "FSDP": Kind(whole(kinds.fsdp), "dcp", TRAINING),
    "ZeRO-3": Kind(whole(kinds.zero3), "zero", TRAINING),
    "ZeRO-2": Kind(whole(kinds.zero2), "zero", TRAINING),
    "checkpoints": Kind(checkpoints(kinds.safetensors), "safetensors", picked="checkpoint-2"),
    "checkpoints of .bin": Kind(checkpoints(kinds.pickled), "torch", PICKLED, "checkpoint-2"),
    "checkpoints of FSDP": Kind(checkpoints(kinds.fsdp, small=False), "dcp", TRAINING, "checkpoint-2"),
    "checkpoints of ZeRO-3": Kind(checkpoints(kinds.zero3, small=False), "zero", TRAINING, "checkpoint-2"),
    "the best checkpoint": Kind(then(checkpoints(kinds.safetensors, (1, 2, 3)), lambda run: kinds.name_best(run, 1)), "safetensors",
                                picked="checkpoint-1"),
    "the newest cut off": Kind(then(checkpoints(kinds.safetensors), cut), "safetensors", picked="checkpoint-1", over=("checkpoint-2",)),
    "accelerate's own names": Kind(lambda run: kinds.accelerate_states(clean(), run, [None] * 3), "safetensors", picked="checkpoints/checkpoint_2"),
    "accelerate's epochs, the newest cut off": Kind(
        then(lambda run: kinds.accelerate_states(clean(), run, ["epoch_9", "epoch_10"]), lambda run: cut(run, "epoch_10")),
        "safetensors", picked="epoch_9", over=("epoch_10",)),
    "the newest without .metadata": Kind(
        then(checkpoints(kinds.fsdp, small=False), lambda run: (run / "checkpoint-2/pytorch_model_fsdp_0/.metadata").unlink()),
        "dcp", TRAINING, "checkpoint-1", ("checkpoint-2",)),
    "the newest without latest": Kind(then(checkpoints(kinds.zero3, small=False), lambda run: (run / "checkpoint-2/latest").unlink()),
                                      "zero", TRAINING, "checkpoint-1", ("checkpoint-2",)),
}


@functools.cache
def made(name):
    folder = WORK / "kinds" / name
    KINDS[name].make(folder)
    return folder


@dataclasses.dataclass
class Said:
    code: int
    result: dict
    lines: list

    def codes(self, *lists):
        rows = [row for each in lists for row in self.result.get(each, [])]
        return {row["code"] for row in rows}

    def text(self):
        return json.dumps(self.lines, ensure_ascii=False)


def say(verb, folder, *words):
    done = subprocess.run([PROGRAM, verb, str(folder), "--json", *words], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines and lines[-1]["type"] == "result" and lines[-1]["exit_code"] == done.returncode, (done.stdout, done.stderr)
    return Said(done.returncode, lines[-1], lines)


def weights_of(folder):
    """What no command may change: every large or foreign file, by its bytes."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".cache" not in path.parts]
    kept = [path for path in files if path.suffix in (".bin", ".pt", ".safetensors", ".distcp") or path.name in (".metadata", "latest")]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def expect_choice(kind, said, *lists):
    """Which checkpoint was taken, and which ones were not and why."""
    told = {"checkpoint-picked", "checkpoint-passed-over"} & said.codes(*lists)
    assert told == ({"checkpoint-picked"} if kind.picked else set()) | ({"checkpoint-passed-over"} if kind.over else set()), said.text()
    for name in (kind.picked, *kind.over):
        assert name in said.text(), (name, said.text())


def for_every_kind(test):
    def all_of_them():
        for name, kind in KINDS.items():
            folder = WORK / "run"
            shutil.copytree(made(name), folder)
            try:
                before = weights_of(folder)
                test(kind, folder)
                assert weights_of(folder) == before, "the run's weights were changed"
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from error
            finally:
                shutil.rmtree(folder)
    all_of_them.__name__ = test.__name__
    return check(all_of_them)


@for_every_kind
def inspect_says_the_format_the_folder_and_the_way_on(kind, folder):
    said = say("inspect", folder)
    assert (said.code, said.result["format"]) == (0, kind.format) and said.result["path"] == str(folder / kind.picked), said.text()
    expect_choice(kind, said, "problems")
    text = subprocess.run([PROGRAM, "inspect", folder], capture_output=True, text=True, check=True).stdout
    assert (NEXT in text) == bool(kind.code), text


@for_every_kind
def doctor_names_the_weights_and_the_command_and_fix_leaves_them(kind, folder):
    for words in ((), ("--fix",)):
        said = say("doctor", folder, *kind.of_base, *words)
        assert said.codes("findings") == ({kind.code} if kind.code else set()), said.text()
        assert said.code == (5 if kind.code else 0), said.text()
        expect_choice(kind, said, "notes")
        for row in said.result["findings"]:
            assert f"slipway publish {folder} {NEXT}" in row["message"] and row["severity"] == ("warning" if kind.code == PICKLED else "error"), row


@for_every_kind
def verify_reads_every_number_and_says_whether_loaders_find_it(kind, folder):
    said = say("verify", folder, *kind.of_base)
    assert said.code == (5 if kind.code == TRAINING else 0) and said.codes("findings") == ({kind.code} if kind.code else set()), said.text()
    assert said.result["bytes"] > 100_000 and said.result["files"] > 0, said.text()
    expect_choice(kind, said, "notes")


@for_every_kind
def publish_in_place_takes_safetensors_only_and_says_what_it_needs(kind, folder):
    for words in (("--dry-run",), ()):
        said = say("publish", folder, "--no-push", *kind.of_base, *words)
        assert said.code == (2 if kind.code else 0), said.text()
        if kind.code:
            assert NEXT in said.result["error"]["message"] and said.result["error"]["kind"] == "needs_output", said.text()
            assert not kind.picked or kind.picked in said.text(), said.text()
        else:
            expect_choice(kind, said, "warnings")


def expect_model(kind, out):
    names = {path.name for path in out.iterdir()}
    assert not {name for name in names if name.endswith((".bin", ".pt", ".distcp", ".metadata")) or name.startswith(("global_step", "checkpoint", ".", "pytorch"))}, names
    config = "adapter_config.json" if kind.weights.startswith("adapter") else "config.json"
    assert names >= {config, "tokenizer.json", "tokenizer_config.json", "README.md", kind.weights}, names
    ours, source = load_file(out / kind.weights), clean("lora") if kind.weights.startswith("adapter") else clean()
    theirs = kinds.state_of(source)
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype and torch.equal(ours[name], tensor), name


@for_every_kind
def publish_and_save_to_a_folder_leave_the_same_clean_model(kind, folder):
    out = WORK / "out"
    dry = say("publish", folder, "--no-push", *kind.of_base, "--dry-run", "--out", out)
    assert dry.code == 0 and not out.exists(), dry.text()
    for verb in ("publish", "save"):
        said = say(verb, folder, "--no-push", *kind.of_base, "--out", out)
        assert said.code == 0 and ("weights-converted" in said.codes("fixes")) == bool(kind.code), said.text()
        assert said.codes("fixes") >= dry.codes("fixes") - {"weights-resharded"}
        expect_choice(kind, said, "warnings")
        assert "tokenizer-vocabulary-missing" not in said.codes("warnings"), said.text()
        expect_model(kind, out)
        whole = say("verify", out, *kind.of_base)
        assert whole.code == 0 and not whole.result["findings"], whole.text()
        shutil.rmtree(out)


@for_every_kind
def the_card_is_written_for_what_is_published_and_is_then_good(kind, folder):
    said = say("card", folder, *kind.of_base)
    assert said.code == 0, said.text()
    expect_choice(kind, said, "warnings")
    assert say("card", folder, *kind.of_base, "--check").code == 0
    told = say("status", folder)
    assert told.code == 0 and told.result["state"] == str(folder / kind.picked / ".cache/huggingface/slipway"), told.text()
    assert ("README.md" in told.result["changed"] + told.result["made"]) == said.result["changed"], told.text()
    card = next(path / "README.md" for path in (folder / kind.picked, folder) if (path / "README.md").exists()).read_text()
    assert "bfloat16" in card or kind.weights.startswith("adapter"), card  # of ZeRO-3 it is what the release will hold


def bad_numbers(state):
    name = sorted(state)[0]
    state[name].view(-1)[3], state[name].view(-1)[5] = float("nan"), float("inf")
    return name


@check
def verify_finds_numbers_that_are_none_in_every_format():
    def spoilt_masters(folder, state):
        kinds.zero2(folder, kinds.state_of(clean()), state)

    for write in (kinds.pickled, kinds.stream, kinds.sharded, kinds.fsdp, kinds.zero3, kinds.zero2, spoilt_masters):
        folder, state = WORK / "spoilt", kinds.state_of(clean())
        name = bad_numbers(state)
        write(kinds.small_files(clean(), folder), state)
        said = say("verify", folder)
        row = next(each for each in said.result["findings"] if each["code"] == "weights-not-finite")
        assert said.code == 5 and row["path"] == name and "1 NaN, 1 infinite" in row["message"], said.text()
        shutil.rmtree(folder)


@check
def a_layer_that_is_missing_is_found_in_every_format():
    for write in (kinds.pickled, kinds.fsdp, kinds.zero3):
        folder, state = WORK / "short", kinds.state_of(clean())
        state = {name: tensor for name, tensor in state.items() if ".layers.1." not in name}
        write(kinds.small_files(clean(), folder), state)
        said = say("verify", folder)
        assert said.code == 5 and "layers.1" in said.text() and "model-damaged" in said.codes("findings"), said.text()
        shutil.rmtree(folder)


@check
def where_no_checkpoint_is_whole_each_is_named_by_every_command():
    folder = WORK / "none whole"
    checkpoints(kinds.fsdp, small=False)(folder)
    for step in (1, 2):
        (folder / f"checkpoint-{step}/pytorch_model_fsdp_0/.metadata").unlink()
    for verb, words, code in (("inspect", (), 0), ("doctor", (), 5), ("doctor", ("--fix",), 5), ("verify", (), 5), ("card", (), 1),
                              ("publish", ("--no-push",), 1), ("publish", ("--no-push", "--out", WORK / "no"), 1), ("save", ("--out", WORK / "no"), 1)):
        said = say(verb, folder, *words)
        assert said.code == code and "did not end" in said.text() and "checkpoint-2" in said.text(), (verb, said.text())


class Evil:
    def __reduce__(self):
        import os
        return (os.system, (f"touch {WORK / 'ran'}",))


@check
def a_pickle_that_would_run_something_is_refused_by_every_command_and_runs_nothing():
    folder = kinds.small_files(clean(), WORK / "evil")
    kinds.pickled(folder, {"w": Evil()})
    for verb, words, code in (("inspect", (), 0), ("doctor", (), 5), ("doctor", ("--fix",), 5), ("verify", (), 5), ("card", (), 1),
                              ("publish", ("--no-push",), 1), ("publish", ("--no-push", "--out", WORK / "no"), 1), ("save", ("--out", WORK / "no"), 1)):
        said = say(verb, folder, *words)
        assert said.code == code and "pytorch_model.bin: data.pkl: " in said.text() and "system has no place here" in said.text(), (verb, said.text())
    assert not (WORK / "ran").exists() and not (WORK / "no").exists()


@check
def the_doctor_mends_what_lies_beside_a_pickle_and_undo_takes_it_back():
    folder, raw = WORK / "beside", ROOT / "examples/runs/chatml-full"
    kinds.pickled(kinds.small_files(raw, folder), kinds.state_of(raw))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {"eos-missing-turn-end", PICKLED} <= say("doctor", folder, "--base", BASE).codes("findings")
    said = say("doctor", folder, "--fix", "--base", BASE)
    assert said.code == 5 and said.codes("findings") == {PICKLED} and "eos-missing-turn-end" in said.codes("mended"), said.text()
    assert say("undo", folder).code == 0
    assert before == {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@check
def undo_of_a_run_takes_back_what_was_done_in_its_checkpoint():
    folder, raw = WORK / "picked", ROOT / "examples/runs/chatml-full"
    kinds.small_files(raw, folder)
    kinds.checkpoint(folder, 4, raw, kinds.safetensors)
    before = {path.name: path.read_bytes() for path in (folder / "checkpoint-4").iterdir()}
    assert say("doctor", folder, "--fix", "--base", BASE).code == 0
    assert say("undo", folder).result["changed"]
    assert before == {path.name: path.read_bytes() for path in (folder / "checkpoint-4").iterdir() if path.is_file()}


if __name__ == "__main__":
    sys.exit(run_checks())
