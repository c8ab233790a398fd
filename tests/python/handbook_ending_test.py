#!/usr/bin/env python3
"""`publish --profile handbook` beside the ending of the alignment-handbook's SFT script, file by file.

    handbook_ending_test.py PROGRAM   (run by the Python of the older era's venv)

A trainer of trl trains for a few steps. What it saves is the run; the script's ending, on the same trainer, writes
another folder. The release that Slipway makes of the run must equal that folder, but for what the tables of
docs/handbook.md list with a reason; a row that no case shows is as wrong as a difference that no row names.
`slipway.finish`, the same ending in one line of the script, is called on the same trainer and compared likewise.
"""
import functools
import json
import os
import pathlib
import re
import shutil
import sys

from ground import CHECKS, PROGRAM, ROOT, WORK, check, run_checks, slipway as program

sys.path.insert(0, str(ROOT / "examples"))
sys.path.insert(0, str(ROOT / "python"))
from tiny import world  # noqa: E402

CASES = {"chatml-full": "tiny-llama", "qwen-tied": "tiny-qwen-chat", "lora": "tiny-qwen"}
DATASETS = {"chatml-full": "slipway-lab/tiny-chat", "lora": "slipway-lab/tiny-chat", "qwen-tied": None}  # a mixture has none
RESULTS = ("train_results.json", "eval_results.json", "all_results.json", "trainer_state.json")


def trainer_of(name):
    from transformers import AutoTokenizer, set_seed
    from tiny import chats, trainers
    set_seed(42)
    base = "slipway-lab/" + CASES[name]
    tokenizer, model = AutoTokenizer.from_pretrained(base), trainers.load(base)
    if name == "chatml-full":
        tokenizer.chat_template = chats.CHATML
        trainers.small_shards(model, "160KB")
    changes = {"max_steps": 3, "eval_steps": 3, "eos_token": None if name == "qwen-tied" else chats.END}
    peft = trainers.adapter() if name == "lora" else None
    return trainers.sft_trainer(f"{name}/run", 42, model, tokenizer, peft=peft, **changes), tokenizer


def finish(trainer, result, name):
    """NAME/finish, as slipway.finish leaves it; the trainer is then as it was."""
    import slipway
    slipway._program.chosen = PROGRAM
    os.makedirs(f"{name}/finish")
    trainer.args.output_dir, log = f"{name}/finish", list(trainer.state.log_history)
    stock = {key: getattr(trainer, key) for key in ("save_model", "create_model_card", "push_to_hub")}
    slipway.finish(trainer, metrics=result.metrics, dataset_name=DATASETS[name], profile="handbook", push=False,
                   recipe=ROOT / "examples/recipes" / f"{name}-v4.yaml", base=ROOT / "examples/bases" / CASES[name])
    trainer.state.log_history = log
    for key, method in stock.items():
        setattr(trainer, key, method)


@functools.cache
def made(name):
    """The folders NAME/handbook, as the script's ending leaves it, NAME/release, as publish makes it of NAME/run, and
    NAME/finish."""
    from tiny import final_stage
    trainer, tokenizer = trainer_of(name)
    result = trainer.train()
    trainer.save_model(f"{name}/run")
    finish(trainer, result, name)
    os.makedirs(f"{name}/handbook")
    trainer.args.output_dir = f"{name}/handbook"
    final_stage.record_training(trainer, result)
    final_stage.sft_ending(trainer, tokenizer, DATASETS[name])
    for file in RESULTS:
        shutil.copy(f"{name}/handbook/{file}", f"{name}/run/{file}")
    program("publish", f"{name}/run", "--out", f"{name}/release", "--no-push", "--profile", "handbook",
            "--recipe", ROOT / "examples/recipes" / f"{name}-v4.yaml", "--base", ROOT / "examples/bases" / CASES[name])
    return pathlib.Path(name, "handbook"), pathlib.Path(name, "release"), pathlib.Path(name, "finish")


def flat(value, path=""):
    """The leaves of a JSON value by dotted path; a list is a leaf."""
    if not isinstance(value, dict):
        return {path: value}
    return {key: leaf for name, each in value.items() for key, leaf in flat(each, f"{path}.{name}" if path else name).items()}


def timeless(path):
    """The text of a JSON file, without how long something took."""
    return re.sub(r'("\w+_(runtime|per_second)": )[\d.]+', r"\1null", path.read_text(encoding="utf-8"))


