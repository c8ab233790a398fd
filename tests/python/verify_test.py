#!/usr/bin/env python3
"""slipway verify: releases as they are fetched are sound; every damage of damages.py is found, with the file and the words
that its row says, by exit 5; the reports for CI systems say the same; nothing is written into the folder.

    verify_test.py PROGRAM   (run by the Python of the newer era's venv)
"""
import functools
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree

import damages
import example_runs
from ground import CHECKS, PROGRAM, ROOT, WORK, check, hub, run_checks, slipway

RUNS = {"full": "chatml-full", "tied": "qwen-tied", "adapter": "lora"}
FIELDS = {"code", "severity", "file", "path", "message", "fix"}


def prepare():
    """The releases, as a user fetches them; the folders have their manifest."""
    for run in example_runs.runs():
        if run.name in RUNS.values():
            source = shutil.copytree(run.folder, WORK / "runs" / run.name)
            slipway("publish", source, "--recipe", run.recipe, "--base", run.base, "--to", f"slipway-lab/{run.name}", "--public")
    for name, run in RUNS.items():
        slipway("pull", f"slipway-lab/{run}", "--out", WORK / "releases" / name)


def copy(name, manifest):
    folder = WORK / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(WORK / "releases" / name, folder)
    if not manifest:
        (folder / damages.MANIFEST).unlink()
    return folder


def tree(folder):
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(folder.rglob("*")) if path.is_file()}


def verify(folder, *more):
    """The exit code and the last line of the JSON; the folder is as it was before."""
    before = tree(folder)
    done = subprocess.run([PROGRAM, "verify", folder, "--json", "-q", *more], capture_output=True, text=True, check=False)
    assert tree(folder) == before, "verify wrote into the folder"
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["exit_code"] == done.returncode and result["ok"] is (done.returncode == 0), result
    return done.returncode, result


def is_named(damage, finding):
    return (finding["code"], finding["file"]) == (damage.code, damage.file) and damage.says in finding["message"] + " " + finding["path"]


def is_found(damage):
    folder = copy(damage.of, damage.manifest)
    damage.do(folder)
    code, result = verify(folder)
    told = [(each["code"], each["file"], each["path"], each["message"]) for each in result["findings"]]
    assert code == (0 if damage.sound else 5), told
    assert any(is_named(damage, each) for each in result["findings"]), told
    for finding in result["findings"]:
        assert finding.keys() >= FIELDS and finding["severity"] in ("error", "warning"), finding
        assert finding["message"] and "\n" not in finding["message"] and str(WORK) not in finding["file"], finding


def is_found_by_the_manifest(damage):
    """What befell a published file is named by its name, whatever else is said of it."""
    folder = copy(damage.of, True)
    before = tree(folder)
    damage.do(folder)
    after = tree(folder)
    changed = {name for name in before if name in after and before[name][1] != after[name][1]}
    missing = before.keys() - after.keys()
    code, result = verify(folder)
    told = {(each["code"], each["file"]) for each in result["findings"]}
    assert code == 5 or changed | missing <= {"README.md"}, told  # people write on a card: that is only told
    assert told >= {("hash-differs", name) for name in changed} | {("file-missing", name) for name in missing}, told


for row in damages.DAMAGES:
    CHECKS.append((row.name, functools.partial(is_found, row)))
    if not row.manifest:
        CHECKS.append((f"{row.name}: by the manifest", functools.partial(is_found_by_the_manifest, row)))


@check
def there_are_forty_kinds_and_more():
    assert len(damages.DAMAGES) >= 40 and len({row.name for row in damages.DAMAGES}) == len(damages.DAMAGES)


def releases_are_sound(manifest):
    for name in RUNS:
        folder = copy(name, manifest)
        code, result = verify(folder)
        assert code == 0 and result["findings"] == [] and result["changed"] is False, result
        weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
        assert result["bytes"] >= weights and result["seconds"] >= 0, result
        listed = json.loads((folder / damages.MANIFEST).read_text())["files"] if manifest else list(folder.glob("*.safetensors"))
        assert result["files"] == len(listed), result


@check
def releases_are_sound_with_their_manifest():
    releases_are_sound(True)


@check
def releases_are_sound_without_one():
    releases_are_sound(False)


def snapshot(client):
    """A release in a Hub cache of its own, laid there by CLIENT; none of our manifest's business."""
    cache = WORK / f"cache-{client}"
    code = ("import sys; from huggingface_hub import snapshot_download\n"
            "print(snapshot_download('slipway-lab/chatml-full', cache_dir=sys.argv[1], ignore_patterns='.slipway.json'))")
    done = subprocess.run([sys.executable, "-c", code, str(cache)], capture_output=True, text=True, check=True)
    return pathlib.Path(done.stdout.strip())


