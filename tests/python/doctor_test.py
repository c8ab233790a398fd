#!/usr/bin/env python3
"""slipway doctor: clean folders of every kind, as the stock stack of this era saves them and as we publish them, give no finding;
each defect of seeds.py in them is found and named, `--fix` mends it, it is found no more, and undo gives it back.

    doctor_test.py PROGRAM   (run by the Python of either era's venv)
"""
import functools
import json
import os
import shutil
import subprocess
import sys

import example_runs
import seeds
import stock_folders
from ground import CHECKS, PROGRAM, WORK, check, run_checks, slipway

os.environ["HF_HUB_OFFLINE"] = "1"
LORA_BASE = "slipway-lab/chatml"


@functools.cache
def clean(name):
    """A folder that nobody changes."""
    folder = WORK / "clean" / name.replace(" ", "-")
    if name == "published":
        slipway("publish", copy(clean("chatml")), "--no-push", "--out", folder)
    elif name == "published lora":
        slipway("publish", copy(clean("lora")), "--base", clean("chatml"), "--no-push", "--out", folder)
    elif name == "lora":
        stock_folders.save_lora(named("chatml"), LORA_BASE, folder)
    else:
        stock_folders.save(named(name), folder)
    return folder


def named(name):
    return next(each for each in stock_folders.FOLDERS if each.name == name)


def copy(folder):
    shutil.rmtree(WORK / "copy", ignore_errors=True)
    return shutil.copytree(folder, WORK / "copy")


def tree(folder):
    """The files of FOLDER, our state apart."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".cache" not in path.parts}


def run(verb, folder, *more):
    done = subprocess.run([PROGRAM, verb, folder, *map(str, more), "--json", "-q"], capture_output=True, text=True, check=False)
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == result["exit_code"], result
    return done.returncode, result


def codes(result, *lists):
    return {each["code"] for name in lists or ("findings",) for each in result.get(name, [])}


def is_clean(folder, *more):
    before = tree(folder)
    for verb in ("doctor", "verify"):
        code, result = run(verb, folder, *(more if verb == "doctor" else ()))
        assert code == 0 and result["findings"] == [], (verb, code, result.get("findings") or result)
    assert tree(folder) == before and not (folder / ".cache").exists(), "something was written"


def stock_is_clean(name):
    is_clean(clean(name))


def published_is_clean(name):
    out = WORK / "out"
    shutil.rmtree(out, ignore_errors=True)
    slipway("publish", copy(clean(name)), "--no-push", "--out", out)
    is_clean(out)
    code, result = run("doctor", out)
    assert not [each for each in result["notes"] if each["fix"]], result["notes"]


def example_is_mended(row):
    """What publish leaves of a run that training left."""
    out = WORK / "out"
    shutil.rmtree(out, ignore_errors=True)
    slipway("publish", copy(row.folder), "--recipe", row.recipe, "--base", row.base, "--no-push", "--out", out)
    codes_left = codes(run("doctor", out, "--base", row.base)[1])
    assert codes_left <= {"adapter-unties"}, codes_left


def is_found_and_mended(seed, name):
    base = ["--base", clean(name)] if seed.base else []
    folder = copy(clean(name))
    seed.do(folder)
    seeded = tree(folder)
    code, result = run("doctor", folder, *base)
    assert seed.code in codes(result, "notes" if seed.note else "findings"), (seed.code, result)
    assert code == (0 if seed.note else 5) and tree(folder) == seeded, code
    finding = next(each for name in ("findings", "notes") for each in result[name] if each["code"] == seed.code)
    assert finding["message"] and finding["severity"] in ("error", "warning", "note"), finding
    code, result = run("doctor", folder, "--fix", *base)
    assert code == (0 if seed.mended else 5), (code, result)
    assert (seed.code in codes(result)) is not seed.mended, result
    code, result = run("doctor", folder, *base)
    assert (seed.code in codes(result, "findings", "notes")) is not seed.mended and code == (0 if seed.mended else 5), result
    if tree(folder) != seeded:
        slipway("undo", folder)
    assert tree(folder) == seeded, "undo did not give the seeded folder back"


for kind in stock_folders.FOLDERS:
    CHECKS.append((f"clean, {kind.name}", functools.partial(stock_is_clean, kind.name)))
    CHECKS.append((f"clean, {kind.name}, published", functools.partial(published_is_clean, kind.name)))
CHECKS.append(("clean, an adapter", functools.partial(stock_is_clean, "lora")))
CHECKS.append(("clean, an adapter, published", lambda: is_clean(clean("published lora"))))
for row in example_runs.runs():
    CHECKS.append((f"{row.name}, published", functools.partial(example_is_mended, row)))
for each in seeds.SEEDS:
    for kind in each.into:
        CHECKS.append((f"{each.defect} in {kind}: {each.code}", functools.partial(is_found_and_mended, each, kind)))


@check
def a_clean_adapter_beside_its_base_has_no_finding():
    is_clean(clean("lora"), "--base", clean("chatml"))


@check
def several_defects_are_mended_at_once():
    folder = copy(clean("chatml"))
    for seed in seeds.SEEDS:
        if seed.defect in ("D-01", "D-11", "D-57, truncation", "D-62", "D-72"):
            seed.do(folder)
    code, result = run("doctor", folder)
    assert code == 5 and codes(result) == {"eos-missing-turn-end", "cache-off", "tokenizer-truncation", "local-path", "results-not-finite"}, result
    assert [each["severity"] for each in result["findings"]] == sorted(each["severity"] for each in result["findings"])
    code, result = run("doctor", folder, "--fix")
    assert code == 0 and result["changed"] is True and result["findings"] == [], result
    assert run("doctor", folder, "--fix")[1]["changed"] is False


if __name__ == "__main__":
    sys.exit(run_checks())