def read_card(text):
    """The front matter's values, and the text under the key `text`."""
    import yaml
    _, front, body = text.split("---\n", 2)
    return {**yaml.safe_load(front), "text": body}


def differing_keys(theirs, ours):
    absent = object()
    return {key for key in {**theirs, **ours} if theirs.get(key, absent) != ours.get(key, absent)}


def file_differences(theirs, ours):
    """What differs between two files of one name: `name`, or `name: key` where the format is known."""
    if not ours.exists() or not theirs.exists():
        return {f"{theirs.name}: only {'here' if ours.exists() else 'there'}"}
    if theirs.read_bytes() == ours.read_bytes():
        return set()
    if theirs.suffix == ".json":
        texts = [timeless(path) for path in (theirs, ours)]
        if texts[0] == texts[1]:
            return set()
        values = [flat(json.loads(text)) for text in texts]
        return {f"{theirs.name}: {key}" for key in differing_keys(*values)} or {f"{theirs.name}: layout"}
    if theirs.name == "README.md":
        values = [read_card(path.read_text(encoding="utf-8")) for path in (theirs, ours)]
        return {f"README.md: {key}" for key in differing_keys(*values)}
    return {theirs.name}


def differences(name, index=1):
    handbook, release = made(name)[0], made(name)[index]
    files = {path.relative_to(folder) for folder in (handbook, release) for path in folder.rglob("*")
             if path.is_file() and not str(path.relative_to(folder)).startswith(".cache/")}
    return {found for file in files for found in file_differences(handbook / file, release / file)}


def listed():
    """The rows of docs/handbook.md: file, key and the cases that show the difference; and those that finish() adds to
    them (True) or takes away."""
    page, of_finish = (ROOT / "docs/handbook.md").read_text(encoding="utf-8").split("## `slipway.finish`")
    rows = re.findall(r"(?m)^\| `([^`|]+)` \| ([^|]+) \|", page)
    changes = re.findall(r"(?m)^\| `([^`|]+)` \| (differs|equal) \|", of_finish)
    return ({what: set(CASES) if cases.strip() == "all" else set(re.findall(r"[\w-]+", cases)) for what, cases in rows},
            {what: how == "differs" for what, how in changes})


def nothing_differs_but_what_is_listed(name, of_finish=False):
    rows, changes = listed()
    expected = {what for what, cases in rows.items() if name in cases}
    if of_finish:
        assert all(added != (what in expected) for what, added in changes.items()), changes
        expected ^= set(changes)
    found = differences(name, 2 if of_finish else 1)
    assert found == expected, f"not listed: {sorted(found - expected)}; listed, but not so: {sorted(expected - found)}"


for case in CASES:
    CHECKS.append((f"{case}: nothing differs but what is listed", functools.partial(nothing_differs_but_what_is_listed, case)))
    CHECKS.append((f"{case}: nor after finish()", functools.partial(nothing_differs_but_what_is_listed, case, of_finish=True)))


@check
def run_before_either_ending_needs_one():
    made("chatml-full")
    config, generation = (json.loads(pathlib.Path("chatml-full/run", name).read_text()) for name in ("config.json", "generation_config.json"))
    assert config["use_cache"] is False and generation["eos_token_id"] == [2, 0], (config, generation)


@check
def weights_are_the_same_bytes():
    handbook, *ours = made("chatml-full")
    shards = sorted(path.name for path in handbook.glob("model*"))
    assert len(shards) == 4, shards
    assert all((handbook / name).read_bytes() == (folder / name).read_bytes() for name in shards for folder in ours)


@check
def end_token_is_the_tokenizers_single_id_in_both():
    for case, end in (("chatml-full", 2), ("qwen-tied", 386)):
        for folder in made(case):
            files = (folder / "config.json", folder / "generation_config.json")
            assert [json.loads(file.read_text())["eos_token_id"] for file in files] == [end, end], folder


@check
def card_of_both_names_the_data_set_and_the_tag():
    for folder in made("chatml-full"):
        card = read_card((folder / "README.md").read_text(encoding="utf-8"))
        assert card["datasets"] in ("slipway-lab/tiny-chat", ["slipway-lab/tiny-chat"]) and "alignment-handbook" in card["tags"], card


def main():
    cache = world.enter()
    world.cache_bases(cache, str(ROOT / "examples/bases"))
    os.chdir(WORK)
    try:
        return run_checks()
    finally:
        shutil.rmtree(cache, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