@check
def a_snapshot_of_the_stock_client_is_held_against_the_names_of_its_blobs():
    folder = snapshot("stock")
    code, result = verify(folder)
    assert code == 0 and result["findings"] == [], result
    blob = (folder / damages.SHARDS[1]).resolve()
    damages.turn_byte(blob.name, -1000)(blob.parent)
    code, result = verify(folder)
    assert code == 5 and [(each["code"], each["file"]) for each in result["findings"]] == [("hash-differs", damages.SHARDS[1])], result
    blob = (folder / "tokenizer.json").resolve()
    damages.of_bytes(blob.name, lambda raw: raw + b"\n")(blob.parent)
    assert {each["file"] for each in verify(folder)[1]["findings"]} == {damages.SHARDS[1], "tokenizer.json"}


def damaged():
    """A copy with two errors in one file, one in another, and a warning."""
    folder = copy("full", True)
    damages.with_value(damages.SHARDS[1], damages.QUERY, b"\xc0\x7f")(folder)
    damages.key("config.json", use_cache=False, note="<&\">\x01")(folder)
    return folder


@check
def the_sarif_report_says_what_was_found():
    out = WORK / "verify.sarif"
    _, result = verify(damaged(), "--sarif", out)
    report = json.loads(out.read_text())
    assert report["version"] == "2.1.0" and report["$schema"].endswith("sarif-2.1.0.json") and len(report["runs"]) == 1
    driver = report["runs"][0]["tool"]["driver"]
    assert driver["name"] == "slipway" and driver["version"] and driver["rules"]
    rules = {rule["id"]: rule for rule in driver["rules"]}
    assert len(rules) == len(driver["rules"]) and all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules.values())
    found = report["runs"][0]["results"]
    assert [(each["ruleId"], each["level"], each["message"]["text"]) for each in found] == \
        [(each["code"], each["severity"], each["message"]) for each in result["findings"]]
    assert rules.keys() == {each["ruleId"] for each in found} and all(each["level"] in ("none", "note", "warning", "error") for each in found)
    places = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in found}
    assert places == {damages.SHARDS[1], "config.json"}, places
    assert any(each["locations"][0].get("logicalLocations", [{}])[0].get("fullyQualifiedName") == damages.QUERY for each in found)


@check
def the_junit_report_counts_what_was_found():
    out = WORK / "verify.xml"
    _, result = verify(damaged(), "--junit", out)
    suites = xml.etree.ElementTree.parse(out).getroot()
    assert suites.tag == "testsuites" and len(suites) == 1
    suite = suites[0]
    cases = suite.findall("testcase")
    failed = {case.get("name") for case in cases if case.findall("failure")}
    assert int(suite.get("tests")) == len(cases) and int(suite.get("failures")) == len(failed)
    assert failed == {each["file"] for each in result["findings"]} == {damages.SHARDS[1], "config.json"}
    failures = [(failure.get("type"), failure.get("message")) for case in cases for failure in case.findall("failure")]
    assert sorted(failures) == sorted((each["code"], each["message"]) for each in result["findings"])
    assert {case.get("name") for case in cases} >= {*damages.SHARDS, "the model"}


@check
def reports_of_a_sound_release_are_empty():
    sarif, junit = WORK / "sound.sarif", WORK / "sound.xml"
    assert verify(copy("full", True), "--sarif", sarif, "--junit", junit)[0] == 0
    assert json.loads(sarif.read_text())["runs"][0]["results"] == []
    suite = xml.etree.ElementTree.parse(junit).getroot()[0]
    assert suite.get("failures") == "0" and int(suite.get("tests")) == len(suite) > 4 and not suite.findall("testcase/failure")


@check
def without_json_each_finding_is_a_paragraph_on_stderr():
    done = subprocess.run([PROGRAM, "verify", damaged()], capture_output=True, text=True, check=False)
    assert done.returncode == 5 and done.stdout == "", done.stdout
    assert f"{damages.SHARDS[1]}: error: {damages.QUERY}" in done.stderr and "[weights-not-finite]" in done.stderr, done.stderr
    assert "config.json: error: " in done.stderr and "[cache-off]" in done.stderr, done.stderr


@check
def what_is_no_model_is_said_otherwise():
    def codes(*words):
        return subprocess.run([PROGRAM, "verify", *map(str, words)], capture_output=True, check=False).returncode
    assert codes(WORK / "nowhere") == 10 and codes() == 2 and codes(ROOT, "--unknown") == 2


def main():
    with hub():
        prepare()
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
