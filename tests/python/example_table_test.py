#!/usr/bin/env python3
"""The codes that examples/README.md names for each run are the ones that a dry run reports: no more, no fewer.
The files are those that were made (examples/SHA256SUMS).

    example_table_test.py PROGRAM
"""
import hashlib
import json
import shutil
import subprocess
import sys

import example_runs
from ground import CHECKS, PROGRAM, WORK, check, run_checks


def reported(run):
    folder = WORK / "runs" / run.name
    shutil.copytree(run.folder, folder)
    done = subprocess.run([PROGRAM, "publish", str(folder), "--recipe", str(run.recipe), "--base", str(run.base), "--no-push",
                           "--dry-run", "--json", "-q"], capture_output=True, text=True, check=False)
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, result
    return {found["code"] for found in result["fixes"] + result["warnings"]}


def codes_are_those_of_the_table(run):
    found = reported(run)
    assert found == run.codes, f"{run.name}: reported {sorted(found - run.codes)}, not reported {sorted(run.codes - found)}"


@check
def every_example_file_is_the_one_that_was_made():
    files = [path for part in ("bases", "recipes", "runs") for path in (example_runs.EXAMPLES / part).rglob("*") if path.is_file()]
    found = {str(path.relative_to(example_runs.EXAMPLES)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    listed = (line.split("  ") for line in (example_runs.EXAMPLES / "SHA256SUMS").read_text().splitlines())
    assert found == {name: digest for digest, name in listed}


for row in example_runs.runs():
    CHECKS.append((f"{row.name} shows the codes of its row", lambda row=row: codes_are_those_of_the_table(row)))

if __name__ == "__main__":
    sys.exit(run_checks())
