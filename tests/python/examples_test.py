#!/usr/bin/env python3
"""The codes that examples/README.md names for each run are the ones that a dry run reports: no more, no fewer.
Publishing it mends them all, a second time finds nothing to do, and undo gives the run back. The files are those that
were made (examples/SHA256SUMS).

    examples_test.py PROGRAM
"""
import functools
import hashlib
import shutil
import sys

import example_runs
from ground import CHECKS, WORK, check, run_checks, slipway


def publish(run, folder, *more):
    return slipway("publish", folder, "--recipe", run.recipe, "--base", run.base, "--no-push", *more)


def codes_are_those_of_the_row(run):
    result = publish(run, copy(run), "--dry-run")
    found = {each["code"] for each in result["fixes"] + result["warnings"]}
    assert found == run.codes, f"{run.name}: reported {sorted(found - run.codes)}, not reported {sorted(run.codes - found)}"


def a_second_publish_finds_nothing_to_do(run):
    folder = copy(run)
    assert publish(run, folder)["changed"] is True
    again = publish(run, folder)
    assert again["changed"] is False and not again["fixes"], again["fixes"]


def a_clean_copy_holds_the_same_release(run):
    folder = copy(run)
    out = WORK / "release"
    shutil.rmtree(out, ignore_errors=True)
    publish(run, folder, "--out", out)
    assert digests(folder) == digests(run.folder)
    published = {each["path"]: each["sha256"] for each in publish(run, folder)["files"]}
    assert digests(out) == published


def undo_gives_the_run_back(run):
    folder = copy(run)
    publish(run, folder)
    slipway("undo", folder)
    assert digests(folder) == digests(run.folder)


def copy(run):
    folder = WORK / "run"
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(run.folder, folder)


def digests(folder):
    """The files of FOLDER, our state apart, with their digests."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".cache" not in path.parts)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@check
def every_example_file_is_the_one_that_was_made():
    listed = (line.split("  ") for line in (example_runs.EXAMPLES / "SHA256SUMS").read_text().splitlines())
    made = {name: digest for digest, name in listed}
    found = digests(example_runs.EXAMPLES)
    assert {name: digest for name, digest in found.items() if name.startswith(("bases/", "recipes/", "runs/"))} == made


for row in example_runs.runs():
    for prove in (codes_are_those_of_the_row, a_second_publish_finds_nothing_to_do,
                  a_clean_copy_holds_the_same_release, undo_gives_the_run_back):
        CHECKS.append((f"{row.name}: {prove.__name__.replace('_', ' ')}", functools.partial(prove, row)))

if __name__ == "__main__":
    sys.exit(run_checks())
