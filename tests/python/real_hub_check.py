#!/usr/bin/env python3
"""The way of a release on a Hub that is not ours: made private, published, published again, branched, pulled, compared, deleted.

    real_hub_check.py PROGRAM [--embedded]

For maintainers, by hand: HF_TOKEN must be one that may make and delete repositories (HF_ENDPOINT: another Hub). A repository
slipway-check-<random> is made under the token's own account and deleted again, also when a step fails. --embedded: the same steps on an embedded Hub, which shows that the check itself works.
"""
import hashlib
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LARGE_BYTES = 12 << 20


def slipway(*words):
    done = subprocess.run([PROGRAM, *map(str, words), "--json"], capture_output=True, text=True, check=False)
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, result.get("error", result)
    return result


def digests(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file() and ".cache" not in path.parts}


def steps(repo, work):
    """Each a claim, and what shows it."""
    run = work / "run"
    shutil.copytree(ROOT / "examples/runs/chatml-full", run)
    (run / "extra.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    large = work / "large"
    large.mkdir()
    (large / "large.bin").write_bytes(secrets.token_bytes(LARGE_BYTES))
    (large / "note.txt").write_text("words\n")

    slipway("repo", "create", repo, "--private")
    yield "a private repository is made"
    first = slipway("publish", run, "--to", repo)
    assert first["changed"]
    yield "a release is one commit: " + first["commit"]
    assert slipway("publish", run, "--to", repo)["changed"] is False
    yield "the same release again is none"
    slipway("pull", repo, "--out", work / "got")
    wanted = {row["path"]: row["sha256"] for row in first["files"]}
    got = digests(work / "got")
    assert wanted.items() <= got.items(), set(wanted.items()) - set(got.items())
    yield "what comes back is what was sent"
    assert slipway("push", large, repo, "--revision", "check/large")["changed"]
    slipway("pull", repo, "--revision", "check/large", "--out", work / "large-got", "--include", "large.bin")
    assert digests(work / "large-got") == {"large.bin": digests(large)["large.bin"]}
    yield f"{LARGE_BYTES >> 20} MiB go to a branch that is made, and come back"
    slipway("repo", "tag", repo, "v-check")
    opened = slipway("push", large, repo, "--create-pr", "--include", "note.txt")
    assert opened["pull_request"] >= 1 and slipway("push", large, repo, "--create-pr", "--include", "note.txt")["changed"] is False
    yield f"a tag; a pull request, made once: {opened['url']}"
    assert slipway("card", run, "--check")["ok"]
    yield "the card is one that the Hub took"


def main():
    assert os.environ.get("HF_TOKEN") or "127.0.0.1" in os.environ.get("HF_ENDPOINT", ""), "HF_TOKEN must hold a token that may write"
    repo = f"{slipway('whoami')['name']}/slipway-check-{secrets.token_hex(4)}"
    failed, passed = 0, 0
    with tempfile.TemporaryDirectory(prefix="slipway-check-") as work:
        try:
            for claim in steps(repo, pathlib.Path(work)):
                passed += 1
                print(f"ok      {claim}", flush=True)
        except Exception as problem:  # noqa: BLE001
            failed += 1
            print(f"FAILED  after that: {problem}", flush=True)
        finally:
            subprocess.run([PROGRAM, "repo", "delete", repo, "--yes"], check=False)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if "--embedded" in sys.argv:
        from ground import hub
        with hub():
            code = main()
        sys.exit(code)
    sys.exit(main())
